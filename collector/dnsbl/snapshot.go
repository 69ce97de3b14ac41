package dnsbl

import (
	"net/netip"
	"time"
)

// staleRounds is how many rounds old a verdict may be.
const staleRounds = 3

// Snapshot is what is known at one time.
type Snapshot struct {
	Created  time.Time // when counting began
	Listings []Listing
	Hosts    []Host
	Zones    []ZoneState
	Lookups  []Lookups
	// Dropped counts addresses beyond MaxSourceIPs, which nobody looks up.
	Dropped int
	// Oldest is how long ago that lookup was that is longest ago, and Round how
	// long all of them take.
	Oldest, Round time.Duration
}

// Listing is what a list says of an address. What it is not known to say is
// missing.
type Listing struct {
	Address netip.Addr
	Zone    string
	Listed  bool
}

// Host is what reverse DNS says of an address; a hostname may be missing.
type Host struct {
	Address   netip.Addr
	Confirmed bool
	Hostname  string
}

// ZoneState says whether a list passed its self-tests.
type ZoneState struct {
	Name, Terms string
	Tested      bool
	Usable      bool
	Problem     string
}

// Lookups counts lookups by what came of them.
type Lookups struct {
	Zone   string
	Result Result
	Count  uint64
}

// Snapshot returns what is known now.
func (m *Monitor) Snapshot() *Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	s := &Snapshot{Created: m.created, Dropped: m.dropped, Round: m.round()}
	for _, t := range m.all {
		if !t.blocked() {
			s.Oldest = max(s.Oldest, t.age(now))
		}
		if t.verdict == unknown || t.tests() || now.Sub(t.learned) > staleRounds*s.Round {
			continue
		}
		if t.list == nil {
			s.Hosts = append(s.Hosts, Host{t.address, t.verdict == yes, t.hostname})
		} else {
			s.Listings = append(s.Listings, Listing{t.address, t.zone, t.verdict == yes})
		}
	}
	for _, l := range m.lists {
		s.Zones = append(s.Zones, l.state())
	}
	for what, n := range m.lookups {
		s.Lookups = append(s.Lookups, Lookups{what.zone, what.result, n})
	}
	return s
}

// state joins the self-tests of a list.
func (l *list) state() ZoneState {
	s := ZoneState{Name: l.Name, Terms: l.Terms, Tested: l.v4.verdict != unknown, Usable: l.v4.verdict == yes, Problem: l.v4.problem}
	if s.Usable && l.v6 != nil && l.v6.verdict == no {
		s.Usable, s.Problem = false, l.v6.problem
	}
	return s
}

// round is how long it takes to look everything up once: at least the interval,
// and longer where the ceiling asks for that. Self-tests and reverse DNS take
// two messages; the gaps between messages are up to a quarter longer than the
// ceiling asks for.
func (m *Monitor) round() time.Duration {
	messages := len(m.all) + len(m.known) + 2*len(m.lists)
	return max(m.interval, time.Duration(messages)*m.asker.pace.gap*5/4)
}
