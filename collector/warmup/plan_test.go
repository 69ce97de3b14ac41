package warmup

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func providers() []string { return []string{"gmail", "yahoo", "outlook", logscan.Other} }

// parse reads the rows of a configuration.
func parse(text string) ([]Plan, error) {
	var rows []Row
	if err := yaml.UnmarshalStrict([]byte(text), &rows); err != nil {
		return nil, err
	}
	return Plans(rows, providers())
}

// plan reads a single one that begins on 1 March 2026.
func plan(t *testing.T, keys string) Plan {
	t.Helper()
	plans, err := parse("- vmta: cold\n  start: 2026-03-01\n  " + keys)
	if err != nil {
		t.Fatal(err)
	}
	return plans[0]
}

func day(t *testing.T, date string) acct.Day {
	t.Helper()
	d, ok := acct.ParseDay([]byte(date + " 00:00:00Z"))
	if !ok {
		t.Fatalf("%q is no date", date)
	}
	return d
}

func TestPlanned(t *testing.T) {
	for _, c := range []struct{ keys, date, want string }{
		{"curve: [50, 100, 0, 400]", "2026-02-27", "[{all 0}]"},
		{"curve: [50, 100, 0, 400]", "2026-02-28", "[{all 0}]"},
		{"curve: [50, 100, 0, 400]", "2026-03-01", "[{all 50}]"},
		{"curve: [50, 100, 0, 400]", "2026-03-03", "[{all 0}]"},
		{"curve: [50, 100, 0, 400]", "2026-03-04", "[{all 400}]"},
		{"curve: [50, 100, 0, 400]", "2027-03-04", "[{all 400}]"},
		{"curve: mailtrap", "2026-03-21", "[{all 57000}]"},
		{"{curve: mailtrap, target: 1000}", "2026-03-05", "[{all 860}]"},
		{"{curve: mailtrap, target: 1000}", "2026-03-06", "[{all 1000}]"},
		{"{curve: [1000], shares: {yahoo: 0.2, gmail: 0.5}}", "2026-03-01", "[{gmail 500} {yahoo 200} {other 300}]"},
		{"{curve: [3], shares: {yahoo: 0.5, gmail: 0.5}}", "2026-03-01", "[{gmail 2} {yahoo 1} {other 0}]"},
		{"{curve: [1000], shares: {yahoo: 1}}", "2026-02-01", "[{yahoo 0} {other 0}]"},
		{`{curve: "50/day, 100/day", each: [yahoo, gmail]}`, "2026-03-02", "[{gmail 100} {yahoo 100}]"},
		{`{curve: 50/day, each: [gmail]}`, "2026-03-09", "[{gmail 50}]"},
	} {
		keys := strings.TrimSuffix(strings.TrimPrefix(c.keys, "{"), "}")
		if keys != c.keys { // several keys, each on its line
			keys = strings.NewReplacer(", target", "\n  target", ", shares", "\n  shares", ", each", "\n  each").Replace(keys)
		}
		p := plan(t, keys)
		if got := fmt.Sprint(p.Planned(day(t, c.date))); got != c.want {
			t.Errorf("%s: Planned(%s) = %s, want %s", c.keys, c.date, got, c.want)
		}
	}
}

func TestDay(t *testing.T) {
	p := plan(t, "curve: [1]")
	for date, want := range map[string]int{"2026-02-27": -1, "2026-02-28": 0, "2026-03-01": 1, "2026-03-31": 31, "2027-03-01": 366} {
		if got := p.Day(day(t, date)); got != want {
			t.Errorf("Day(%s) = %d, want %d", date, got, want)
		}
	}
}

func TestActual(t *testing.T) {
	count := func(provider string, n uint64) logscan.DailyCount {
		return logscan.DailyCount{DailyKey: logscan.DailyKey{VMTA: "cold", Provider: provider}, Recipients: n}
	}
	counts := []logscan.DailyCount{count("gmail", 5), count("orange", 2), count(logscan.Other, 1), count("yahoo", 7)}
	for keys, want := range map[string]string{
		"curve: [50]": "[{all 15}]",
		"curve: [50]\n  shares: {gmail: 0.5, outlook: 0.1}": "[{gmail 5} {outlook 0} {other 10}]",
		"curve: [50]\n  each: [yahoo, outlook]":             "[{outlook 0} {yahoo 7}]",
	} {
		p := plan(t, keys)
		if got := fmt.Sprint(p.Actual(counts)); got != want {
			t.Errorf("%s: Actual = %s, want %s", keys, got, want)
		}
	}
}

// TestBuiltInCurves: each has a source and numbers that a plan may have, and
// the page tells of it.
func TestBuiltInCurves(t *testing.T) {
	curves, err := builtIns()
	if err != nil || len(curves) == 0 {
		t.Fatalf("builtIns() = %d, %v, want some", len(curves), err)
	}
	page := readPage(t)
	for _, c := range curves {
		if err := checkNumbers(c.Numbers); err != nil || !slices.IsSorted(c.Numbers) {
			t.Errorf("%s: %v, or it falls", c.Name, err)
		}
		if !strings.HasPrefix(c.Source, "https://") {
			t.Errorf("%s has the source %q, want an address", c.Name, c.Source)
		}
		address, _, _ := strings.Cut(c.Source, " ")
		if !strings.Contains(page, "`"+c.Name+"`") || !strings.Contains(page, "("+address+")") {
			t.Errorf("docs/configuration.md has not both %s and its source", c.Name)
		}
		if _, err := parse("- vmta: cold\n  start: 2026-03-01\n  curve: " + c.Name); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

func TestWarming(t *testing.T) {
	plans, err := parse(`
- {vmta: a, start: 2026-03-01, curve: [1]}
- {vmta: b, start: 2026-03-01, curve: [1], source_ips: ["2001:DB8:0::1", "::ffff:192.0.2.1"]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(Warming(plans)), "[{a []} {b [2001:db8::1 192.0.2.1]}]"; got != want {
		t.Errorf("Warming = %s, want %s", got, want)
	}
}
