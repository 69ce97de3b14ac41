package dnsbl

import (
	"net/netip"
	"testing"
	"time"
)

// crowded returns a monitor with as many addresses as there may be, in five
// lists that passed their tests, and nothing due.
func crowded(b *testing.B) *Monitor {
	b.Helper()
	zones, err := Zones(nil)
	if err != nil {
		b.Fatal(err)
	}
	m := newMonitor(hourly(addresses()), zones, &world{})
	var all []netip.Addr
	for i := range MaxSourceIPs {
		all = append(all, netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}))
	}
	m.setAddresses(all)
	for _, t := range m.all {
		t.verdict, t.learned, t.asked, t.due = no, time.Now(), time.Now(), time.Now().Add(time.Hour)
		if t.tests() {
			t.verdict = yes
		}
	}
	return m
}

// BenchmarkNext is the work between two lookups.
func BenchmarkNext(b *testing.B) {
	m := crowded(b)
	now := time.Now()
	for b.Loop() {
		m.next(now)
	}
}

// BenchmarkSnapshot is the work of a scrape, before it makes samples.
func BenchmarkSnapshot(b *testing.B) {
	m := crowded(b)
	for b.Loop() {
		m.Snapshot()
	}
}
