package promtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// family is what is known of a metric.
type family struct {
	kind   string
	labels []string
}

// metricName is the label that holds a metric's name.
const metricName = "__name__"

var documentRow = regexp.MustCompile("(?m)^\\| `(pmta_[a-z_]+)` \\| ([a-z]+) \\| ([a-z_, ]*) \\|")

// documented are the metrics of docs/metrics.md, which is made from the code.
func documented(t *testing.T) map[string]family {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]family{}
	for _, row := range documentRow.FindAllStringSubmatch(string(b), -1) {
		f := family{kind: row[2]}
		if row[3] != "" {
			f.labels = strings.Split(row[3], ", ")
		}
		all[row[1]] = f
		if f.kind == "histogram" { // native by its own name, and classic
			all[row[1]+"_bucket"] = family{"counter", append(f.labels, "le")}
			all[row[1]+"_count"], all[row[1]+"_sum"] = family{"counter", f.labels}, family{"counter", f.labels}
		}
	}
	if len(all) < 80 {
		t.Fatalf("%d metrics in docs/metrics.md, want more", len(all))
	}
	return all
}

// foreign are metrics that the exporter does not make itself: Prometheus does,
// or its client library.
func foreign() map[string]family {
	return map[string]family{
		"up":                            {kind: "gauge"},
		"scrape_duration_seconds":       {kind: "gauge"},
		"ALERTS":                        {"gauge", []string{"alertname", "alertstate", "severity"}},
		"process_resident_memory_bytes": {kind: "gauge"},
	}
}

// known finds a metric among all of them.
func known(families map[string]family, name string) (family, bool) {
	for _, all := range []map[string]family{families, foreign()} {
		if f, ok := all[name]; ok {
			return f, true
		}
	}
	return family{}, false
}

// selectors returns the selectors of an expression in their order.
func selectors(e parser.Expr) (all []*parser.VectorSelector) {
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			all = append(all, s)
		}
		return nil
	})
	return all
}

// TestDashboardsNameWhatExists parses every query with Prometheus' own parser
// and wants of each selector a metric and labels that exist and the matchers of
// job and instance; of each counter, a rate; of each gauge, none; and of sums,
// joins and legends, labels that exist.
func TestDashboardsNameWhatExists(t *testing.T) {
	families := documented(t)
	for name, p := range panels(t) {
		if p.Type == "variable" {
			continue // it chooses the job that others match
		}
		t.Run(name, func(t *testing.T) {
			for _, q := range p.Targets {
				checkNames(t, families, q)
			}
			if p.proof == (proof{}) {
				t.Error("no scenario is named in which it has data")
			}
		})
	}
}

func checkNames(t *testing.T, families map[string]family, q target) {
	t.Helper()
	e := parseQuery(t, q.Expr)
	exists := []string{"job", "instance"}
	for _, s := range selectors(e) {
		f, ok := known(families, s.Name)
		if !ok {
			t.Errorf("there is no metric %q: %s", s.Name, q.Expr)
		}
		for _, m := range s.LabelMatchers {
			if m.Name != metricName && !slices.Contains(append(f.labels, "job", "instance"), m.Name) {
				t.Errorf("%s has no label %q: %s", s.Name, m.Name, q.Expr)
			}
		}
		for _, label := range []string{"job", "instance"} {
			if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
				return m.Name == label && m.Type == labels.MatchRegexp && m.Value == "$"+label
			}) {
				t.Errorf("%s is not of the chosen %s: %s", s.Name, label, q.Expr)
			}
		}
		exists = append(exists, f.labels...)
	}
	for _, label := range labelInLegend.FindAllStringSubmatch(q.LegendFormat, -1) {
		if !slices.Contains(exists, label[1]) {
			t.Errorf("the legend %q has no such label: %s", q.LegendFormat, q.Expr)
		}
	}
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		checkNode(t, families, n, path, exists)
		return nil
	})
}

// checkNode wants labels of sums and joins to exist, and functions of counters
// for counters alone.
func checkNode(t *testing.T, families map[string]family, n parser.Node, path []parser.Node, exists []string) {
	t.Helper()
	var used []string
	switch n := n.(type) {
	case *parser.AggregateExpr:
		used = n.Grouping
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			used = append(n.VectorMatching.MatchingLabels, n.VectorMatching.Include...)
		}
	case *parser.VectorSelector:
		f, _ := known(families, n.Name)
		isCall := func(n parser.Node) bool {
			c, ok := n.(*parser.Call)
			return ok && (c.Func.Name == "rate" || c.Func.Name == "increase")
		}
		if counts := slices.ContainsFunc(path, isCall); counts != (f.kind == "counter") {
			t.Errorf("%s is a %s; in a rate: %v", n.Name, f.kind, counts)
		}
	}
	for _, label := range used {
		if !slices.Contains(exists, label) {
			t.Errorf("there is no label %q in %s", label, n)
		}
	}
}
