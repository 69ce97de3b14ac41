package dnsbl

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// world is a DNS without a network. It answers at once, and as a sound list
// does where nothing else is said.
type world struct {
	mu      sync.Mutex
	replies map[string]answer // by name without the final dot
	sent    []sent
}

// sent is a message that left.
type sent struct {
	at   time.Time
	name string
}

func (w *world) exchange(_ context.Context, _ string, q question) answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := strings.TrimSuffix(q.name, ".")
	w.sent = append(w.sent, sent{time.Now(), name})
	if a, ok := w.replies[name]; ok {
		return a
	}
	if strings.HasPrefix(name, reversed(alwaysListed(false))) || strings.HasPrefix(name, reversed(alwaysListed(true))) {
		return listed()
	}
	return answer{result: Absent}
}

func listed() answer { return answer{Found, []netip.Addr{ip("127.0.0.2")}, nil} }

func (w *world) set(name string, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replies[name] = a
}

func (w *world) forget(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.replies, name)
}

// times returns when names with a suffix were asked for.
func (w *world) times(suffix string) (times []time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if strings.HasSuffix(s.name, suffix) {
			times = append(times, s.at)
		}
	}
	return times
}

// play runs a monitor in virtual time while script goes on. The world differs
// from a sound one by replies.
func play(t *testing.T, o Options, zones []Zone, replies map[string]answer, script func(*Monitor, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{replies: map[string]answer{}}
		maps.Copy(w.replies, replies)
		m := newMonitor(o, zones, w)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			m.Run(ctx)
		}()
		script(m, w)
		cancel()
		<-ended
	})
}

// after lets virtual time go by.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func hourly(addresses func(context.Context) []netip.Addr) Options {
	return Options{PerMinute: 30, Interval: time.Hour, Addresses: addresses}
}

// said returns what is known, in words and ordered.
func said(s *Snapshot) string {
	var all []string
	for _, l := range s.Listings {
		all = append(all, fmt.Sprintf("%s in %s: %v", l.Address, l.Zone, l.Listed))
	}
	for _, h := range s.Hosts {
		all = append(all, fmt.Sprintf("%s is %q: %v", h.Address, h.Hostname, h.Confirmed))
	}
	for _, z := range s.Zones {
		all = append(all, fmt.Sprintf("%s usable: %v %s", z.Name, z.Usable, z.Problem))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func wantSaid(t *testing.T, when string, m *Monitor, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := said(m.Snapshot()); got != strings.Join(want, "\n") {
		t.Errorf("%s: known is\n%s\nwant\n%s", when, got, strings.Join(want, "\n"))
	}
}

// TestCeiling: ten thousand addresses in all default zones, and no minute with
// more messages than are allowed. Only the age of the oldest lookup grows.
func TestCeiling(t *testing.T) {
	var all []netip.Addr
	for i := range MaxSourceIPs + 5 {
		all = append(all, netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}))
	}
	zones, err := Zones(nil)
	if err != nil {
		t.Fatal(err)
	}
	const perMinute = 7
	o := Options{PerMinute: perMinute, Interval: MinInterval, Addresses: func(context.Context) []netip.Addr { return all }}
	play(t, o, zones, nil, func(m *Monitor, w *world) {
		after(time.Hour)
		times := w.times("")
		if least := 60 * perMinute * 4 / 5; len(times) < least-1 {
			t.Errorf("%d messages in an hour, want at least %d", len(times), least)
		}
		for i := perMinute; i < len(times); i++ {
			if gap := times[i].Sub(times[i-perMinute]); gap < time.Minute {
				t.Fatalf("%d messages within %s, want at most %d in a minute", perMinute+1, gap, perMinute)
			}
		}
		s := m.Snapshot()
		if s.Dropped != 5 || s.Oldest != time.Hour || s.Round < 7*24*time.Hour {
			t.Errorf("%d dropped, the oldest lookup is %s old, a round takes %s; want 5, 1h and more than a week", s.Dropped, s.Oldest, s.Round)
		}
		for _, z := range s.Zones {
			if !z.Usable {
				t.Errorf("%s is not tested after an hour, want self-tests before all else", z.Name)
			}
		}
	})
}

// TestRounds: everything is looked up again after the interval, and no sooner
// than nine tenths of it.
func TestRounds(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	play(t, hourly(addresses("192.0.2.1", "192.0.2.2", "10.0.0.1")), []Zone{zone}, nil, func(m *Monitor, w *world) {
		after(24 * time.Hour)
		for _, name := range []string{"1.2.0.192.bl.example.org", "2.2.0.192.bl.example.org", "1.2.0.192.in-addr.arpa", "2.0.0.127.bl.example.org"} {
			times := w.times(name)
			if len(times) < 23 || len(times) > 27 {
				t.Errorf("%s was asked for %d times in a day, want about 24 times", name, len(times))
			}
			for i := 1; i < len(times); i++ {
				if gap := times[i].Sub(times[i-1]); gap < 54*time.Minute || gap > 62*time.Minute {
					t.Errorf("%s was asked for again after %s, want about an hour", name, gap)
				}
			}
		}
		if private := w.times("1.0.0.10.bl.example.org"); len(private) > 0 {
			t.Errorf("a private address was asked for %d times, want never", len(private))
		}
		if s := m.Snapshot(); s.Round != time.Hour || s.Oldest > 62*time.Minute {
			t.Errorf("a round takes %s, the oldest lookup is %s old, want an hour and little more", s.Round, s.Oldest)
		}
	})
}

// TestSelfTestFirst: nobody is asked for in a list before it passed its
// self-test, which is tried again.
func TestSelfTestFirst(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		wrong   answer
		problem string
	}{
		"lists nothing":    {"2.0.0.127", answer{result: Absent}, "its self-test for 127.0.0.2 gave clean, want listed"},
		"lists the world":  {"1.0.0.127", listed(), "its self-test for 127.0.0.1 gave listed, want clean"},
		"refuses":          {"2.0.0.127", answer{Found, []netip.Addr{ip("127.255.255.254")}, nil}, "its self-test for 127.0.0.2 gave refused, want listed"},
		"is silent":        {"2.0.0.127", answer{result: Timeout}, "its self-test for 127.0.0.2 gave timeout, want listed"},
		"is advertisement": {"1.0.0.127", answer{Found, []netip.Addr{ip("203.0.113.1")}, nil}, "its self-test for 127.0.0.1 gave foreign, want clean"},
	} {
		t.Run(name, func(t *testing.T) {
			zone := zoneOf(t, Row{Name: "bl.example.org"})
			play(t, hourly(addresses("192.0.2.1")), []Zone{zone}, map[string]answer{c.address + ".bl.example.org": c.wrong}, func(m *Monitor, w *world) {
				after(10 * time.Minute)
				wantSaid(t, "while the test fails", m, "bl.example.org usable: false "+c.problem, `192.0.2.1 is "": false`)
				if asked := w.times("1.2.0.192.bl.example.org"); len(asked) > 0 {
					t.Errorf("an address was asked for %d times, want never", len(asked))
				}
				w.forget(c.address + ".bl.example.org")
				after(10 * time.Minute)
				wantSaid(t, "after it passed", m, "bl.example.org usable: true ", "192.0.2.1 in bl.example.org: false", `192.0.2.1 is "": false`)
			})
		})
	}
}

// TestLyingAndSilentLists: what a list said is gone at once when it lies, and
// only with time when it is silent.
func TestLyingAndSilentLists(t *testing.T) {
	zones := []Zone{zoneOf(t, Row{Name: "lies.example.org"}), zoneOf(t, Row{Name: "silent.example.org"})}
	replies := map[string]answer{"1.2.0.192.lies.example.org": listed(), "1.2.0.192.silent.example.org": listed()}
	play(t, hourly(addresses("192.0.2.1")), zones, replies, func(m *Monitor, w *world) {
		after(30 * time.Minute)
		const host = `192.0.2.1 is "": false`
		wantSaid(t, "before", m, host, "lies.example.org usable: true ", "silent.example.org usable: true ",
			"192.0.2.1 in lies.example.org: true", "192.0.2.1 in silent.example.org: true")
		w.set("1.0.0.127.lies.example.org", listed())
		w.set("1.0.0.127.silent.example.org", answer{result: ServFail})
		after(time.Hour)
		lies := "lies.example.org usable: false its self-test for 127.0.0.1 gave listed, want clean"
		silent := "silent.example.org usable: false its self-test for 127.0.0.1 gave servfail, want clean"
		wantSaid(t, "after the next test", m, host, lies, silent, "192.0.2.1 in silent.example.org: true")
		after(3 * time.Hour)
		wantSaid(t, "three rounds later", m, host, lies, silent)
	})
}

// TestUnknownAnswers: a failure neither lists nor clears an address, and what
// was known before is forgotten after three rounds.
func TestUnknownAnswers(t *testing.T) {
	for _, failure := range []Result{Timeout, ServFail, Refused, Truncated, Failed, Foreign} {
		t.Run(string(failure), func(t *testing.T) {
			zone := zoneOf(t, Row{Name: "bl.example.org"})
			replies := map[string]answer{"2.2.0.192.bl.example.org": {result: failure}, "2.2.0.192.in-addr.arpa": {result: failure}}
			play(t, hourly(addresses("192.0.2.1", "192.0.2.2")), []Zone{zone}, replies, func(m *Monitor, w *world) {
				after(30 * time.Minute)
				w.set("1.2.0.192.bl.example.org", answer{result: failure})
				w.set("1.2.0.192.in-addr.arpa", answer{result: failure})
				const usable = "bl.example.org usable: true "
				wantSaid(t, "at first", m, usable, "192.0.2.1 in bl.example.org: false", `192.0.2.1 is "": false`)
				after(2 * time.Hour)
				wantSaid(t, "after two failures", m, usable, "192.0.2.1 in bl.example.org: false", `192.0.2.1 is "": false`)
				after(time.Hour)
				wantSaid(t, "after three rounds", m, usable)
			})
		})
	}
}

// TestNewListingIsChecked: before a new listing counts, the list is tested once
// more. One that came to list the whole world lists nobody, not for a moment.
func TestNewListingIsChecked(t *testing.T) {
	zones := []Zone{zoneOf(t, Row{Name: "closed.example.org"}), zoneOf(t, Row{Name: "sound.example.org"})}
	var come atomic.Bool
	o := hourly(func(context.Context) []netip.Addr {
		if come.Load() {
			return []netip.Addr{ip("192.0.2.1")}
		}
		return nil
	})
	play(t, o, zones, nil, func(m *Monitor, w *world) {
		after(30 * time.Minute)
		for _, name := range []string{"1.2.0.192.closed.example.org", "1.0.0.127.closed.example.org", "1.2.0.192.sound.example.org"} {
			w.set(name, listed())
		}
		come.Store(true)
		for range 300 {
			after(time.Second)
			if got := said(m.Snapshot()); strings.Contains(got, "closed.example.org: true") {
				t.Fatalf("known is\n%s\nwant no listing by a list that lists everything", got)
			}
		}
		wantSaid(t, "minutes later", m, `192.0.2.1 is "": false`, "192.0.2.1 in sound.example.org: true", "sound.example.org usable: true ",
			"closed.example.org usable: false its self-test for 127.0.0.1 gave listed, want clean")
		if n := len(w.times("2.0.0.127.sound.example.org")); n != 2 {
			t.Errorf("the sound list was tested %d times, want twice", n)
		}
	})
}

// TestReload: other zones and addresses leave what is known of those that stay,
// and a zone that changed begins anew.
func TestReload(t *testing.T) {
	stays, goes := zoneOf(t, Row{Name: "stays.example.org"}), zoneOf(t, Row{Name: "goes.example.org"})
	before, now := zoneOf(t, Row{Name: "bl.example.org"}), zoneOf(t, Row{Name: "bl.example.org", Domain: "key.example.org"})
	all := []netip.Addr{ip("192.0.2.1"), ip("192.0.2.2")}
	var mu sync.Mutex
	o := hourly(func(context.Context) []netip.Addr {
		mu.Lock()
		defer mu.Unlock()
		return all
	})
	play(t, o, []Zone{stays, goes, before}, map[string]answer{"1.2.0.192.stays.example.org": listed()}, func(m *Monitor, w *world) {
		after(10 * time.Minute)
		asked := len(w.times("stays.example.org"))
		m.SetZones([]Zone{now, stays})
		wantSaid(t, "at once", m, "stays.example.org usable: true ", "bl.example.org usable: false ", `192.0.2.1 is "": false`, `192.0.2.2 is "": false`,
			"192.0.2.1 in stays.example.org: true", "192.0.2.2 in stays.example.org: false")
		mu.Lock()
		all = []netip.Addr{ip("192.0.2.1"), ip("192.0.2.3")}
		mu.Unlock()
		m.SetZones([]Zone{now, stays})
		after(50 * time.Second) // nobody waits until the addresses would be asked for by themselves
		wantSaid(t, "less than a minute later", m, "stays.example.org usable: true ", "bl.example.org usable: true ", `192.0.2.1 is "": false`, `192.0.2.3 is "": false`,
			"192.0.2.1 in stays.example.org: true", "192.0.2.3 in stays.example.org: false", "192.0.2.1 in bl.example.org: false", "192.0.2.3 in bl.example.org: false")
		if n := len(w.times("stays.example.org")); n != asked+1 {
			t.Errorf("the list that stays was asked %d times more, want once, for the new address", n-asked)
		}
		for _, l := range m.Snapshot().Lookups {
			if l.Zone == "goes.example.org" {
				t.Errorf("lookups are counted for %s, which is gone", l.Zone)
			}
		}
	})
}

// TestIPv6: IPv6 addresses are asked for in lists that have them, after a
// self-test of their own, whose failure leaves IPv4 alone.
func TestIPv6(t *testing.T) {
	both, only4 := zoneOf(t, Row{Name: "both.example.org", IPv6: true}), zoneOf(t, Row{Name: "four.example.org"})
	play(t, hourly(addresses("192.0.2.1", "2001:db8::1")), []Zone{both, only4}, nil, func(m *Monitor, w *world) {
		after(10 * time.Minute)
		want := []string{
			"four.example.org usable: true ", `192.0.2.1 is "": false`, `2001:db8::1 is "": false`,
			"192.0.2.1 in four.example.org: false", "192.0.2.1 in both.example.org: false",
		}
		wantSaid(t, "all is well", m, append(want, "both.example.org usable: true ", "2001:db8::1 in both.example.org: false")...)
		w.set(strings.TrimSuffix(reversed(neverListed(true))+both.domain, "."), listed())
		after(time.Hour)
		wantSaid(t, "after a lie about IPv6", m, append(want, "both.example.org usable: false its self-test for ::ffff:127.0.0.1 gave listed, want clean")...)
	})
}

// TestReloadWhileAsking has the race detector look on.
func TestReloadWhileAsking(t *testing.T) {
	zones := []Zone{zoneOf(t, Row{Name: "a.example.org", IPv6: true}), zoneOf(t, Row{Name: "b.example.org"})}
	o := Options{PerMinute: MaxPerMinute, Interval: MinInterval, Addresses: addresses("192.0.2.1", "2001:db8::1")}
	play(t, o, zones, nil, func(m *Monitor, _ *world) {
		var side sync.WaitGroup
		for range 3 {
			side.Go(func() {
				for i := range 300 {
					m.SetZones(zones[i%2:])
					if s := m.Snapshot(); len(s.Zones) == 0 {
						t.Error("no zones are known")
					}
					<-time.After(7 * time.Millisecond)
				}
			})
		}
		side.Wait()
	})
}
