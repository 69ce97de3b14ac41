package dnsbl

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"time"
)

// refreshEvery is how often the addresses, and the system's DNS servers, are
// asked for anew.
const refreshEvery = time.Minute

// Options say how to ask.
type Options struct {
	// Server is the DNS server to ask, as address:port; empty for the system's.
	Server string
	// PerMinute is the most messages that leave for the DNS in a minute.
	PerMinute int
	// Interval is how long to wait between two lookups of the same thing. With
	// many addresses and zones PerMinute makes it longer.
	Interval time.Duration
	// Addresses tells the addresses to look up, those to drop last when there
	// are too many first. Private ones are passed over.
	Addresses func(context.Context) []netip.Addr
}

// MaxPerMinute is the highest ceiling of lookups.
const MaxPerMinute = 6000

// MinInterval is the shortest interval.
const MinInterval = time.Minute

// Validate says what to change in options that cannot work.
func (o Options) Validate() error {
	switch {
	case o.PerMinute < 1 || o.PerMinute > MaxPerMinute:
		return fmt.Errorf("%d lookups per minute: give 1 to %d (--collector.dnsbl.lookups-per-minute)", o.PerMinute, MaxPerMinute)
	case o.Interval < MinInterval:
		return fmt.Errorf("an interval of %s is too short: give at least %s (--collector.dnsbl.interval)", o.Interval, MinInterval)
	case o.Addresses == nil:
		return errors.New("nobody tells the addresses to look up")
	}
	return nil
}

// Monitor looks addresses up in the background.
//
// Each pair of address and zone, each address for its reverse DNS and each
// self-test is a task that is due again and again. One goroutine does the task
// that has waited longest, self-tests first, and waits before each message for
// as long as the ceiling asks: however many tasks there are, they only grow
// older. Addresses are not asked for in a list that has not passed its
// self-test. A verdict counts until it is staleRounds rounds old.
type Monitor struct {
	interval  time.Duration
	addresses func(context.Context) []netip.Addr
	asker     *asker
	system    func() error // reads the system's DNS servers anew
	created   time.Time
	reloaded  chan struct{} // has room for one

	mu      sync.Mutex
	known   []netip.Addr // public addresses, at most MaxSourceIPs
	dropped int          // addresses beyond that
	lists   []*list
	tasks   map[target]*task
	all     []*task // the same
	lookups map[lookup]uint64
}

// lookup is what lookups are counted by.
type lookup struct {
	zone   string
	result Result
}

// New returns a monitor for valid options. It asks nothing before Run.
func New(o Options, zones []Zone) (*Monitor, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	w, err := newWire(o.Server)
	if err != nil {
		return nil, err
	}
	m := newMonitor(o, zones, w)
	m.system = func() error { return w.readSystem(resolvConf) }
	return m, nil
}

func newMonitor(o Options, zones []Zone, e exchanger) *Monitor {
	m := &Monitor{
		interval: o.Interval, addresses: o.Addresses, created: time.Now(),
		asker:  &asker{wire: e, pace: &pace{gap: gapOf(o.PerMinute)}},
		system: func() error { return nil }, reloaded: make(chan struct{}, 1),
		tasks: map[target]*task{}, lookups: map[lookup]uint64{},
	}
	m.SetZones(zones)
	return m
}

// gapOf is rounded up, so that not one message more fits into a minute.
func gapOf(perMinute int) time.Duration {
	n := time.Duration(perMinute)
	return (time.Minute + n - 1) / n
}

// Run looks up until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	var refreshed time.Time
	for ctx.Err() == nil {
		if time.Since(refreshed) >= refreshEvery {
			m.refresh(ctx)
			refreshed = time.Now()
		}
		j, wait := m.next(time.Now())
		if j != nil {
			m.do(ctx, j)
		}
		if m.rest(ctx, wait) {
			refreshed = time.Time{}
		}
	}
}

// rest waits for so long, or until a reload, and tells whether there was one.
func (m *Monitor) rest(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-m.reloaded:
		return true
	}
	return false
}

// TestZones tests each list now and returns what came of it. It is not for use
// beside Run: somebody waits, so its few questions leave without a pause.
func (m *Monitor) TestZones(ctx context.Context) []ZoneState {
	m.asker.pace.gap = 0
	m.refresh(ctx)
	for _, l := range m.lists {
		m.do(ctx, l.v4.job())
		if l.v6 != nil {
			m.do(ctx, l.v6.job())
		}
	}
	return m.Snapshot().Zones
}

func (m *Monitor) refresh(ctx context.Context) {
	_ = m.system() // else the servers known before stay
	m.setAddresses(m.addresses(ctx))
}

// SetZones asks other lists from now on, and for the addresses that there are
// now. What is known from lists that stay the same stays.
func (m *Monitor) SetZones(zones []Zone) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.lists
	m.lists = nil
	for _, z := range zones {
		l := &list{Zone: z}
		if i := slices.IndexFunc(old, func(l *list) bool { return reflect.DeepEqual(l.Zone, z) }); i >= 0 {
			l = old[i]
		}
		m.lists = append(m.lists, l)
	}
	m.arrange()
	select {
	case m.reloaded <- struct{}{}:
	default: // nobody has noticed the one before yet
	}
}

func (m *Monitor) setAddresses(all []netip.Addr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.known
	m.known, m.dropped = nil, 0
	seen := map[netip.Addr]bool{}
	for _, a := range all {
		a = a.Unmap().WithZone("")
		switch {
		case !Public(a) || seen[a]:
		case len(m.known) == MaxSourceIPs:
			m.dropped++
		default:
			seen[a] = true
			m.known = append(m.known, a)
		}
	}
	if !slices.Equal(m.known, before) {
		m.arrange()
	}
}

// count counts one lookup.
func (m *Monitor) count(zone string, r Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups[lookup{zone, r}]++
}
