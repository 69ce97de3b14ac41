package promtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestRuleNames proves that each metric that a rule reads exists, with each
// label that it is asked for, and that each recorded series is used.
func TestRuleNames(t *testing.T) {
	groups, metrics := readRules(t), documented(t)
	metrics["up"] = family{kind: "gauge"} // of Prometheus itself
	recorded, used := map[string]bool{}, map[string]bool{}
	allRules(groups, func(_ string, r *rulefmt.Rule) { recorded[r.Record] = true })
	allRules(groups, func(_ string, r *rulefmt.Rule) {
		for _, s := range selectors(parseExpr(t, r.Expr)) {
			used[s.Name] = true
			known, exists := metrics[s.Name]
			if !exists && !recorded[s.Name] {
				t.Errorf("%s%s reads %s, which nothing exports or records", r.Record, r.Alert, s.Name)
			}
			for _, m := range s.LabelMatchers {
				if exists && m.Name != model.MetricNameLabel && !slices.Contains(known.labels, m.Name) {
					t.Errorf("%s%s asks %s for a label %s, which it does not have", r.Record, r.Alert, s.Name, m.Name)
				}
			}
		}
	})
	for name := range recorded {
		if name != "" && !used[name] {
			t.Errorf("no rule reads %s", name)
		}
	}
}

// TestRuleThresholds proves that numbers that somebody may want to change stand
// in the group of thresholds alone: alerts compare with 0 and 1 at most.
func TestRuleThresholds(t *testing.T) {
	allRules(readRules(t), func(group string, r *rulefmt.Rule) {
		if is := strings.HasPrefix(r.Record, "pmta:threshold:"); is != (group == "pmta-thresholds") {
			t.Errorf("%s is in group %s", r.Record, group)
		}
		if r.Alert == "" {
			return
		}
		parser.Inspect(parseExpr(t, r.Expr), func(n parser.Node, _ []parser.Node) error {
			if number, ok := n.(*parser.NumberLiteral); ok && number.Val != 0 && number.Val != 1 {
				t.Errorf("%s has the number %v", r.Alert, number.Val)
			}
			return nil
		})
	})
}

// TestAlertsAreComplete proves that each alert has what its receiver needs, a
// section in the runbook and a row in its table, and tests.
func TestAlertsAreComplete(t *testing.T) {
	readme := readFile(t, alertsDir, "README.md")
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(readme, -1) {
		sections[m[1]] = true
	}
	tested := map[string][]bool{} // by alert, whether each check expects it
	for _, f := range readUnits(t) {
		for _, u := range f.Tests {
			for _, c := range u.Checks {
				for _, name := range u.alerts {
					tested[name] = append(tested[name], len(c.ExpSamples) > 0)
				}
			}
		}
	}
	const runbook = "https://github.com/pmta-exporter/pmta_exporter/blob/main/alerts/README.md#"
	alerts := map[string]bool{}
	allRules(readRules(t), func(_ string, r *rulefmt.Rule) {
		if r.Alert == "" {
			return
		}
		alerts[r.Alert] = true
		if s := r.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has severity %q, want critical or warning", r.Alert, s)
		}
		if strings.Contains(r.Annotations["summary"], "{{") || !strings.HasSuffix(r.Annotations["summary"], ".") {
			t.Errorf("%s: summary %q, want one sentence without a template", r.Alert, r.Annotations["summary"])
		}
		if got, want := r.Annotations["runbook_url"], runbook+strings.ToLower(r.Alert); got != want {
			t.Errorf("%s: runbook_url %q, want %q", r.Alert, got, want)
		}
		if !sections[r.Alert] || !strings.Contains(readme, "| ["+r.Alert+"](#"+strings.ToLower(r.Alert)+") |") {
			t.Errorf("%s has no section or no row in README.md", r.Alert)
		}
		if checks := tested[r.Alert]; !slices.Contains(checks, true) || !slices.Contains(checks, false) {
			t.Errorf("%s is not tested to fire and to resolve", r.Alert)
		}
	})
	for name := range sections {
		if !alerts[name] {
			t.Errorf("README.md has a section of %s, which is no alert", name)
		}
	}
}

// TestRunbookCommands proves that the runbooks name only commands that
// PowerMTA's command line tool has.
func TestRunbookCommands(t *testing.T) {
	commands := regexp.MustCompile(`^pmta (check (mfrom|spf)|clear dnscache|delete|(dis|en)able source|list|pause (queue|job)|reload|` +
		`resolve|resume queue|rotate log|schedule|set queue|test config|trace|` +
		`show (disabled sources|license|queues|settings|status|topdomains|topqueues|version|vmtas|vmta-settings))( |$)`)
	found := regexp.MustCompile("`(pmta [^`]+)`").FindAllStringSubmatch(readFile(t, alertsDir, "README.md"), -1)
	if len(found) < 50 {
		t.Errorf("%d commands, want more", len(found))
	}
	for _, m := range found {
		if !commands.MatchString(m[1]) {
			t.Errorf("README.md names %q, which is no command of PowerMTA", m[1])
		}
	}
}

// TestUnitOrder proves that tests evaluate the groups in the order of the files,
// without which promtool takes them as it likes.
func TestUnitOrder(t *testing.T) {
	var order []string
	for _, g := range readRules(t) {
		order = append(order, g.Name)
	}
	for name, f := range readUnits(t) {
		if !slices.Equal(f.GroupEvalOrder, order) {
			t.Errorf("%s: group_eval_order = %q, want %q", name, f.GroupEvalOrder, order)
		}
	}
}
