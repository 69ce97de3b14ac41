package warmup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestM10BadPlans: each mistake is told with the line of its plan.
func TestM10BadPlans(t *testing.T) {
	const good = "- {vmta: a, start: 2026-03-01, curve: [1], source_ips: [192.0.2.1]}\n"
	if _, err := parse(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ row, want string }{
		{"start: 2026-03-01, curve: [1]", `plan of "": vmta: write the name`},
		{"vmta: none, start: 2026-03-01, curve: [1]", `plan of "none": vmta: write the name`},
		{`vmta: "b\x01", start: 2026-03-01, curve: [1]`, `vmta: write the name`},
		{"vmta: " + strings.Repeat("x", 129) + ", start: 2026-03-01, curve: [1]", `vmta: write the name`},
		{"vmta: a, start: 2026-03-01, curve: [1]", `plan of "a": two plans of this VirtualMTA`},
		{"vmta: b, curve: [1]", `start: "" is no date`},
		{"vmta: b, start: 01.03.2026, curve: [1]", `start: "01.03.2026" is no date`},
		{"vmta: b, start: 2026-02-30, curve: [1]", `start: "2026-02-30" is no date`},
		{"vmta: b, start: 1999-12-31, curve: [1]", `start: "1999-12-31" is no date since 2000`},
		{"vmta: b, start: 2026-03-01", "curve: 0 numbers: give a name, or 1 to 366"},
		{"vmta: b, start: 2026-03-01, curve: []", "curve: 0 numbers"},
		{"vmta: b, start: 2026-03-01, curve: [1" + strings.Repeat(", 1", 366) + "]", "curve: 367 numbers"},
		{"vmta: b, start: 2026-03-01, curve: [1, 0]", "curve: the last number is 0"},
		{"vmta: b, start: 2026-03-01, curve: [1000000001]", "curve: 1000000001 recipients a day"},
		{"vmta: b, start: 2026-03-01, curve: fast", `curve: unknown name "fast": use one of braze_conservative, `},
		{"vmta: b, start: 2026-03-01, curve: 50", `curve: unknown name "50"`},
		{"vmta: b, start: 2026-03-01, curve: 50/day, each: [gmail, orange]", `provider "orange": not known`},
		{"vmta: b, start: 2026-03-01, curve: '50/day,x/day', each: [gmail]", `curve: "x/day" is no number per day`},
		{"vmta: b, start: 2026-03-01, curve: '50/day,100', each: [gmail]", `curve: "100" is no number per day`},
		{"vmta: b, start: 2026-03-01, curve: '50/day,', each: [gmail]", `curve: "" is no number per day`},
		{"vmta: b, start: 2026-03-01, curve: 50/day", "curve: PowerMTA's list limits each domain by itself"},
		{"vmta: b, start: 2026-03-01, curve: 50/day, shares: {gmail: 1}", "curve: PowerMTA's list limits each domain by itself"},
		{"vmta: b, start: 2026-03-01, curve: [1], each: [gmail], shares: {gmail: 1}", "shares and each: give one"},
		{"vmta: b, start: 2026-03-01, curve: [1], each: [gmail, gmail]", "each: gmail is listed twice"},
		{"vmta: b, start: 2026-03-01, curve: [1], each: [all]", `provider "all": not known, or no single one`},
		{"vmta: b, start: 2026-03-01, curve: [1], shares: {other: 0.5}", `provider "other": not known, or no single one`},
		{"vmta: b, start: 2026-03-01, curve: [1], shares: {gmail: 0}", "shares: gmail has 0"},
		{"vmta: b, start: 2026-03-01, curve: [1], shares: {gmail: -0.5}", "shares: gmail has -0.5"},
		{"vmta: b, start: 2026-03-01, curve: [1], shares: {gmail: .nan}", "shares: gmail has NaN"},
		{"vmta: b, start: 2026-03-01, curve: [1], shares: {gmail: 0.7, yahoo: 0.4}", "shares: they add up to 1.1"},
		{"vmta: b, start: 2026-03-01, curve: [1], source_ips: [192.0.2.0/24]", `source_ips: "192.0.2.0/24" is no address`},
		{"vmta: b, start: 2026-03-01, curve: [1], source_ips: [0.0.0.0]", `source_ips: "0.0.0.0" is no address`},
		{`vmta: b, start: 2026-03-01, curve: [1], source_ips: [192.0.2.2, "::ffff:192.0.2.2"]`, "source_ips: 192.0.2.2 is listed twice"},
		{"vmta: b, start: 2026-03-01, curve: [1], source_ips: [192.0.2.1]", "source_ips: 192.0.2.1 is listed in the plan of a already"},
	} {
		_, err := parse(good + "- {" + c.row + "}\n")
		if err == nil || !strings.HasPrefix(err.Error(), "line 2: plan of ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Plans of {%.90s} error = %v, want line 2 and %q", c.row, err, c.want)
		}
	}
	for _, row := range []string{"vmta: b, curve: [-1]", "vmta: b, curve: [50/day]", "vmta: b, curve: {a: 1}", "vmta: b, target: -1", "vmta: b, curves: mailtrap"} {
		if _, err := parse(good + "- {" + row + "}\n"); err == nil || !strings.Contains(err.Error(), "line 2: ") {
			t.Errorf("Plans of {%s} error = %v, want one of line 2", row, err)
		}
	}
}

// TestPlanCeilings: plans are bounded, and so are their series.
func TestPlanCeilings(t *testing.T) {
	rows := make([]Row, MaxPlans)
	for i := range rows {
		rows[i] = Row{VMTA: fmt.Sprint("cold-", i), Start: "2026-03-01", Curve: Curve{numbers: []uint64{1}}}
	}
	plans, err := Plans(rows, nil)
	if err != nil || len(plans) != MaxPlans {
		t.Errorf("%d plans, %v, want all %d", len(plans), err, MaxPlans)
	}
	if _, err := Plans(append(rows, Row{VMTA: "one more"}), nil); err == nil || !strings.Contains(err.Error(), "501 plans: list 1 to 500") {
		t.Errorf("Plans error = %v, want that there are 501", err)
	}
	if _, err := Plans([]Row{}, nil); err == nil {
		t.Error("Plans of an empty list error = nil, want one")
	}
	names := make([]string, 11)
	for i := range names {
		names[i] = fmt.Sprint("provider", i)
	}
	for i := range rows {
		rows[i].Each = names[:10]
	}
	if _, err := Plans(rows, names); err != nil {
		t.Errorf("Plans with 5,000 pairs error = %v, want none", err)
	}
	rows[0].Each = names
	if _, err := Plans(rows, names); err == nil || !strings.Contains(err.Error(), "5001 pairs") {
		t.Errorf("Plans error = %v, want that there are 5001 pairs", err)
	}
}
