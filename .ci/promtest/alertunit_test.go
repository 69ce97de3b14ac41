package promtest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"
)

// unitFile is a file of tests as "promtool test rules" reads it. Here it is
// read for the tests of mutants, which are too many for a process each.
type unitFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	GroupEvalOrder     []string       `yaml:"group_eval_order"`
	Tests              []*unit        `yaml:"tests"`
}

// unit is a test: series, and which alerts fire when.
type unit struct {
	Name        string         `yaml:"name"`
	Interval    model.Duration `yaml:"interval"`
	InputSeries []struct {
		Series, Values string
	} `yaml:"input_series"`
	Checks []check `yaml:"promql_expr_test"`

	every  time.Duration // evaluation interval
	alerts []string      // that the checks name
}

// check is an expression and what it must give.
type check struct {
	Expr       string         `yaml:"expr"`
	EvalTime   model.Duration `yaml:"eval_time"`
	ExpSamples []struct {
		Labels string
		Value  float64
	} `yaml:"exp_samples"`
}

// readUnits reads all tests of rules.
func readUnits(t testing.TB) map[string]unitFile {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(alertsDir, "tests", "*.test.yml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("tests of rules: %q, %v", names, err)
	}
	files := map[string]unitFile{}
	for _, name := range names {
		decoder := yaml.NewDecoder(strings.NewReader(readFile(t, name)))
		decoder.KnownFields(true)
		var f unitFile
		if err := decoder.Decode(&f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, u := range f.Tests {
			u.every = time.Duration(f.EvaluationInterval)
			u.alerts = u.alertNames(t)
		}
		files[filepath.Base(name)] = f
	}
	return files
}

// alertNames returns the alerts whose ALERTS the checks look at.
func (u *unit) alertNames(t testing.TB) []string {
	t.Helper()
	names := map[string]bool{}
	for _, c := range u.Checks {
		for _, s := range selectors(parseExpr(t, c.Expr)) {
			for _, m := range s.LabelMatchers {
				if m.Name == labels.AlertName {
					names[m.Value] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// relevant leaves the rules that the test's alerts are made from.
func (u *unit) relevant(groups []rulefmt.RuleGroup, g graph) []rulefmt.RuleGroup {
	set := map[string]bool{}
	for _, name := range u.alerts {
		g.needs(name, set)
	}
	return only(groups, set)
}

// run evaluates the groups over the test's time and returns the first check
// that fails, or what is wrong with an annotation. Evaluations are in memory:
// nothing is written that lasts.
func (u *unit) run(groups []rulefmt.RuleGroup) error {
	text := strings.Builder{}
	fmt.Fprintf(&text, "load %s\n", model.Duration(u.Interval))
	for _, s := range u.InputSeries {
		fmt.Fprintf(&text, "  %s %s\n", s.Series, s.Values)
	}
	suite, err := promqltest.NewLazyLoader(text.String(), promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true})
	if err != nil {
		return err
	}
	defer suite.Close() //nolint:errcheck // what it held is gone either way
	suite.SubqueryInterval = u.every
	loaded, err := load(suite, groups, u.every)
	if err != nil {
		return err
	}
	checks := slices.Clone(u.Checks)
	slices.SortStableFunc(checks, func(a, b check) int { return int(a.EvalTime - b.EvalTime) })
	for at := time.Duration(0); len(checks) > 0; at += u.every {
		if err := evaluate(suite, loaded, at); err != nil {
			return err
		}
		for len(checks) > 0 && time.Duration(checks[0].EvalTime) < at+u.every {
			if err := checks[0].run(suite); err != nil {
				return err
			}
			checks = checks[1:]
		}
	}
	return nil
}

// memory hands groups to Prometheus' rule manager as if they were a file.
type memory []rulefmt.RuleGroup

func (m memory) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return &rulefmt.RuleGroups{Groups: m}, nil
}

func (m memory) Parse(query string) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(query)
}

// load makes the groups ready to be evaluated against the storage of a suite.
func load(suite *promqltest.LazyLoader, groups []rulefmt.RuleGroup, every time.Duration) ([]*rules.Group, error) {
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		AppendableV2: suite.Storage(),
		Context:      suite.Context(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		Logger:       slog.New(slog.DiscardHandler),
		GroupLoader:  memory(groups),
	})
	byKey, errs := manager.LoadGroups(every, labels.EmptyLabels(), "", nil, false, "rules")
	if len(errs) > 0 {
		return nil, errs[0]
	}
	var ordered []*rules.Group
	for _, g := range groups {
		group := byKey[rules.GroupKey("rules", g.Name)]
		for _, r := range group.AlertingRules() {
			r.SetRestored(true) // or it leaves no ALERTS
		}
		ordered = append(ordered, group)
	}
	return ordered, nil
}

// evaluate evaluates all groups at a time since the beginning.
func evaluate(suite *promqltest.LazyLoader, groups []*rules.Group, at time.Duration) error {
	now, loadErr := time.Unix(0, 0).UTC().Add(at), error(nil)
	suite.WithSamplesTill(now, func(err error) { loadErr = err })
	if loadErr != nil {
		return loadErr
	}
	for _, g := range groups {
		g.Eval(suite.Context(), now)
		for _, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				return fmt.Errorf("evaluate %s at %s: %w", r.Name(), at, err)
			}
		}
		for _, r := range g.AlertingRules() {
			for _, a := range r.ActiveAlerts() {
				if err := checkAnnotations(r.Name(), a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkAnnotations looks for what a template makes of a label that the query
// dropped, which promtool does not find.
func checkAnnotations(name string, a *rules.Alert) error {
	var err error
	a.Annotations.Range(func(l labels.Label) {
		for _, bad := range []string{"<no value>", "<error", "  ", "/ ", " on .", " of .", "()", "NaN"} {
			if strings.Contains(l.Value, bad) || strings.HasPrefix(l.Value, " ") {
				err = fmt.Errorf("%s: annotation %s of %v = %q", name, l.Name, a.Labels, l.Value)
			}
		}
	})
	return err
}

// run compares what the expression gives with what it must.
func (c check) run(suite *promqltest.LazyLoader) error {
	at := time.Unix(0, 0).UTC().Add(time.Duration(c.EvalTime))
	query, err := suite.QueryEngine().NewInstantQuery(suite.Context(), suite.Queryable(), nil, c.Expr, at)
	if err != nil {
		return err
	}
	defer query.Close()
	vector, err := query.Exec(suite.Context()).Vector()
	if err != nil {
		return err
	}
	got, want := map[string]float64{}, map[string]float64{}
	for _, s := range vector {
		got[s.Metric.String()] = s.F
	}
	for _, s := range c.ExpSamples {
		l, err := parser.NewParser(parser.Options{}).ParseMetric(s.Labels)
		if err != nil {
			return err
		}
		want[l.String()] = s.Value
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s at %s = %v, want %v", c.Expr, c.EvalTime, got, want)
	}
	return nil
}

// TestAlertUnits runs the tests of rules, each with all rules that its alerts
// are made from.
func TestAlertUnits(t *testing.T) {
	groups := readRules(t)
	g := readGraph(t, groups)
	for name, f := range readUnits(t) {
		for _, u := range f.Tests {
			t.Run(strings.TrimSuffix(name, ".test.yml")+"/"+u.Name, func(t *testing.T) {
				t.Parallel()
				if err := u.run(u.relevant(groups, g)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
