package collector

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// extended returns a catalogue with n more providers, each with a domain.
func extended(t testing.TB, n int) *provider.Catalogue {
	t.Helper()
	var rows []provider.Row
	for i := range n {
		row := provider.Row{Name: fmt.Sprintf("p%d", i), Title: "x", Source: "x", Domains: []string{fmt.Sprintf("domain%d.example", i)}}
		row.Examples.Domains = row.Domains
		rows = append(rows, row)
	}
	c, err := provider.Extended(rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// limitOf is the ceiling that a scrape published for a family.
func limitOf(t *testing.T, e *Exporter, s *samples, f *family) int {
	t.Helper()
	return int(values(t, s, e.ceilings.limit)["family="+f.name+" "])
}

func TestReloadState(t *testing.T) {
	e := fullExporter(t)
	e.ConfigRefused() // of no file
	if got := values(t, scrape(t, e), e.reload.successful); len(got) != 0 {
		t.Errorf("%s is %v without a file, want no sample", e.reload.successful.name, got)
	}
	e.ConfigRead(noon())
	for _, want := range []float64{1, 0, 0} {
		if want == 0 {
			e.ConfigRefused()
		}
		all := scrape(t, e)
		if got := values(t, all, e.reload.successful); !maps.Equal(got, map[string]float64{"": want}) {
			t.Errorf("%s is %v, want %v", e.reload.successful.name, got, want)
		}
		if got := values(t, all, e.reload.succeeded); !maps.Equal(got, map[string]float64{"": float64(noon().Unix())}) {
			t.Errorf("%s is %v, want noon", e.reload.succeeded.name, got)
		}
	}
}

// TestM08QueuesFollowTheProviders: names and ceilings of the next scrape are
// those of the new catalogue.
func TestM08QueuesFollowTheProviders(t *testing.T) {
	const more, n = 100, 12_000
	e := fullExporter(t)
	s, before := e.queues, len(catalogue(t).Names())
	s.page(queuesPage(n, 201), noon())
	e.SetProviders(extended(t, more))
	out := s.page(queuesPage(n, 201), noon()).samples
	e.ceilings.emit(out)
	for f, want := range map[*family]int{
		s.recipients: 1000 + before + more, s.bytes: 1000 + before + more, s.connections: 1000 + before + more,
		s.sums.waiting: (before + more) * numCauses, s.sums.queued: maxQueueSums, s.sums.connections: maxQueueSums,
	} {
		_, series := total(t, out, f)
		if got := limitOf(t, e, out, f); got != want || series > want {
			t.Errorf("%s: %d series of %d, want at most %d", f.name, series, got, want)
		}
	}
	waiting := values(t, out, s.sums.waiting)
	for i := range more {
		found := false
		for labels := range waiting {
			found = found || strings.Contains(labels, fmt.Sprintf("provider=p%d ", i))
		}
		if !found {
			t.Fatalf("no %s of p%d, whose domain has queues that wait", s.sums.waiting.name, i)
		}
	}
	down := scrape(t, e) // no page, and no accounting either
	if got := limitOf(t, e, down, s.recipients); got != 1000+before+more {
		t.Errorf("limit of %s is %d while PowerMTA is down, want %d", s.recipients.name, got, 1000+before+more)
	}
}

// TestM08CountedLimitsFollowTheRules: the scanner knows the ceilings of what it
// counts.
func TestM08CountedLimitsFollowTheRules(t *testing.T) {
	o := options(t, "http://127.0.0.1:1", pmtaclient.XML)
	o.Scanner = newScanner(t, filepath.Join(t.TempDir(), "*.csv"))
	e := newExporter(t, o)
	before := scrape(t, e)
	bounces := rulesOf(t, catalogue(t)).Bounces
	if err := o.Scanner.SetRules(rulesOf(t, extended(t, 10))); err != nil {
		t.Fatal(err)
	}
	commitPoll(t, o.Scanner)
	after := scrape(t, e)
	names := len(catalogue(t).Names())
	for f, each := range map[*family]int{
		e.scan.bounces.family: 3 * len(bounces.Categories()), e.scan.tlsDeliveries.family: 6, e.scan.delay: 1,
	} {
		if was, is := limitOf(t, e, before, f), limitOf(t, e, after, f); was != names*each || is != (names+10)*each {
			t.Errorf("limit of %s was %d and is %d, want %d and %d", f.name, was, is, names*each, (names+10)*each)
		}
	}
}

// TestM07ReloadDuringScrapes is for the race detector.
func TestM07ReloadDuringScrapes(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(scene()))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "acct.csv")
	if err := os.WriteFile(file, []byte("type,vmta,rcpt\nd,v,a@domain1.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, server.URL, pmtaclient.XML)
	o.Scanner = newScanner(t, file)
	e := newExporter(t, o)
	handler := e.Handler(HandlerOptions{Logger: o.Logger})
	catalogues := []*provider.Catalogue{extended(t, 5), catalogue(t)}
	rules := []logscan.Rules{rulesOf(t, catalogues[0]), rulesOf(t, catalogues[1])}
	var side sync.WaitGroup
	side.Go(func() {
		for i := range 30 {
			if err := o.Scanner.SetRules(rules[i%2]); err != nil {
				t.Error(err)
			}
			e.SetProviders(catalogues[i%2])
			e.ConfigRefused()
			e.ConfigRead(time.Now())
		}
	})
	side.Go(func() {
		for range 30 {
			o.Scanner.Poll(t.Context())
		}
	})
	for range 30 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), "pmta_up 1") {
			t.Errorf("status %d: %.200s", w.Code, w.Body)
		}
	}
	side.Wait()
}
