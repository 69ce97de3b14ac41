package promtest

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// mutant is one small change to the rules, which some test must notice.
type mutant struct {
	rule   string // its record or alert
	name   string // rule and change
	groups []rulefmt.RuleGroup
}

// equivalent are mutants that cannot be noticed, and why.
func equivalent() map[string]string {
	const cost = "nothing else has these labels; the matcher spares reading other entities"
	const apart = "without deliveries and hard bounces no ratio of it is made"
	return map[string]string{
		"pmta:outcomes:sum source_ip delivered: without source_ip!~\"other|none\" of selector 1":    "without hard bounces no ratio of it is made",
		"pmta:outcomes:sum provider block_bounce: without provider!=\"other\" of selector 1":        apart,
		"pmta:outcomes:sum source_ip block_bounce: without source_ip!~\"other|none\" of selector 1": apart,
		"pmta:outcomes:sum provider soft_bounce: without provider!=\"other\" of selector 1":         apart,
		"pmta:outcomes:sum source_ip soft_bounce: without source_ip!~\"other|none\" of selector 1":  apart,
		"pmta:delivering:total: without outcome=\"delivered\" of selector 2":                        "it is compared with delivered ones only",
		"pmta:delivering:total: without outcome=\"delivered\" of selector 3":                        "it is compared with delivered ones only",
		"pmta:deferrals:past_per_result: without entity=\"provider\" of selector 2":                 cost,
		"pmta:replies:ratio15m: without entity=\"provider\" of selector 3":                          cost,
		"pmta:delivered:increase1d: without entity=\"provider\" of selector 1":                      cost,
		"pmta:slo_good:sum delivery: without entity=\"provider\" of selector 1":                     cost,
		"pmta:slo_all:sum delivery: without entity=\"provider\" of selector 1":                      cost,
		"PowerMTAVMTAVanished warning: without entity=\"vmta\" of selector 3":                       cost,
		"PowerMTAVMTAVanished warning: without entity=\"vmta\" of selector 4":                       cost,
	}
}

// TestAlertMutants moves each threshold by a fifth up and down, drops each
// matcher, each for, and each condition that follows an and or unless. Every
// mutant must fail a unit test. MUTANTS is a pattern of the names of those to
// try; without it, every tenth is tried.
func TestAlertMutants(t *testing.T) {
	groups := readRules(t)
	tests := newMutantTests(t, groups)
	all, sample := mutants(t, groups), 10
	if pattern := os.Getenv("MUTANTS"); pattern != "" {
		chosen := regexp.MustCompile(pattern)
		all, sample = slices.DeleteFunc(all, func(m mutant) bool { return !chosen.MatchString(m.name) }), 1
	}
	for _, u := range tests.units { // one that fails in any case would notice everything
		if err := u.run(u.relevant(groups, tests.graph)); err != nil {
			t.Fatalf("%s, without any mutant: %v", u.Name, err)
		}
	}
	known := equivalent()
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i := 0; i < len(all); i += sample {
		limit <- struct{}{}
		wait.Go(func() {
			defer func() { <-limit }()
			name := all[i].name
			switch noticed := tests.notice(all[i]); {
			case !noticed && known[name] == "":
				t.Errorf("no test notices %s", name)
			case noticed && known[name] != "":
				t.Errorf("a test notices %s, which is said to be equivalent", name)
			}
		})
	}
	wait.Wait()
	t.Logf("%d mutants of %d", (len(all)+sample-1)/sample, len(all))
}

// mutantTests are the tests of rules by the alerts that they look at.
type mutantTests struct {
	graph graph
	units []*unit
}

func newMutantTests(t *testing.T, groups []rulefmt.RuleGroup) mutantTests {
	t.Helper()
	m := mutantTests{graph: readGraph(t, groups)}
	for _, f := range readUnits(t) {
		m.units = append(m.units, f.Tests...)
	}
	// The cheap ones first.
	slices.SortFunc(m.units, func(a, b *unit) int { return int(a.evaluations() - b.evaluations()) })
	return m
}

// evaluations is how often a test evaluates the rules.
func (u *unit) evaluations() int64 {
	var last int64
	for _, c := range u.Checks {
		last = max(last, int64(c.EvalTime)/int64(u.every))
	}
	return last
}

// notice reports whether some test fails with a mutant. Only tests of alerts
// that the changed rule has a part in are run.
func (m mutantTests) notice(changed mutant) bool {
	for _, u := range m.units {
		set := map[string]bool{}
		for _, name := range u.alerts {
			m.graph.needs(name, set)
		}
		if set[changed.rule] && u.run(u.relevant(changed.groups, m.graph)) != nil {
			return true
		}
	}
	return false
}

// mutants makes all mutants in the order of the rules.
func mutants(t *testing.T, groups []rulefmt.RuleGroup) []mutant {
	t.Helper()
	var all []mutant
	index := 0
	allRules(groups, func(_ string, r *rulefmt.Rule) {
		at, name, title := index, r.Record+r.Alert, ""
		for _, key := range slices.Sorted(maps.Keys(r.Labels)) {
			title += " " + r.Labels[key] // tells rules of one name from each other
		}
		index++
		add := func(change string, mutate func(*rulefmt.Rule)) {
			copied := clone(groups)
			n := 0
			allRules(copied, func(_ string, r *rulefmt.Rule) {
				if n == at {
					mutate(r)
				}
				n++
			})
			all = append(all, mutant{name, name + title + ": " + change, copied})
		}
		if r.For > 0 {
			add("without for", func(r *rulefmt.Rule) { r.For = 0 })
		}
		for change, expr := range changedExprs(t, *r) {
			add(change, func(r *rulefmt.Rule) { r.Expr = expr })
		}
	})
	slices.SortStableFunc(all, func(a, b mutant) int { return strings.Compare(a.name, b.name) })
	return all
}

// changedExprs are the mutants of a rule's expression by the change.
func changedExprs(t *testing.T, r rulefmt.Rule) map[string]string {
	t.Helper()
	changed := map[string]string{}
	if strings.HasPrefix(r.Record, "pmta:threshold:") {
		number := regexp.MustCompile(`[0-9.]+`).FindString(r.Expr)
		changed["a fifth up"] = strings.Replace(r.Expr, number, "1.2 * "+number, 1)
		changed["a fifth down"] = strings.Replace(r.Expr, number, "0.8 * "+number, 1)
		return changed
	}
	for i, s := range selectors(parseExpr(t, r.Expr)) {
		for j, m := range s.LabelMatchers {
			if m.Name == model.MetricNameLabel {
				continue
			}
			e := parseExpr(t, r.Expr)
			mutated := selectors(e)[i]
			mutated.LabelMatchers = slices.Delete(slices.Clone(mutated.LabelMatchers), j, j+1)
			changed[fmt.Sprintf("without %s of selector %d", m, i+1)] = e.String()
		}
	}
	for i := range conditions(parseExpr(t, r.Expr)) {
		e := parseExpr(t, r.Expr)
		c := conditions(e)[i]
		name := fmt.Sprintf("without %s %s", c.Op, c.RHS)
		// What is left stands on both sides: "x and x", or "x or x" for an unless.
		c.RHS = c.LHS
		if c.Op == parser.LUNLESS {
			c.Op = parser.LOR
		}
		c.VectorMatching = &parser.VectorMatching{Card: parser.CardManyToMany}
		changed[name] = e.String()
	}
	return changed
}

// conditions returns the operations of an expression that only choose.
func conditions(e parser.Expr) []*parser.BinaryExpr {
	var all []*parser.BinaryExpr
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if b, ok := n.(*parser.BinaryExpr); ok && (b.Op == parser.LAND || b.Op == parser.LUNLESS) {
			all = append(all, b)
		}
		return nil
	})
	return all
}
