package promtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// dashboard is what is read of a dashboard's file.
type dashboard struct {
	UID         string
	Panels      []panel
	Annotations struct{ List []struct{ Name, Expr string } }
	Templating  struct {
		List []struct{ Name, Definition string }
	}
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Targets     []target
	FieldConfig struct{ Defaults struct{ Unit string } }
	proof       proof
}

type target struct {
	RefID, Expr, LegendFormat string
	Instant                   bool
}

// proof says in which scenario a panel has something to show, and that it then
// differs from a calm day; or why it cannot.
type proof struct{ Scenario, Same, NoData string }

// panels are all panels of all dashboards, by dashboard and title.
func panels(t *testing.T) map[string]panel {
	t.Helper()
	dir := filepath.Join("..", "..", "dashboards")
	var proofs map[string]map[int]proof
	read(t, filepath.Join("testdata", "proofs.json"), &proofs)
	all := map[string]panel{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, file := range files {
		var d dashboard
		read(t, file, &d)
		for _, p := range d.Panels {
			if p.Type != "row" {
				p.proof = proofs[d.UID][p.ID]
				all[d.UID+"/"+p.Title] = p
			}
		}
		for _, a := range d.Annotations.List[1:] { // the first is Grafana's own
			all[d.UID+"/annotation "+a.Name] = panel{Targets: []target{{RefID: "A", Expr: a.Expr}}, proof: annotationProofs()[a.Name]}
		}
		for _, v := range d.Templating.List[1:] { // the first is the data source
			all[d.UID+"/variable "+v.Name] = variable(t, v.Definition)
		}
	}
	if len(all) < 80 {
		t.Fatalf("%d panels, want more", len(all))
	}
	return all
}

// valuesOf is how a variable asks for the values of a label.
var valuesOf = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// variable is a variable's question, as one for series that have the label.
func variable(t *testing.T, definition string) panel {
	t.Helper()
	words := valuesOf.FindStringSubmatch(definition)
	if words == nil {
		t.Fatalf("definition %q", definition)
	}
	q := target{RefID: "A", Expr: "group by (" + words[2] + ") (" + words[1] + ")", LegendFormat: "{{" + words[2] + "}}"}
	return panel{Type: "variable", Targets: []target{q}, proof: proof{Scenario: "calm", Same: "names of targets, providers and VirtualMTAs are the same every day"}}
}

// annotationProofs say where annotations are to be seen.
func annotationProofs() map[string]proof {
	return map[string]proof{
		"Restarts": {Scenario: "pmta-down"},
		"Backoff":  {Scenario: "gmail-block"},
		"Alerts":   {NoData: "no rules are evaluated here; they have tests of their own"},
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// TestDashboardsHaveData asks every query of every dashboard of a Prometheus
// that scraped the exporter during the scenario that the panel is for. Each
// query must have finite values, not all of them 0, and the panel must differ
// from a calm day more than a second calm day does.
func TestDashboardsHaveData(t *testing.T) {
	if testing.Short() {
		t.Skip("it lives through whole days")
	}
	all := panels(t)
	var scenarios []string
	for _, p := range all {
		scenarios = append(scenarios, p.proof.Scenario)
	}
	slices.Sort(scenarios)
	scenarios = slices.DeleteFunc(slices.Compact(scenarios), func(s string) bool { return s == "" })
	recordings := record(t, days(append(scenarios, "calm")))
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			if p.proof.NoData != "" {
				t.Skip(p.proof.NoData)
			}
			p.check(t, recordings)
		})
	}
}

func (p panel) check(t *testing.T, recordings map[string]recorded) {
	t.Helper()
	shown := p.ask(t, recordings[p.proof.Scenario])
	lines := 0
	for _, q := range p.Targets {
		q.check(t, shown[q.RefID])
		lines += len(shown[q.RefID])
	}
	if lines > 20 && p.Type == "timeseries" {
		t.Errorf("%d lines, want 20 at most", lines)
	}
	if p.proof.Same != "" {
		return
	}
	calm := p.ask(t, recordings["calm"])
	chance := p.distance(calm, p.ask(t, recordings[anotherCalm]))
	if got := p.distance(calm, shown); got <= 1.5*chance {
		t.Errorf("%s differs from a calm day by %.4g, another calm day by %.4g", p.proof.Scenario, got, chance)
	} else {
		t.Logf("%s differs by %.4g, another calm day by %.4g", p.proof.Scenario, got, chance)
	}
}

// answer are the values of each series of a query, over the time shown.
type answer map[string][]float64

// ask asks all queries of a panel, as Grafana does for the whole recording:
// tables at its end, graphs from step to step.
func (p panel) ask(t *testing.T, r recorded) map[string]answer {
	t.Helper()
	all := map[string]answer{}
	for _, q := range p.Targets {
		all[q.RefID] = r.ask(t, substitute(q.Expr, r.last.Sub(r.first)), q.Instant)
	}
	return all
}

// substitute puts values in place of Grafana's variables.
func substitute(expr string, shown time.Duration) string {
	return strings.NewReplacer(
		"$__rate_interval", "1m", "$__range", fmt.Sprintf("%ds", int(shown.Seconds())),
		"$job", job, "$instance", regexp.QuoteMeta(instance), "$provider", ".+", "$vmta", ".+",
	).Replace(strings.ReplaceAll(expr, `instance=~"$instance"`, `instance=~".+"`))
}

func (r recorded) ask(t *testing.T, expr string, instant bool) answer {
	t.Helper()
	begin := r.first
	if instant {
		begin = r.last
	}
	q, err := r.engine.NewRangeQuery(t.Context(), r.db, nil, expr, begin, r.last, interval)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	result := q.Exec(t.Context())
	matrix, err := result.Matrix()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	all := answer{}
	for _, series := range matrix {
		all[series.Metric.String()] = values(series)
	}
	return all
}

func values(s promql.Series) []float64 {
	var all []float64
	for _, point := range s.Floats {
		all = append(all, point.F)
	}
	return all
}

// labelInLegend finds the labels that a legend is made of.
var labelInLegend = regexp.MustCompile(`{{(\w+)}}`)

// check wants values that are finite, one that is not 0, and the labels that
// the legend shows.
func (q target) check(t *testing.T, a answer) {
	t.Helper()
	someValue := false
	for series, values := range a {
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("query %s gives %v for %s: %s", q.RefID, v, series, q.Expr)
				return
			}
			someValue = someValue || v != 0
		}
		for _, label := range labelInLegend.FindAllStringSubmatch(q.LegendFormat, -1) {
			if !strings.Contains(series, label[1]+"=") {
				t.Errorf("query %s: %s lacks the label of the legend %s", q.RefID, series, q.LegendFormat)
			}
		}
	}
	if !someValue {
		t.Errorf("query %s gives nothing, or 0 only, in %d series: %s", q.RefID, len(a), q.Expr)
	}
}

// distance adds up by how much the series of a panel differ on average. One that
// is missing counts as 0, but for ratios, where it says nothing.
func (p panel) distance(a, b map[string]answer) (sum float64) {
	isRatio := p.FieldConfig.Defaults.Unit == "percentunit"
	for ref := range a {
		all := maps.Clone(a[ref])
		maps.Copy(all, b[ref])
		for series := range all {
			if both := a[ref][series] != nil && b[ref][series] != nil; both || !isRatio {
				sum += math.Abs(mean(a[ref][series]) - mean(b[ref][series]))
			}
		}
	}
	return sum
}

func mean(values []float64) (m float64) {
	for _, v := range values {
		m += v / float64(len(values))
	}
	return m
}

// parseQuery parses a query of a dashboard, which is not PromQL before its
// durations are known.
func parseQuery(t *testing.T, expr string) parser.Expr {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h").Replace(expr))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return e
}
