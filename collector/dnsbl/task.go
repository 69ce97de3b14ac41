package dnsbl

import (
	"context"
	"net/netip"
	"time"
)

// target is what is looked up again and again: an address in a zone, or with
// ReverseDNS in place of the zone its names. A zone's own test addresses are
// targets as well.
type target struct {
	zone    string
	address netip.Addr
}

// task is a target and what is known of it.
type task struct {
	target
	list *list // nil for reverse DNS; another one is another task

	added, asked time.Time // when it became known, when it was last looked up
	due          time.Time // when it is looked up next
	learned      time.Time // when the verdict was learned
	verdict      verdict
	hostname     string
	problem      string // of a self-test that failed
}

// list is a zone with the tasks that test it.
type list struct {
	Zone
	v4, v6 *task // v6 is nil where nobody asks for IPv6
}

// testFor returns the self-test on which answers about an address depend.
func (l *list) testFor(a netip.Addr) *task {
	if a.Is4() {
		return l.v4
	}
	return l.v6
}

// tests reports whether a task is a self-test.
func (t *task) tests() bool { return t.list != nil && (t == t.list.v4 || t == t.list.v6) }

// blocked reports whether a task waits for the self-test of its list.
func (t *task) blocked() bool {
	return t.list != nil && !t.tests() && t.list.testFor(t.address).verdict != yes
}

// before orders tasks: self-tests first, then by the time at which they are due.
func (t *task) before(other *task) bool {
	if t.tests() != other.tests() {
		return t.tests()
	}
	return t.due.Before(other.due)
}

// age is how long ago a task was looked up, or became known.
func (t *task) age(now time.Time) time.Duration {
	if t.asked.IsZero() {
		return now.Sub(t.added)
	}
	return now.Sub(t.asked)
}

// job is a task whose turn it is, with what a reload may change meanwhile.
type job struct {
	*task
	zone *Zone // nil for reverse DNS
	test bool
}

// finding is what one lookup found out.
type finding struct {
	verdict  verdict
	hostname string
	problem  string // of a self-test that failed
	// lies says that a list answered its self-test falsely. That is worse than
	// silence: what it said before does not count any more either.
	lies bool
}

// next returns the task that is due, or how long none will be. It looks at all
// of them: tens of thousands take far less time than the pause between two
// lookups.
func (m *Monitor) next(now time.Time) (*job, time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first *task
	wait := refreshEvery
	for _, t := range m.all {
		switch {
		case t.blocked():
		case t.due.After(now):
			wait = min(wait, t.due.Sub(now))
		case first == nil || t.before(first):
			first = t
		}
	}
	if first == nil {
		return nil, wait
	}
	return first.job(), 0
}

func (t *task) job() *job {
	j := &job{task: t, test: t.tests()}
	if t.list != nil {
		j.zone = &t.list.Zone
	}
	return j
}

// do looks up once and notes what was found out.
func (m *Monitor) do(ctx context.Context, j *job) {
	var f finding
	switch {
	case j.zone == nil:
		f = m.confirm(ctx, j.address)
	case j.test:
		f = m.test(ctx, j.zone, j.address.Is6())
	default:
		f = m.look(ctx, j.zone, j.address)
	}
	if ctx.Err() == nil { // else the program ends, and the answer is none
		m.note(j, f)
	}
}

// look asks a list for an address.
func (m *Monitor) look(ctx context.Context, z *Zone, a netip.Addr) finding {
	switch m.askZone(ctx, z, a) {
	case Listed:
		return finding{verdict: yes}
	case Clean:
		return finding{verdict: no}
	}
	return finding{}
}

// note stores what was found out. An answer that tells nothing leaves in force
// what was known, until that is too old.
func (m *Monitor) note(j *job, f finding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, now := j.task, time.Now()
	if f.verdict == yes && t.verdict != yes && j.zone != nil && !j.test && t.list.retest(t, now) {
		return
	}
	t.asked, t.due = now, now.Add(m.interval-upTo(m.interval/10))
	if j.test && f.verdict == no {
		t.due = now.Add(m.interval / 4)
	}
	if f.verdict == unknown {
		return
	}
	t.verdict, t.learned, t.hostname, t.problem = f.verdict, now, f.hostname, f.problem
	if f.lies {
		m.forget(t)
	}
}

// forget drops what a list said that was found lying in a self-test.
func (m *Monitor) forget(test *task) {
	for _, t := range m.all {
		if t.list == test.list && !t.tests() && t.list.testFor(t.address) == test {
			t.verdict = unknown
		}
	}
}

// trust is how old a self-test may be for a new listing to be believed.
const trust = 10 * time.Minute

// retest has a list tested anew, and then asked again, when its self-test is too
// old to believe a new listing: a list that closes down may come to list the
// whole world.
func (l *list) retest(t *task, now time.Time) bool {
	test := l.testFor(t.address)
	if now.Sub(test.asked) <= trust {
		return false
	}
	test.due, t.due = time.Time{}, time.Time{}
	return true
}
