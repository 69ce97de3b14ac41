package promtest

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// alertsDir is where the rules, their tests and their runbook are.
const alertsDir = "../../alerts"

// ruleFiles are the files of rules in the order in which they are evaluated.
func ruleFiles() []string { return []string{"recording.rules.yml", "alerts.rules.yml"} }

// readRules returns all groups in the order in which they are evaluated.
func readRules(t testing.TB) []rulefmt.RuleGroup {
	t.Helper()
	var groups []rulefmt.RuleGroup
	for _, name := range ruleFiles() {
		file, errs := rulefmt.ParseFile(filepath.Join(alertsDir, name), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		groups = append(groups, file.Groups...)
	}
	return groups
}

// allRules calls back with each rule. A change to it changes the groups.
func allRules(groups []rulefmt.RuleGroup, f func(group string, r *rulefmt.Rule)) {
	for i := range groups {
		for j := range groups[i].Rules {
			f(groups[i].Name, &groups[i].Rules[j])
		}
	}
}

// clone copies groups so deep that a rule can be changed.
func clone(groups []rulefmt.RuleGroup) []rulefmt.RuleGroup {
	copied := slices.Clone(groups)
	for i := range copied {
		copied[i].Rules = slices.Clone(copied[i].Rules)
	}
	return copied
}

func parseExpr(t testing.TB, expr string) parser.Expr {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return e
}

// graph is which recorded series and alerts are made from which names.
type graph map[string][]string

func readGraph(t testing.TB, groups []rulefmt.RuleGroup) graph {
	t.Helper()
	g := graph{}
	allRules(groups, func(_ string, r *rulefmt.Rule) {
		for _, s := range selectors(parseExpr(t, r.Expr)) {
			g[r.Record+r.Alert] = append(g[r.Record+r.Alert], s.Name)
		}
	})
	return g
}

// needs adds a name and all that it is made from to a set.
func (g graph) needs(name string, set map[string]bool) {
	if set[name] {
		return
	}
	set[name] = true
	for _, n := range g[name] {
		g.needs(n, set)
	}
}

// only leaves the rules whose names are in the set.
func only(groups []rulefmt.RuleGroup, set map[string]bool) []rulefmt.RuleGroup {
	var left []rulefmt.RuleGroup
	for _, g := range groups {
		g.Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r rulefmt.Rule) bool { return !set[r.Record+r.Alert] })
		if len(g.Rules) > 0 {
			left = append(left, g)
		}
	}
	return left
}

func readFile(t testing.TB, elem ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
