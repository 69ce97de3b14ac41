package logscan

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// Warming is a VirtualMTA that is being warmed up, so that its recipients are
// counted by day.
type Warming struct {
	VMTA string
	// SourceIPs, as labels have them, are counted instead of the VirtualMTA: all
	// mail that left from them, whichever VirtualMTA used them.
	SourceIPs []string
}

// Daily is what VirtualMTAs that are being warmed up sent, today and the day
// before.
type Daily struct {
	// Today is the date of the newest result: a new day begins with the first
	// record of it, not by a clock. It is 0 before the first.
	Today  acct.Day
	Counts []DailyCount // in the order of their keys
}

// DailyCount is a count of final results. Like PowerMTA's own limits a plan is
// about recipients, so a recipient counts once, on the day of its result:
// delivered or bounced, but not deleted, since that was never sent.
type DailyCount struct {
	DailyKey
	Recipients uint64
}

// DailyKey counts by the date that a record shows.
type DailyKey struct {
	Day            acct.Day
	VMTA, Provider string
}

func (k DailyKey) compare(other DailyKey) int {
	return cmp.Or(cmp.Compare(k.Day, other.Day), cmp.Compare(k.VMTA, other.VMTA), cmp.Compare(k.Provider, other.Provider))
}

// OfToday returns today's counts by VirtualMTA.
func (d Daily) OfToday() map[string][]DailyCount {
	all := map[string][]DailyCount{}
	for _, c := range d.Counts {
		if c.Day == d.Today {
			all[c.VMTA] = append(all[c.VMTA], c)
		}
	}
	return all
}

// mostDaily is how many counts there may be before further providers of a
// VirtualMTA count as Other.
const mostDaily = 20_000

// daily is the part of the ledger that Daily shows. Days that are over leave
// it.
type daily struct {
	today  acct.Day
	counts map[DailyKey]uint64
}

// turn goes on to a later day, and reports whether one is still counted. No
// clock that is wrong by more than a day, and no zone, is two days ahead.
func (d *daily) turn(day acct.Day, since time.Time) bool {
	if day > d.today && day <= acct.DayOf(since.UTC())+2 {
		d.today = day
		maps.DeleteFunc(d.counts, func(k DailyKey, _ uint64) bool { return k.Day < day-1 })
	}
	return d.today > 0 && (day == d.today || day == d.today-1)
}

func (d *daily) add(k DailyKey) {
	if _, ok := d.counts[k]; !ok && len(d.counts) >= mostDaily {
		k.Provider = Other
	}
	d.counts[k]++
}

// committed returns the counts as they are now.
func (d *daily) committed() Daily {
	c := Daily{Today: d.today}
	for k, n := range d.counts {
		c.Counts = append(c.Counts, DailyCount{k, n})
	}
	slices.SortFunc(c.Counts, func(a, b DailyCount) int { return a.compare(b.DailyKey) })
	return c
}

// restore takes over what was kept, but for names that are none.
func (d *daily) restore(s Daily) (leftOut int) {
	d.today = s.Today
	for _, c := range s.Counts {
		if !isName(c.VMTA) || !isName(c.Provider) {
			leftOut++
			continue
		}
		d.counts[c.DailyKey] = c.Recipients
	}
	return leftOut
}

// validate says what no run can have kept.
func (d Daily) validate() error {
	for i, c := range d.Counts {
		switch {
		case c.Day != d.Today && c.Day != d.Today-1:
			return errors.New("daily counts: of a day that is over")
		case i > 0 && d.Counts[i-1].compare(c.DailyKey) >= 0:
			return errors.New("daily counts: out of order, or a key twice")
		case c.Recipients > mostCount:
			return errors.New("daily counts: one too high")
		}
	}
	return nil
}

// warming finds what a record is counted by day for.
type warming struct {
	vmtas map[string]bool
	ips   map[string]string // to the VirtualMTA
}

func newWarming(all []Warming) warming {
	w := warming{map[string]bool{}, map[string]string{}}
	for _, one := range all {
		for _, ip := range one.SourceIPs {
			w.ips[ip] = one.VMTA
		}
		if len(one.SourceIPs) == 0 {
			w.vmtas[one.VMTA] = true
		}
	}
	return w
}

// countDay counts a result by its day, for its VirtualMTA and its source IP.
// Without anything to warm up it does nothing, since every record comes here.
func (c *counter) countDay(m mail, o Outcome, since time.Time) {
	if len(c.warming.vmtas)+len(c.warming.ips) == 0 || o == OutcomeDeleted {
		return
	}
	day, ok := acct.ParseDay(c.record.Field(acct.TimeLogged))
	if !ok || !c.daily.turn(day, since) {
		return
	}
	if c.warming.vmtas[m.vmta.text] {
		c.daily.add(DailyKey{day, m.vmta.text, m.provider.text})
	}
	if vmta, ok := c.warming.ips[m.sourceIP.text]; ok {
		c.daily.add(DailyKey{day, vmta, m.provider.text})
	}
}
