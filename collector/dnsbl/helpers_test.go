package dnsbl

import (
	"context"
	"net/netip"
	"testing"
	"time"
)

// asking returns a monitor that asks a server as fast as it may, and waits for
// answers only a moment.
func asking(t *testing.T, server string, zones ...Zone) *Monitor {
	t.Helper()
	m, err := New(Options{Server: server, PerMinute: MaxPerMinute, Interval: time.Hour, Addresses: addresses()}, zones)
	if err != nil {
		t.Fatal(err)
	}
	m.asker.wire.(*wire).patience = 300 * time.Millisecond
	return m
}

// zoneOf returns the zone of a row.
func zoneOf(t *testing.T, r Row) Zone {
	t.Helper()
	r.Terms = "https://example.org/terms"
	z, err := r.zone()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func ip(text string) netip.Addr { return netip.MustParseAddr(text) }

// addresses returns what tells the addresses of a test.
func addresses(texts ...string) func(context.Context) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, ip(text))
	}
	return func(context.Context) []netip.Addr { return all }
}
