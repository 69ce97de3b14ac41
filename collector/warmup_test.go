package collector

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/collector/warmup"
	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// plansOf reads plans as the configuration file has them.
func plansOf(t testing.TB, text string) []warmup.Plan {
	t.Helper()
	var rows []warmup.Row
	err := yaml.UnmarshalStrict([]byte(text), &rows)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := warmup.Plans(rows, catalogue(t).Names())
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// warmupRig is an accounting file and an exporter that keeps its counts.
type warmupRig struct {
	*testing.T
	file    string
	options logscan.Options
	plans   []warmup.Plan
	scanner *logscan.Scanner
	c       *scanCollector
}

func newWarmupRig(t *testing.T, plans string) *warmupRig {
	t.Helper()
	r := &warmupRig{T: t, file: filepath.Join(t.TempDir(), "acct.csv"), options: scanOptions(t)}
	r.options.Accounting, r.options.StateDirectory = []string{r.file}, t.TempDir()
	r.plans = plansOf(t, plans)
	r.options.Warming = warmup.Warming(r.plans)
	r.append("type,timeLogged,vmta,rcpt,dlvSourceIp,dsnStatus,dlvType\n")
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *warmupRig) start() {
	r.Helper()
	r.scanner = startScanner(r.T, r.options)
	r.c = newScanCollector(r.scanner)
	r.c.warmup.plans.Store(&r.plans)
}

func (r *warmupRig) stop() {
	r.Helper()
	if err := r.scanner.Close(); err != nil {
		r.Fatal(err)
	}
}

func (r *warmupRig) append(text string) {
	r.Helper()
	appendTo(r.T, r.file, text)
}

// appendTo writes to the end of a file.
func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// record makes one of a type, logged now as PowerMTA's host writes it.
func record(kind, vmta, domain, ip string) string {
	logged := time.Now().In(time.FixedZone("", -8*3600)).Format("2006-01-02 15:04:05-0700")
	return fmt.Sprintf("%s,%s,%s,a@%s,%s,,smtp\n", kind, logged, vmta, domain, ip)
}

// want polls, commits and compares the three families.
func (r *warmupRig) want(day, planned, actual map[string]float64) {
	r.Helper()
	commitPoll(r.T, r.scanner)
	p, err := r.c.page()
	if err != nil {
		r.Fatal(err)
	}
	f := r.c.warmup
	for family, want := range map[*family]map[string]float64{f.day: day, f.planned: planned, f.actual: actual} {
		if got := values(r.T, p.samples, family); !maps.Equal(got, want) {
			r.Errorf("%s: %s is %v, want %v", time.Now().UTC(), family.name, got, want)
		}
	}
}

const thirtyDays = `
- vmta: cold-1
  start: 2000-01-03
  curve: [4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 26, 28, 30, 33, 36, 39, 42, 45, 48, 52, 56, 60, 64]
  shares: {gmail: 0.5}
- vmta: cold-2
  source_ips: [192.0.2.20]
  start: 2000-01-10
  curve: 2/day,4/day
  each: [yahoo]
`

// TestWarmup sends a month of mail as planned, a little more on one day, beside
// mail that is none of the plan. The exporter starts again and again, also
// before it has saved what it read.
func TestWarmup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newWarmupRig(t, thirtyDays)
		r.want(map[string]float64{}, map[string]float64{}, map[string]float64{}) // no day is known yet
		<-time.After(8 * time.Hour)                                              // to midnight at PowerMTA's
		for day := -1; day <= 31; day++ {
			r.sendDay(day)
		}
		r.golden()
	})
}

// sendDay goes through a day of the plan of cold-1, in four parts.
func (r *warmupRig) sendDay(day int) {
	r.Helper()
	curve := r.plans[0].Numbers
	number := 0
	if day >= 1 {
		number = int(curve[min(day, len(curve))-1])
	}
	gmail, yahoo := (number+1)/2, 0
	if day == 12 {
		gmail *= 3
	}
	if day >= 8 {
		yahoo = min(2*(day-7), 4)
	}
	sentGmail, sentOther, sentYahoo := 0, 0, 0
	for part := 1; part <= 4; part++ {
		var text strings.Builder
		text.WriteString(record("d", "warm", "gmail.com", "192.0.2.1") + record("d", "cold-2", "gmail.com", "192.0.2.20"))
		for ; sentGmail < gmail*part/4; sentGmail++ {
			text.WriteString(record("t", "cold-1", "gmail.com", "192.0.2.10") + record("d", "cold-1", "gmail.com", "192.0.2.10"))
		}
		for ; sentOther < number/2*part/4; sentOther++ {
			text.WriteString(record("b", "cold-1", "orange.fr", "192.0.2.10"))
		}
		for ; sentYahoo < yahoo*part/4; sentYahoo++ {
			text.WriteString(record("d", "warm", "yahoo.com", "192.0.2.20") + record("d", "cold-2", "yahoo.com", "192.0.2.1"))
		}
		r.append(text.String())
		if (day+part)%3 == 0 { // read, and ended before it was saved
			r.scanner.Poll(r.Context())
			r.stop()
			r.start()
		}
		r.want(
			map[string]float64{"vmta=cold-1 ": float64(day), "vmta=cold-2 ": float64(day - 7)},
			map[string]float64{
				"provider=gmail vmta=cold-1 ": float64((number + 1) / 2), "provider=other vmta=cold-1 ": float64(number / 2), "provider=yahoo vmta=cold-2 ": float64(yahoo),
			},
			map[string]float64{
				"provider=gmail vmta=cold-1 ": float64(sentGmail), "provider=other vmta=cold-1 ": float64(sentOther), "provider=yahoo vmta=cold-2 ": float64(sentYahoo),
			})
		<-time.After(6 * time.Hour)
	}
}

// golden shows the families, and lets them be linted.
func (r *warmupRig) golden() {
	r.Helper()
	p, err := r.c.page()
	if err != nil {
		r.Fatal(err)
	}
	f := r.c.warmup
	var out samples
	for _, m := range p.samples.all() {
		if isOf(m, f.families()) {
			out.metrics = append(out.metrics, m)
		}
	}
	golden(r.T, "warmup", f.families(), out.metrics)
}

// TestM08PlansReload: another plan is in force at once, and what was counted
// today stays.
func TestM08PlansReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(12 * time.Hour)
		r := newWarmupRig(t, "[{vmta: cold-1, start: 2000-01-01, curve: [10]}]")
		r.append(record("d", "cold-1", "gmail.com", "") + record("d", "cold-1", "yahoo.com", ""))
		r.want(map[string]float64{"vmta=cold-1 ": 1}, map[string]float64{"provider=all vmta=cold-1 ": 10}, map[string]float64{"provider=all vmta=cold-1 ": 2})

		e := &Exporter{scan: r.c}
		reload := func(text string) {
			plans := plansOf(t, text)
			rules := r.options.Rules
			rules.Warming = warmup.Warming(plans)
			if err := r.scanner.SetRules(rules); err != nil {
				t.Fatal(err)
			}
			e.SetPlans(plans)
		}
		reload("[{vmta: cold-1, start: 2000-01-01, curve: [8], each: [gmail]}, {vmta: cold-2, start: 2000-01-02, curve: [5]}]")
		r.want(map[string]float64{"vmta=cold-1 ": 1, "vmta=cold-2 ": 0},
			map[string]float64{"provider=gmail vmta=cold-1 ": 8, "provider=all vmta=cold-2 ": 0},
			map[string]float64{"provider=gmail vmta=cold-1 ": 1, "provider=all vmta=cold-2 ": 0})
		reload("")
		r.append(record("d", "cold-1", "gmail.com", ""))
		r.want(map[string]float64{}, map[string]float64{}, map[string]float64{})
	})
}

// TestWarmupCeilings: as many plans as there may be have room in their
// families.
func TestWarmupCeilings(t *testing.T) {
	const providers = warmup.MaxSeries / warmup.MaxPlans
	names := catalogue(t).Names()[:providers]
	var text strings.Builder
	for i := range warmup.MaxPlans {
		fmt.Fprintf(&text, "- {vmta: cold-%d, start: 2026-11-23, curve: mailtrap, each: [%s]}\n", i, strings.Join(names, ", "))
	}
	plans := plansOf(t, text.String())
	f := newWarmupFamilies()
	f.plans.Store(&plans)
	out := newSamples()
	f.emit(logscan.Daily{Today: plans[0].Start}, out)
	for _, family := range f.families() {
		if out.series[family] != family.limit {
			t.Errorf("%s has %d series, want its limit of %d", family.name, out.series[family], family.limit)
		}
	}
}
