package logscan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

const dailyColumns = "type,timeLogged,vmta,rcpt,dlvSourceIp,dsnStatus,dsnDiag,bounceCat,dlvType\n"

// sent makes a delivery to Gmail on a day in 2000, in the zone of New York.
func sent(day, vmta, ip string) string {
	return fmt.Sprintf("d,2000-%s 23:59:58-0500,%s,a@gmail.com,%s,2.0.0,,,smtp\n", day, vmta, ip)
}

func warmed(all ...Warming) func(*Options) {
	return func(o *Options) { o.Warming = all }
}

// wantDaily polls and compares what is counted by day, as "01-02 VMTA provider
// count".
func (r *rig) wantDaily(today string, want ...string) {
	r.Helper()
	r.poll()
	d := r.committed().Daily
	var got []string
	for _, c := range d.Counts {
		got = append(got, fmt.Sprintf("%s %s %s %d", c.Day.String()[5:], c.VMTA, c.Provider, c.Recipients))
	}
	if !slices.Equal(got, want) || d.Today.String()[5:] != today {
		r.Errorf("on %s counted %q, want on %s %q", d.Today, got, today, want)
	}
}

// TestDailyCounts: results count on the day that their record shows, for those
// that are warmed up.
func TestDailyCounts(t *testing.T) {
	timed(t, "results", func(t *testing.T) {
		r := newRig(t, warmed(Warming{VMTA: "cold"}, Warming{VMTA: "half", SourceIPs: []string{"192.0.2.9", "2001:db8::9"}}))
		r.append("acct", dailyColumns+
			sent("01-01", "cold", "192.0.2.1")+
			sent("01-01", "warm", "192.0.2.2")+
			sent("01-01", "half", "192.0.2.3")+ // an old address
			sent("01-01", "half", "192.0.2.9")+
			sent("01-01", "warm", "2001:DB8:0::9")+ // a new one, also used by another
			"b,2000-01-01 10:00:00-0500,cold,a@yahoo.com,192.0.2.1,5.1.1,smtp;550 5.1.1 no such user,bad-mailbox,smtp\n"+
			"b,2000-01-01 10:00:00-0500,cold,a@yahoo.com,0.0.0.0,5.0.0,x-pmta;deleted by administrator,other,smtp\n"+
			"t,2000-01-01 10:00:00-0500,cold,a@yahoo.com,192.0.2.1,4.0.0,smtp;421 later,,smtp\n"+
			"d,2000-01-01 10:00:00-0500,cold,a@pipe.example,192.0.2.1,2.0.0,,,pipe\n"+
			"d,2000-01-01 10:00:00,cold,a@gmail.com,192.0.2.1,2.0.0,,,smtp\n") // no zone, no time
		r.wantDaily("01-01", "01-01 cold gmail 1", "01-01 cold yahoo 1", "01-01 half gmail 2")
	})
	timed(t, "days", func(t *testing.T) {
		r := newRig(t, warmed(Warming{VMTA: "cold"}))
		r.append("acct", dailyColumns+sent("01-01", "cold", "")+sent("01-01", "cold", ""))
		r.wantDaily("01-01", "01-01 cold gmail 2")
		r.append("acct", sent("01-02", "warm", "")+sent("01-01", "cold", "")) // the day turns for all, and one is late
		r.wantDaily("01-02", "01-01 cold gmail 3")
		r.append("acct", sent("01-03", "cold", "")+sent("01-01", "cold", "")+sent("01-02", "cold", ""))
		r.wantDaily("01-03", "01-02 cold gmail 1", "01-03 cold gmail 1")
		r.append("acct", sent("01-04", "cold", "")) // it is still 1 January here: too far ahead
		r.wantDaily("01-03", "01-02 cold gmail 1", "01-03 cold gmail 1")
	})
	timed(t, "before 1970", func(t *testing.T) {
		r := newRig(t, warmed(Warming{VMTA: "cold"}))
		r.append("acct", dailyColumns+strings.Replace(sent("12-31", "cold", ""), "2000", "1969", 1))
		r.wantDaily("01-01")
	})
}

// TestP1DailyCountsOutliveTheProgram: also those of a reload that took a plan
// away and gave it back.
func TestP1DailyCountsOutliveTheProgram(t *testing.T) {
	timed(t, "killed and reloaded", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", dailyColumns+sent("01-01", "cold", ""))
		r.poll()
		if d := r.committed().Daily; d.Today != 0 || len(d.Counts) != 0 {
			t.Errorf("without a plan %+v, want nothing", d)
		}
		rules := r.s.options.Rules
		rules.Warming = []Warming{{VMTA: "cold"}}
		r.setRules(rules)
		r.append("acct", sent("01-01", "cold", "")+sent("01-01", "cold", ""))
		r.wantDaily("01-01", "01-01 cold gmail 2")
		r.s.options.Rules = rules
		r.append("acct", sent("01-01", "cold", ""))
		r.poll() // not committed: read again
		r.kill()
		r.wantDaily("01-01", "01-01 cold gmail 3")

		r.setRules(testOptions(t).Rules)
		r.append("acct", sent("01-01", "cold", ""))
		r.poll()
		r.stop()
		r.setRules(rules)
		r.append("acct", sent("01-01", "cold", ""))
		r.wantDaily("01-01", "01-01 cold gmail 4")
	})
}

// TestDailyCeiling: however many providers there are, the VirtualMTA's sum is
// exact.
func TestDailyCeiling(t *testing.T) {
	d := daily{counts: map[DailyKey]uint64{}}
	const n = mostDaily + 100
	for i := range n {
		d.add(DailyKey{Day: 1, VMTA: "v", Provider: fmt.Sprint(i)})
		d.add(DailyKey{Day: 1, VMTA: "v", Provider: "0"})
	}
	if got := len(d.counts); got != mostDaily+1 {
		t.Errorf("%d counts, want %d", got, mostDaily+1)
	}
	for provider, want := range map[string]uint64{"0": n + 1, Other: 100, "7": 1} {
		if got := d.counts[DailyKey{1, "v", provider}]; got != want {
			t.Errorf("%s counts %d, want %d", provider, got, want)
		}
	}
	if got := d.committed(); got.validate() == nil {
		t.Error("counts of a day that is not today are valid")
	}
}

func TestDailyOfToday(t *testing.T) {
	count := func(day acct.Day, vmta string) DailyCount { return DailyCount{DailyKey{day, vmta, "gmail"}, 1} }
	d := Daily{7, []DailyCount{count(6, "a"), count(7, "a"), count(7, "b")}}
	got := d.OfToday()
	if len(got) != 2 || !slices.Equal(got["a"], []DailyCount{count(7, "a")}) || !slices.Equal(got["b"], []DailyCount{count(7, "b")}) {
		t.Errorf("OfToday() = %v, want today's counts of a and b", got)
	}
}
