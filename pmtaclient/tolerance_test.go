package pmtaclient_test

import (
	"context"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

var toleranceDir = filepath.Join("..", "testdata", "tolerance")

// readFixture reads a file of testdata/tolerance as an answer to the page that
// its name begins with: through the web monitor, or the command line tool for
// the DOM style. Lengths are left out of the document.
func readFixture(t *testing.T, file string, format pmtaclient.Format, page pmtaclient.Page) (any, error) {
	t.Helper()
	answer, err := os.ReadFile(filepath.Join(toleranceDir, file))
	if err != nil {
		t.Fatal(err)
	}
	c := fixtureClient(t, file, answer, format, page)
	switch page {
	case pmtaclient.PageQueues:
		return withoutBytes(t.Context(), c.Queues, func(d *pmtaclient.Queues) { d.Bytes = 0 })
	case pmtaclient.PageDomains:
		return withoutBytes(t.Context(), c.Domains, func(d *pmtaclient.Domains) { d.Bytes = 0 })
	case pmtaclient.PageVMTAs:
		return withoutBytes(t.Context(), c.VMTAs, func(d *pmtaclient.VMTAs) { d.Bytes = 0 })
	case pmtaclient.PageJobs:
		return withoutBytes(t.Context(), c.Jobs, func(d *pmtaclient.Jobs) { d.Bytes = 0 })
	}
	return withoutBytes(t.Context(), c.Status, func(d *pmtaclient.Status) { d.Bytes = 0 })
}

func withoutBytes[D any](ctx context.Context, read func(context.Context) (*D, error), clean func(*D)) (any, error) {
	d, err := read(ctx)
	if err != nil {
		return nil, err
	}
	clean(d)
	return *d, nil
}

// fixtureClient asks who answers everything with one file.
func fixtureClient(t *testing.T, file string, answer []byte, format pmtaclient.Format, page pmtaclient.Page) *pmtaclient.Client {
	t.Helper()
	if format != pmtaclient.DOM {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mime.TypeByExtension(filepath.Ext(file)))
			_, _ = w.Write(answer) // the client notices what is missing
		}))
		t.Cleanup(s.Close)
		return newClient(t, pmtaclient.Options{URI: s.URL, Format: format})
	}
	tool, err := pmtatest.NewCommand(t.TempDir(), pmtatest.State{}, 500)
	if err != nil {
		t.Fatal(err)
	}
	words := map[pmtaclient.Page]string{
		pmtaclient.PageStatus: "show status", pmtaclient.PageQueues: "show topqueues --maxitems=500 --errors",
		pmtaclient.PageDomains: "show topdomains --maxitems=500", pmtaclient.PageVMTAs: "show vmtas --maxitems=500",
		pmtaclient.PageJobs: "show jobs --maxitems=500",
	}[page]
	if err := tool.SetAnswer("--dom "+words, string(answer)); err != nil {
		t.Fatal(err)
	}
	return newClient(t, pmtaclient.Options{URI: "exec:" + tool.Path, Format: format, MaxItems: 500})
}

// Short words for the tables below.
func n(v float64) pmtaclient.Number { return pmtaclient.Number{Value: v, OK: true} }

func strange(unknown, unparsable int) pmtaclient.Answer {
	return pmtaclient.Answer{Unknown: unknown, Unparsable: unparsable}
}

var (
	yes, no = pmtaclient.Flag{Value: true, OK: true}, pmtaclient.Flag{OK: true}
	none    = pmtaclient.Event{Cause: pmtaclient.CauseNone}
)

// at is an instant of PowerMTA's wall clock.
func at(clock string) time.Time {
	t, err := time.Parse(time.DateTime, clock)
	if err != nil {
		panic(err)
	}
	return t
}

// decoded is what a fixture is read as.
type decoded struct {
	file   string
	format pmtaclient.Format
	want   any
}

func checkFixtures(t *testing.T, page pmtaclient.Page, fixtures []decoded) {
	t.Helper()
	for _, f := range fixtures {
		t.Run(f.file, func(t *testing.T) {
			got, err := readFixture(t, f.file, f.format, page)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, f.want) {
				t.Errorf("read as\n%+v, want\n%+v", got, f.want)
			}
		})
	}
}

// versions is the status that the fixtures of all versions have in common, with
// what a version changes.
func versions(version string, change func(*pmtaclient.Status)) pmtaclient.Status {
	s := pmtaclient.Status{
		Product: pmtaclient.Product{Name: "PowerMTA", Version: version}, Hostname: "mail.example.com", OS: "Linux", Platform: "x86_64",
		State: "running", Now: at("2010-06-01 12:00:00"), Started: at("2010-06-01 10:30:00"),
		Received: pmtaclient.Traffic{Recipients: n(1000), Messages: n(900), KB: n(5000.5)},
		Sent:     pmtaclient.Traffic{Recipients: n(800), Messages: n(790), KB: n(4000.5)},
		Inbound:  pmtaclient.Connections{Current: n(1), Limit: n(100), Peak: n(7)},
		Outbound: pmtaclient.Connections{Current: n(5), Limit: n(1200), Peak: n(55)},
		Resolver: pmtaclient.Resolver{CachedNames: n(81), PendingQueries: n(2)},
		Spool: pmtaclient.Spool{
			InitializedPercent: n(100), Directories: n(3), FilesInUse: n(140), FilesRecycled: n(12), Recipients: n(151), RecipientsLimit: n(1000),
		},
	}
	change(&s)
	return s
}

// backlogs are of the given deliveries, as the fixtures have them.
func backlogs(deliveries ...string) (all []pmtaclient.Backlog) {
	for i, d := range deliveries {
		all = append(all, pmtaclient.Backlog{Delivery: d, Recipients: n(float64(150 - 10*i)), Domains: n(7), KB: n(float64(i) + 75.5)})
	}
	return all
}

// TestToleranceStatus reads the status pages of versions, and odd ones.
func TestToleranceStatus(t *testing.T) {
	place := pmtaclient.Status{
		Hostname: "mail.example.com", State: "running", Now: at("2010-06-01 12:00:00"), Started: at("2010-06-01 10:30:00"),
		Backlogs: []pmtaclient.Backlog{{Delivery: "smtp", Recipients: n(150)}},
	}
	odd := pmtaclient.Status{
		Answer: strange(0, 4), State: "starting", ShuttingDown: yes,
		Sent:     pmtaclient.Traffic{Recipients: n(8589934592), KB: n(1e6)},
		Received: pmtaclient.Traffic{KB: n(12)}, Inbound: pmtaclient.Connections{Current: n(1)},
		Spool: pmtaclient.Spool{InitializedPercent: n(57)},
	}
	checkFixtures(t, pmtaclient.PageStatus, []decoded{
		{"status-3.5.http.xml", pmtaclient.XML, versions("3.5r16", func(s *pmtaclient.Status) {
			s.Backlogs = backlogs("smtp", "pipe", "discard", "file", "gmImprinter")
		})},
		{"status-3.5.cli.dom.txt", pmtaclient.DOM, pmtaclient.Status{
			Product: pmtaclient.Product{Version: "3.5r16"}, Hostname: "mail.example.com", State: "running",
			Now: at("2010-06-01 12:00:00"), Started: at("2010-06-01 10:30:00"),
			Received: pmtaclient.Traffic{Recipients: n(1000)}, Sent: pmtaclient.Traffic{Recipients: n(800)},
			Outbound: pmtaclient.Connections{Current: n(5)},
			Backlogs: []pmtaclient.Backlog{{Delivery: "smtp", Recipients: n(150), Domains: n(7), KB: n(75.5)}, {Delivery: "gmImprinter", Recipients: n(140)}},
		}},
		{"status-4.0.cli.xml", pmtaclient.XML, versions("4.0r6", func(s *pmtaclient.Status) {
			s.ShuttingDown, s.Backlogs = no, backlogs("smtp", "pipe", "discard", "file", "alias", "gmImprinter")
		})},
		{"status-4.5.http.xml", pmtaclient.XML, versions("4.5r8", func(s *pmtaclient.Status) {
			s.ShuttingDown, s.BouncesProcessed, s.FeedbackReportsProcessed, s.Resolver.ActiveQueries = yes, n(3), n(2), n(1)
			s.Backlogs = backlogs("smtp", "pipe", "discard", "file", "alias", "bounceProcessor", "feedbackLoopProcessor")
		})},
		{"status-later.http.json", pmtaclient.JSON, versions("5.5r1", func(s *pmtaclient.Status) {
			s.Answer = strange(6, 0) // edition.name and .tier, two tags, in.tls, smtp.age
			s.ShuttingDown, s.OS, s.Platform = no, "", ""
			s.Inbound, s.Outbound, s.Resolver, s.Spool = pmtaclient.Connections{}, pmtaclient.Connections{}, pmtaclient.Resolver{}, pmtaclient.Spool{}
			s.Backlogs = []pmtaclient.Backlog{
				{Delivery: "smtp", Recipients: n(150), Domains: n(7), KB: n(75.5)},
				{Delivery: "httpDelivery", Recipients: n(1), Domains: n(1), KB: n(2)},
				{Delivery: "quarantine", Recipients: n(4)},
			}
		})},
		{"status-beside-mta.http.json", pmtaclient.JSON, place},
		{"status-within-mta.http.json", pmtaclient.JSON, place},
		{"status-outside-data.http.json", pmtaclient.JSON, place},
		{"status-lone-status.http.json", pmtaclient.JSON, place},
		{"status-odd-leaves.http.xml", pmtaclient.XML, odd},
		{"status-odd-leaves.http.json", pmtaclient.JSON, odd},
		{"status-no-status.http.xml", pmtaclient.XML, pmtaclient.Status{Hostname: "mail.example.com"}},
	})
}

// TestToleranceQueueShapes: the same two queues, or the first, in every shape
// that a list may have.
func TestToleranceQueueShapes(t *testing.T) {
	first := pmtaclient.Queue{
		Domain: "aol.com", VMTA: "192.0.2.1", Recipients: n(77), KB: n(769.4), Conn: n(0), Paused: no, Mode: pmtaclient.ModeNormal,
		Retry: at("2014-09-20 18:25:32"), Newest: pmtaclient.Event{Time: at("2014-09-20 18:24:33"), Cause: pmtaclient.CauseOwnRateLimit},
	}
	second := pmtaclient.Queue{
		Domain: "b.example", VMTA: "{default}", Recipients: n(5), KB: n(3), Conn: n(2), Paused: yes, Mode: pmtaclient.ModeBackoff, Newest: none,
	}
	list := pmtaclient.List{Recipients: n(61078), Items: n(1428)}
	both := pmtaclient.Queues{List: list, Queues: []pmtaclient.Queue{first, second}}
	lone := pmtaclient.Queues{List: list, Queues: []pmtaclient.Queue{first}}
	empty := pmtaclient.Queues{List: pmtaclient.List{Recipients: n(0), Items: n(0)}}
	checkFixtures(t, pmtaclient.PageQueues, []decoded{
		{"queues-4.0.http.xml", pmtaclient.XML, both},
		{"queues-4.0.cli.dom.txt", pmtaclient.DOM, both},
		{"queues-5.0.http.json", pmtaclient.JSON, both},
		{"queues-wrapped.http.xml", pmtaclient.XML, both},
		{"queues-plural-elements.http.xml", pmtaclient.XML, both},
		{"queues-singular.http.json", pmtaclient.JSON, both},
		{"queues-strings.http.json", pmtaclient.JSON, both},
		{"queues-lone.http.json", pmtaclient.JSON, lone},
		{"queues-lone-singular.http.json", pmtaclient.JSON, lone},
		{"queues-null.http.json", pmtaclient.JSON, empty},
		{"queues-empty.http.json", pmtaclient.JSON, empty},
		{"queues-empty.http.xml", pmtaclient.XML, empty},
		{"queues-missing.http.json", pmtaclient.JSON, pmtaclient.Queues{List: pmtaclient.List{Recipients: n(0)}}},
	})
}

// TestToleranceQueueWords: events, flags, modes, times and names of queues.
func TestToleranceQueueWords(t *testing.T) {
	queue := func(name string, change func(*pmtaclient.Queue)) pmtaclient.Queue {
		domain, vmta, _ := strings.Cut(name, "/")
		q := pmtaclient.Queue{Domain: domain, VMTA: vmta, Recipients: n(1), Mode: pmtaclient.ModeOther, Newest: none}
		if change != nil {
			change(&q)
		}
		return q
	}
	failed := func(domain, second string, cause pmtaclient.Cause) pmtaclient.Queue {
		return queue(domain+".example/v", func(q *pmtaclient.Queue) {
			q.Newest.Cause = cause
			if second != "" {
				q.Newest.Time = at("2014-09-20 18:24:3" + second)
			}
		})
	}
	paused := func(domain string, f pmtaclient.Flag) pmtaclient.Queue {
		return queue(domain+".example/v", func(q *pmtaclient.Queue) { q.Paused = f })
	}
	mode := func(domain string, m pmtaclient.Mode) pmtaclient.Queue {
		return queue(domain+".example/v", func(q *pmtaclient.Queue) { q.Mode = m })
	}
	retry := func(domain string, t time.Time) pmtaclient.Queue {
		return queue(domain+".example/v", func(q *pmtaclient.Queue) { q.Retry = t })
	}
	listed := func(a pmtaclient.Answer, queues ...pmtaclient.Queue) pmtaclient.Queues {
		return pmtaclient.Queues{List: pmtaclient.List{Answer: a}, Queues: queues}
	}
	checkFixtures(t, pmtaclient.PageQueues, []decoded{
		{"queues-events.http.xml", pmtaclient.XML, listed(
			strange(3, 0), // a recipient event's time and recipient, a backoff reason
			failed("typed", "3", pmtaclient.CauseConnection), failed("untyped", "3", pmtaclient.CauseOwnRateLimit),
			failed("error", "3", pmtaclient.CauseOwnRateLimit), failed("errors", "3", pmtaclient.CauseOwnRateLimit),
			failed("other-kinds", "2", pmtaclient.CauseDNS), queue("only-others.example/v", nil),
			failed("no-time", "", pmtaclient.CauseOwnRateLimit), queue("4.5.example/v", nil),
			failed("wrapped", "3", pmtaclient.CauseDNS), failed("capital", "3", pmtaclient.CauseOwnRateLimit),
		)},
		{"queues-flags.http.json", pmtaclient.JSON, listed(
			strange(0, 3), // maybe, a time of day, a number for a time
			paused("yes", yes), paused("no", no), paused("one", yes), paused("zero", no), paused("true", yes), paused("false", no),
			paused("maybe", pmtaclient.Flag{}),
			mode("backoff", pmtaclient.ModeBackoff), mode("normal", pmtaclient.ModeNormal),
			mode("warmup", pmtaclient.ModeOther), mode("no-mode", pmtaclient.ModeOther),
			retry("retry", at("2014-09-20 18:25:32")), retry("retry-empty", time.Time{}), retry("retry-clock", time.Time{}),
			retry("retry-null", time.Time{}), retry("retry-number", time.Time{}),
		)},
		{"queues-names.http.xml", pmtaclient.XML, listed(
			strange(0, 0),
			queue("a.example/{default}", nil), queue("a.example/{default}", nil), queue("a.example/{default}", nil),
			queue("yahoo.rollup/vmta18", nil), queue("bücher.de/vmta29", nil), queue("中文邮箱.网络/v", nil),
			queue("{gmimprinter}/{default}", nil), queue("a.example/v/w", nil), queue("alone.example", nil),
		)},
		{"queues-bytes.http.xml", pmtaclient.XML, listed(strange(0, 0), queue("a.example/caf\xe9\x01", nil))},
		{"queues-latin1.http.xml", pmtaclient.XML, listed(strange(0, 0), queue("café.example/v", nil))},
	})
}

// TestToleranceOtherLists reads the lists of domains, VirtualMTAs and jobs as
// clients of 2010 saw them and as those of 5.0 do.
func TestToleranceOtherLists(t *testing.T) {
	totals := pmtaclient.List{Recipients: n(82), Items: n(2)}
	aol := pmtaclient.Domain{Name: "aol.com", Recipients: n(77), KB: n(769.4), Conn: n(3)}
	checkFixtures(t, pmtaclient.PageDomains, []decoded{
		{"domains-2010.http.xml", pmtaclient.XML, pmtaclient.Domains{Domains: []pmtaclient.Domain{
			{Name: "aol.com", Recipients: n(77)}, {Name: "b.example", Recipients: n(5)},
		}}},
		{"domains-5.0.http.json", pmtaclient.JSON, pmtaclient.Domains{List: totals, Domains: []pmtaclient.Domain{
			aol, {Name: "b.example", Recipients: n(5), KB: n(3)},
		}}},
		{"domains.cli.dom.txt", pmtaclient.DOM, pmtaclient.Domains{List: totals, Domains: []pmtaclient.Domain{aol}}},
	})
	v1 := pmtaclient.VMTAs{List: totals, VMTAs: []pmtaclient.VMTA{{Name: "v1", Recipients: n(77), KB: n(769.4), Conn: n(3), Domains: n(2)}}}
	checkFixtures(t, pmtaclient.PageVMTAs, []decoded{
		{"vmtas-2010.http.xml", pmtaclient.XML, pmtaclient.VMTAs{VMTAs: []pmtaclient.VMTA{
			{Name: "v1", Recipients: n(77)}, {Name: "{default}", Recipients: n(5)},
		}}},
		{"vmtas-5.0.http.json", pmtaclient.JSON, v1},
		{"vmtas.cli.dom.txt", pmtaclient.DOM, v1},
	})
	weekly := []pmtaclient.Job{{ID: "weekly", Recipients: n(77), KB: n(769.4)}}
	checkFixtures(t, pmtaclient.PageJobs, []decoded{
		{"jobs-2011.http.xml", pmtaclient.XML, pmtaclient.Jobs{Jobs: weekly}},
		{"jobs-5.0.http.json", pmtaclient.JSON, pmtaclient.Jobs{
			List: pmtaclient.List{Answer: strange(1, 0), Recipients: n(77), Items: n(1)}, Jobs: weekly,
		}},
		{"jobs.cli.dom.txt", pmtaclient.DOM, pmtaclient.Jobs{Jobs: weekly}},
	})
}

// refused is why a fixture is no answer.
type refused struct {
	file   string
	format pmtaclient.Format // that was asked for
	kind   pmtaclient.Kind
	says   string
}

// TestToleranceEnds: what says that it failed, and what is another format or
// no answer at all, is refused whole, with words that say which.
func TestToleranceEnds(t *testing.T) {
	for _, r := range []refused{
		{"failure.http.xml", pmtaclient.XML, pmtaclient.KindRefused, "PowerMTA is not running"},
		{"failure.http.json", pmtaclient.JSON, pmtaclient.KindRefused, "PowerMTA is not running"},
		{"failure-no-verdict.http.json", pmtaclient.JSON, pmtaclient.KindRefused, "no reason given"},
		{"ui.http.html", pmtaclient.XML, pmtaclient.KindNotPMTA, "text/html"},
		{"ui.http.html", pmtaclient.JSON, pmtaclient.KindNotPMTA, "http-access"},
		{"queues-5.0.http.json", pmtaclient.XML, pmtaclient.KindNotPMTA, "application/json"},
		{"queues-4.0.http.xml", pmtaclient.JSON, pmtaclient.KindNotPMTA, "xml"},
	} {
		t.Run(r.file+" for "+string(r.format), func(t *testing.T) {
			got, err := readFixture(t, r.file, r.format, pmtaclient.PageStatus)
			checkError(t, err, r.kind, r.says)
			if got != nil {
				t.Errorf("read as %+v, want nothing", got)
			}
		})
	}
}

// TestToleranceFixturesAreKnown: each file is named here and, with its reason,
// in testdata/README.md.
func TestToleranceFixturesAreKnown(t *testing.T) {
	files, err := os.ReadDir(toleranceDir)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "testdata", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("tolerance_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(code), `"`+f.Name()+`"`) {
			t.Errorf("no test reads %s", f.Name())
		}
		if !strings.Contains(string(page), "`"+f.Name()+"`") {
			t.Errorf("testdata/README.md does not say where %s comes from", f.Name())
		}
	}
}
