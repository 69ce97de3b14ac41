package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

const (
	planDay = `pmta_warmup_plan_day{vmta="cold-1"}`
	planned = `pmta_warmup_planned_recipients{provider="all",vmta="cold-1"}`
	actual  = `pmta_warmup_actual_recipients{provider="all",vmta="cold-1"}`
)

// TestM08PlanReload: a broken plan changes nothing and is told with its line,
// another one is compared with what was sent already.
func TestM08PlanReload(t *testing.T) {
	s := newSite(t, "warmup: [{vmta: cold-1, start: 2026-11-20, curve: [2, 4]}]\n", "--web.enable-lifecycle")
	appendTo(t, s.path("acct.csv"), "type,timeLogged,vmta,rcpt\n"+strings.Repeat("d,2026-11-20 10:00:00+0100,cold-1,a@gmail.com\n", 3))
	all := eventually(t, s.root+"/metrics", func(all samples) bool { return all[actual] == 3 })
	s.want(all, map[string]float64{success: 1, planDay: 1, planned: 2})

	s.write("config.yaml", "warmup:\n  - {vmta: cold-1, start: 2026-11-20, curve: slow}\n")
	status, _, body := request(t, http.MethodPost, s.root+"/-/reload")
	if want := `warmup: line 2: plan of "cold-1": curve: unknown name "slow"`; status != http.StatusInternalServerError || !strings.Contains(body, want) {
		t.Errorf("reload of a broken plan: status %d and %q, want 500 and %q", status, body, want)
	}
	appendTo(t, s.path("acct.csv"), "d,2026-11-20 11:00:00+0100,cold-1,a@gmail.com\n")
	all = eventually(t, s.root+"/metrics", func(all samples) bool { return all[actual] == 4 })
	s.want(all, map[string]float64{success: 0, planDay: 1, planned: 2})

	s.write("config.yaml", "warmup: [{vmta: cold-1, start: 2026-11-19, curve: [2, 40]}]\n")
	if status, _, body := request(t, http.MethodPost, s.root+"/-/reload"); status != http.StatusOK {
		t.Errorf("reload of another plan: status %d: %s, want 200", status, body)
	}
	all = eventually(t, s.root+"/metrics", func(all samples) bool { return all[planned] == 40 })
	s.want(all, map[string]float64{success: 1, planDay: 2, actual: 4})
}

// TestReadmePlan: the plan to paste can be used as it stands.
func TestReadmePlan(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(warmup:\n.*?)```").FindSubmatch(readme)
	if example == nil {
		t.Fatal("README.md has no plan to paste")
	}
	got, err := parseTables(example[1])
	if err != nil || len(got.plans) == 0 {
		t.Errorf("the plan of README.md: %v, want one that can be used", err)
	}
	page, err := os.ReadFile("docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), string(example[1])) {
		t.Error("the plan of README.md does not stand in docs/configuration.md")
	}
}
