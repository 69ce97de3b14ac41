package collector

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl/dnsbltest"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// withLookups has the collector on, against a DNS server, with two blocklists.
func withLookups(t testing.TB, o Options, server string) Options {
	t.Helper()
	zones, err := dnsbl.Zones([]dnsbl.Row{
		{Name: "good.example.org", Terms: "https://good.example.org/terms"}, {Name: "bad.example.org", Terms: "https://bad.example.org/terms"},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Enabled = append(o.Enabled, DNSBL)
	o.Zones, o.Lookups = zones, dnsbl.Options{Server: server, PerMinute: dnsbl.MaxPerMinute, Interval: time.Hour}
	return o
}

// twoAddresses are source IPs, of which the first is listed and has a good
// name, and the second has none.
func twoAddresses() []dnsbl.SourceIP {
	return []dnsbl.SourceIP{{Address: netip.MustParseAddr("192.0.2.1")}, {Address: netip.MustParseAddr("192.0.2.2"), Hostname: "mail2.example"}}
}

func dnsReplies() map[string]dnsbltest.Reply {
	has := func(records ...string) dnsbltest.Reply { return dnsbltest.Reply{Records: records} }
	return map[string]dnsbltest.Reply{
		"2.0.0.127.good.example.org": has("2.0.0.127.good.example.org. 1 IN A 127.0.0.2"),
		"1.2.0.192.good.example.org": has("1.2.0.192.good.example.org. 1 IN A 127.0.0.2"),
		"2.0.0.127.bad.example.org":  has("2.0.0.127.bad.example.org. 1 IN A 127.255.255.254"),
		"1.2.0.192.in-addr.arpa":     has("1.2.0.192.in-addr.arpa. 1 IN PTR mail1.example."),
		"mail1.example":              has("mail1.example. 1 IN A 192.0.2.1"),
	}
}

// lookUp runs the lookups until so many were made.
func lookUp(t testing.TB, e *Exporter, lookups uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.RunLookups(ctx)
	}()
	defer func() { <-ended }()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		made := uint64(0)
		for _, l := range e.dnsbl.monitor.Snapshot().Lookups {
			made += l.Count
		}
		if made == lookups {
			cancel()
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("%d lookups were made, want %d", made, lookups)
		}
	}
}

// allLookups is how many there are for two addresses: three questions of
// self-tests, two of the sound list, three of reverse DNS.
const allLookups = 8

// dnsblSamples returns what the collector alone tells.
func dnsblSamples(e *Exporter) *samples {
	out := newSamples()
	e.addDNSBL(e.enabled, out)
	return out
}

// lookedUp returns an exporter that has looked two addresses up.
func lookedUp(t *testing.T) *Exporter {
	t.Helper()
	server := dnsbltest.NewServer(t, true, dnsReplies())
	o := withLookups(t, options(t, "http://127.0.0.1:1", pmtaclient.XML), server.Address)
	o.SourceIPs = twoAddresses()
	e := newExporter(t, o)
	lookUp(t, e, allLookups)
	return e
}

func TestGoldenDNSBL(t *testing.T) {
	e := lookedUp(t)
	golden(t, "dnsbl", e.dnsbl.families(), dnsblSamples(e).all(), e.dnsbl.oldest)
}

// TestNothingIsAskedWhileOff: without the collector no question leaves the host,
// and of its families there is only the one that needs no question.
func TestNothingIsAskedWhileOff(t *testing.T) {
	server := dnsbltest.NewServer(t, true, dnsReplies())
	o := withLookups(t, options(t, "http://127.0.0.1:1", pmtaclient.XML), server.Address)
	o.Enabled = o.Enabled[:len(o.Enabled)-1]
	o.SourceIPs = twoAddresses()
	e := newExporter(t, o)
	e.RunLookups(t.Context())
	zones := e.TestZones(t.Context())
	e.SetLookups(o.SourceIPs, o.Zones)
	golden(t, "dnsbl-off", e.dnsbl.families(), dnsblSamples(e).all())
	if asked := server.Questions(); len(asked) > 0 || len(zones) > 0 {
		t.Errorf("asked %q and tested %v, want nothing", asked, zones)
	}
}

func TestDNSBLFilters(t *testing.T) {
	e := lookedUp(t)
	h := e.Handler(HandlerOptions{Logger: log.NewNopLogger()})
	for query, want := range map[string]bool{"": true, "?collect[]=dnsbl": true, "?exclude[]=dnsbl": false, "?collect[]=queues": false} {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics"+query, nil))
		for _, line := range []string{
			`pmta_source_ip_listed{source_ip="192.0.2.1",zone="good.example.org"} 1`, `pmta_source_ip_fcrdns{source_ip="192.0.2.1"} 1`,
		} {
			if got := strings.Contains(answer.Body.String(), line); got != want {
				t.Errorf("/metrics%s has %s: %v, want %v", query, line, got, want)
			}
		}
		for _, f := range e.dnsbl.families() {
			limit := fmt.Sprintf("pmta_exporter_series_limit{family=%q} ", f.name)
			if got := strings.Contains(answer.Body.String(), limit); got != (len(f.labels) > 0) {
				t.Errorf("/metrics%s has %s: %v, want it for families with labels", query, limit, got)
			}
		}
	}
}

// TestListingsComeFirst: in a family that is full, listings keep their place.
func TestListingsComeFirst(t *testing.T) {
	o := withLookups(t, options(t, "http://127.0.0.1:1", pmtaclient.XML), "127.0.0.1:1")
	e := newExporter(t, o)
	e.dnsbl.listed.limit = 2
	s := &dnsbl.Snapshot{}
	for i := range 5 {
		s.Listings = append(s.Listings, dnsbl.Listing{Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), Zone: "good.example.org", Listed: i == 4})
	}
	out := newSamples()
	e.dnsbl.emitListings(s, out)
	shown := gather(t, []*family{e.dnsbl.listed}, out.metrics)[e.dnsbl.listed.name]
	if len(shown) != 2 || out.folded[e.dnsbl.listed] != 3 {
		t.Fatalf("%d samples and %v folded, want 2 and 3", len(shown), out.folded[e.dnsbl.listed])
	}
	if sum := shown[0].Gauge.GetValue() + shown[1].Gauge.GetValue(); sum != 1 {
		t.Errorf("%v listings are shown, want the one there is", sum)
	}
}

// TestZonesAreLogged: a line when a blocklist cannot be used, and one when it
// can again.
func TestZonesAreLogged(t *testing.T) {
	var text syncBuffer
	l := newStateLog(log.NewLogfmtLogger(&text), nil)
	bad := []dnsbl.ZoneState{{Name: "a.example.org", Terms: "https://a.example.org/", Tested: true, Problem: "it is silent"}, {Name: "b.example.org"}}
	good := []dnsbl.ZoneState{{Name: "a.example.org", Tested: true, Usable: true}, {Name: "b.example.org", Tested: true, Usable: true}}
	for _, zones := range [][]dnsbl.ZoneState{bad, bad, good, good} {
		l.noteZones(zones)
	}
	want := `level=warn msg="Cannot use a blocklist" zone=a.example.org err="it is silent" hint="read who may ask it: https://a.example.org/"
level=info msg="A blocklist can be used again" zone=a.example.org
`
	if text.String() != want {
		t.Errorf("the log says\n%swant\n%s", text.String(), want)
	}
}

// TestSourceIPAddresses: they come from the configuration, accounting files and
// PowerMTA, which is asked now and then only.
func TestSourceIPAddresses(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(pmtatest.State{Status: "running", LocalIPs: []string{"127.0.0.1", "192.0.2.3"}}))
	defer server.Close()
	dir := t.TempDir()
	text := "type,timeLogged,timeQueued,orig,rcpt,dsnMta,dlvType,dlvSourceIp,vmta,queue\n"
	for _, ip := range []string{"192.0.2.2", "0.0.0.0", "nonsense"} {
		text += "d,2026-11-20 12:00:00+0000,2026-11-20 12:00:00+0000,a@a.example,b@gmail.com,mx (1.2.3.4),smtp," + ip + ",v1,gmail.com/v1\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "acct.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, server.URL, pmtaclient.XML)
	o.Scanner = newScanner(t, filepath.Join(dir, "*.csv"))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go o.Scanner.Run(ctx)
		<-time.After(time.Minute)
		cancel()
	})
	o.SourceIPs = []dnsbl.SourceIP{{Address: netip.MustParseAddr("2001:db8::1")}}
	s := newSourceIPs(o)
	const want = "[2001:db8::1 192.0.2.2 127.0.0.1 192.0.2.3]"
	for range 3 {
		if got := fmt.Sprint(s.addresses(t.Context())); got != want {
			t.Errorf("addresses = %s, want %s", got, want)
		}
	}
	if n := len(server.Requests()); n != 1 {
		t.Errorf("PowerMTA was asked %d times, want once", n)
	}
	server.SetFaults(map[string]pmtatest.Fault{"*": {Kind: pmtatest.FaultStatus, N: 403}})
	s.askedAt = s.askedAt.Add(-localEvery)
	if got := fmt.Sprint(s.addresses(t.Context())); got != want || len(server.Requests()) != 2 {
		t.Errorf("addresses = %s after %d requests, want %s after 2: a refusal forgets nothing", got, len(server.Requests()), want)
	}
}

func TestLookupsThatCannotBe(t *testing.T) {
	o := withLookups(t, options(t, "http://127.0.0.1:1", pmtaclient.XML), "dns.example")
	if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), `--collector.dnsbl: DNS server "dns.example": write address and port`) {
		t.Errorf("New error = %v, want one about the DNS server", err)
	}
}
