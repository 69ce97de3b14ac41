package collector

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

func catalogue(t testing.TB) *provider.Catalogue {
	t.Helper()
	c, err := provider.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// options are those of an exporter that asks the web monitor at uri for the
// given collectors, all that it offers when none is given.
func options(t testing.TB, uri string, format pmtaclient.Format, collectors ...string) Options {
	t.Helper()
	client, err := pmtaclient.New(pmtaclient.Options{URI: uri, Format: format, MaxBodyBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if len(collectors) == 0 {
		for _, info := range All() {
			if client.Offers(info.Page) == nil {
				collectors = append(collectors, info.Name)
			}
		}
	}
	return Options{
		Client: client, Providers: catalogue(t), Enabled: collectors, Logger: log.NewNopLogger(),
		MaxQueues: 1000, MaxDomains: 500, MaxVMTAs: 1000, MaxJobs: 100, Timeout: 5 * time.Second,
	}
}

func newExporter(t testing.TB, o Options) *Exporter {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// scrape collects everything that is on.
func scrape(t testing.TB, e *Exporter) *samples {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), e.timeout)
	defer cancel()
	return e.collect(ctx, e.enabled)
}

// goldenScrape compares a scrape without what depends on time, on the length
// of a format, and on which families there are.
func goldenScrape(t *testing.T, name string, e *Exporter) {
	t.Helper()
	golden(t, name, e.families, scrape(t, e).all(),
		e.health.duration, e.health.bytes, e.ceilings.series, e.ceilings.limit, e.ceilings.overflow)
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGoldenStatusSamples serves the published status answers.
func TestGoldenStatusSamples(t *testing.T) {
	for name, format := range map[string]pmtaclient.Format{
		"status-5.0r1.http.xml": pmtaclient.XML, "status-5.0b1.http.json": pmtaclient.JSON,
		"status-5.0r5.cli.xml": pmtaclient.XML,
	} {
		t.Run(name, func(t *testing.T) {
			page := sample(t, name)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write(page) // the scrape notices what is missing
			}))
			defer server.Close()
			goldenScrape(t, name, newExporter(t, options(t, server.URL, format, "status")))
		})
	}
}

// TestGoldenTopQueues2014 shows the capture of a real server. Its clock is
// fixed at an instant of the capture (synthetic: the capture has no timeNow).
func TestGoldenTopQueues2014(t *testing.T) {
	queues, err := pmtaclient.DecodeQueues(bytes.NewReader(sample(t, "topqueues-errors-2014.cli.dom.txt")), pmtaclient.DOM)
	if err != nil {
		t.Fatal(err)
	}
	s, lists := newQueueScraper(1000, 1000, catalogue(t), nil), newListFamilies()
	p := s.page(queues, time.Date(2014, 9, 20, 18, 24, 50, 0, time.UTC))
	lists.emit(p.list, p.samples)
	golden(t, "topqueues-errors-2014.cli.dom", append(s.families(), lists.families()...), p.samples.all())
}

// noon is the instant of all synthetic states.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// scene is a small state of PowerMTA (synthetic) in which every family has
// something to tell: each state, mode and cause, a reserved domain, a rollup,
// Unicode, and a name that is listed twice.
func scene() pmtatest.State {
	now := noon()
	failed := func(ago time.Duration, text string) []pmtatest.Event {
		return []pmtatest.Event{{Type: "error", Time: now.Add(-ago), Text: text}}
	}
	return pmtatest.State{
		Host: pmtatest.Host{
			Name: "PowerMTA", Version: "5.0r1", Revision: "v5_0r1@190914.919ffeb", FullHostName: "mail.example.com",
			OSName: "Linux", CPUType: "x86_64",
		},
		TimeNow: now, StartupTime: now.Add(-90 * time.Minute), Status: "running",
		Volumes: pmtatest.Volumes{Total: pmtatest.Volume{
			In: pmtatest.Amount{Rcp: 1000, Msg: 900, KB: 5000.5}, Out: pmtatest.Amount{Rcp: 800, Msg: 800, KB: 4000},
			BounceProcessed: 3, FeedbackLoopProcessed: 2,
		}},
		Conns:    pmtatest.Conns{In: pmtatest.Conn{Cur: 1, Max: 100, Top: 7}, Out: pmtatest.Conn{Cur: 5, Max: 1200, Top: 55}},
		Resolver: pmtatest.Resolver{NamesCached: 81, QueriesPending: 2, QueriesActive: 1},
		QueueTypes: []pmtatest.QueueType{
			{Name: "smtp", Rcp: 150, Dom: 7, KB: 750}, {Name: "httpDelivery", Rcp: 1, Dom: 1, KB: 2},
		},
		Spool: pmtatest.Spool{InitPct: 57, Dirs: 3, FilesInUse: 140, FilesRecycled: 12, FilesTotal: 152, TotalRcp: 151, MaxRcp: 1000},
		Queues: []pmtatest.Queue{
			{Domain: "gmail.com", VMTA: "news-1", Rcp: 50, KB: 250, Conn: 3, Mode: pmtatest.ModeNormal},
			{
				Domain: "gmail.com", VMTA: "news-2", Rcp: 30, KB: 150, Mode: pmtatest.ModeBackoff, RetryTime: now.Add(10 * time.Minute),
				Events: failed(time.Minute, `skip of MX requested: "421 4.7.28 try later" received from gmail-smtp-in.l.google.com (192.0.2.1)`),
			},
			{
				Domain: "yahoo.rollup", VMTA: "news-2", Rcp: 20, KB: 100, Mode: pmtatest.ModeNormal, RetryTime: now.Add(-time.Minute),
				Events: failed(time.Hour, "message rate limit reached (based on queue's max-msg-rate in configuration)"),
			},
			{
				Domain: "bücher.de", VMTA: "{default}", Rcp: 20, KB: 100, Mode: pmtatest.ModeNormal, Paused: true,
				Events: failed(time.Hour, "ETIMEDOUT connecting to mx.example.com (198.51.100.1)"),
			},
			{Domain: "a.example", VMTA: "news-1", Rcp: 10, KB: 50, Conn: 2, Mode: pmtatest.ModeNormal},
			{Domain: "A.example.", VMTA: "news-1", Rcp: 10, KB: 50, Mode: pmtatest.ModeBackoff, RetryTime: now.Add(time.Minute)},
			{Domain: "b.example", VMTA: "news-1", Rcp: 10, KB: 50, Mode: pmtatest.ModeNormal, Events: failed(time.Second, "StatusDnsQueryFailed resolving b.example")},
			{Domain: "*", VMTA: "*"},
		},
		Jobs: []pmtatest.Job{{ID: "weekly", Rcp: 100, KB: 500}, {ID: "daily", Rcp: 50, KB: 250}},
	}
}

func newServer(t testing.TB, opts ...pmtatest.Option) *pmtatest.Server {
	t.Helper()
	s := pmtatest.NewServer(append([]pmtatest.Option{pmtatest.WithState(scene()), pmtatest.WithMaxItems(0)}, opts...)...)
	t.Cleanup(s.Close)
	return s
}

// TestGoldenScene reads one state in XML and in JSON: both give one golden.
func TestGoldenScene(t *testing.T) {
	for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON} {
		t.Run(string(format), func(t *testing.T) {
			goldenScrape(t, "scene", newExporter(t, options(t, newServer(t).URL, format)))
		})
	}
}

// TestGoldenStockServer reads the scene through lists that are cut to three
// items, as a stock server cuts them to ten.
func TestGoldenStockServer(t *testing.T) {
	s := newServer(t, pmtatest.WithMaxItems(3))
	goldenScrape(t, "scene-cut", newExporter(t, options(t, s.URL, pmtaclient.XML)))
}

// TestGoldenFaults shows each fault of the whole interface, and of one page.
func TestGoldenFaults(t *testing.T) {
	for _, c := range []struct {
		golden, page string
		fault        pmtatest.Fault
	}{
		{"fault-reset", "*", pmtatest.Fault{Kind: pmtatest.FaultReset}},
		{"fault-forbidden", "*", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 403}},
		{"fault-html", "*", pmtatest.Fault{Kind: pmtatest.FaultHTML}},
		{"fault-cut", "*", pmtatest.Fault{Kind: pmtatest.FaultCutDocument, N: 100}},
		{"fault-short", "*", pmtatest.Fault{Kind: pmtatest.FaultCut, N: 100}},
		{"fault-redirect", "*", pmtatest.Fault{Kind: pmtatest.FaultRedirect, Text: "https://127.0.0.1/"}},
		{"fault-failure", "*", pmtatest.Fault{Kind: pmtatest.FaultFailure}},
		{"fault-stalled", "*", pmtatest.Fault{Kind: pmtatest.FaultHang}},
		{"fault-status-cut", "/status", pmtatest.Fault{Kind: pmtatest.FaultCutDocument, N: 300}},
		{"fault-queues-cut", "/queues", pmtatest.Fault{Kind: pmtatest.FaultCutDocument, N: 900}},
		{"fault-queues-stalled", "/queues", pmtatest.Fault{Kind: pmtatest.FaultHang}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			s := newServer(t, pmtatest.WithFault(c.page, c.fault))
			o := options(t, s.URL, pmtaclient.XML)
			if c.fault.Kind == pmtatest.FaultHang {
				o.Timeout = time.Second
			}
			goldenScrape(t, c.golden, newExporter(t, o))
		})
	}
}

// TestH19NotRunning: the web monitor answers, PowerMTA does not run.
func TestH19NotRunning(t *testing.T) {
	state := scene()
	state.Status, state.ShuttingDown = "stopping", true
	s := newServer(t, pmtatest.WithState(state))
	goldenScrape(t, "not-running", newExporter(t, options(t, s.URL, pmtaclient.XML, "status")))
}
