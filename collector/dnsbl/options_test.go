package dnsbl

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSilentBeforeRun: making a monitor sends nothing.
func TestSilentBeforeRun(t *testing.T) {
	w := &world{}
	m := newMonitor(hourly(addresses("192.0.2.1")), []Zone{zoneOf(t, Row{Name: "bl.example.org"})}, w)
	m.SetZones([]Zone{zoneOf(t, Row{Name: "bl.example.net"})})
	s := m.Snapshot()
	if len(w.sent) > 0 || len(s.Listings) > 0 || s.Zones[0].Tested {
		t.Errorf("%d messages left, and known is %+v; want nothing", len(w.sent), s)
	}
	if want := len(resultsOf("bl.example.net")) + len(resultsOf(ReverseDNS)); len(s.Lookups) != want || want > 2*MaxResults {
		t.Errorf("%d counts, want one for each of %d results", len(s.Lookups), want)
	}
}

func TestTestZones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{replies: map[string]answer{"2.0.0.127.b.example.org": {result: Refused}}}
		zones := []Zone{zoneOf(t, Row{Name: "a.example.org"}), zoneOf(t, Row{Name: "b.example.org"})}
		got := newMonitor(hourly(addresses()), zones, w).TestZones(t.Context())
		want := []ZoneState{
			{"a.example.org", "https://example.org/terms", true, true, ""},
			{"b.example.org", "https://example.org/terms", true, false, "its self-test for 127.0.0.2 gave refused, want listed"},
		}
		if !slices.Equal(got, want) {
			t.Errorf("TestZones = %+v, want %+v", got, want)
		}
	})
}

func TestOptionsThatCannotWork(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"0 lookups per minute: give 1 to 6000":    func(o *Options) { o.PerMinute = 0 },
		"6001 lookups per minute: give 1 to 6000": func(o *Options) { o.PerMinute = 6001 },
		"an interval of 59s is too short":         func(o *Options) { o.Interval = 59 * time.Second },
		"nobody tells the addresses":              func(o *Options) { o.Addresses = nil },
		"write address and port":                  func(o *Options) { o.Server = "dns.example" },
	} {
		o := hourly(addresses())
		o.Server = "127.0.0.1:53"
		change(&o)
		if _, err := New(o, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New error = %v, want one with %q", err, want)
		}
	}
}
