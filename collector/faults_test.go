package collector

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// familyOf finds a family by its name.
func familyOf(t testing.TB, e *Exporter, name string) *family {
	t.Helper()
	for _, f := range e.families {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no family %s", name)
	return nil
}

// wantSamples compares families of one scrape, by their labels, with what is
// wanted; a nil map wants no sample.
func wantSamples(t *testing.T, why string, e *Exporter, s *samples, want map[string]map[string]float64) {
	t.Helper()
	for name, series := range want {
		if got := values(t, s, familyOf(t, e, name)); !maps.Equal(got, series) {
			t.Errorf("%s: %s is %v, want %v", why, name, got, series)
		}
	}
}

// alone is the one sample of a family without labels.
func alone(v float64) map[string]float64 { return map[string]float64{"": v} }

// TestH01DownAndUp: while nobody listens the scrape is a good one that says so,
// and the log has one line for each change.
func TestH01DownAndUp(t *testing.T) {
	var logged strings.Builder
	s := newServer(t)
	h := handlerOf(t, HandlerOptions{}, s, log.NewLogfmtLogger(&logged))
	for _, step := range []struct {
		down bool
		says string
	}{{true, "connection refused"}, {false, "PowerMTA answers again"}} {
		logged.Reset()
		if err := s.SetDown(step.down); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			up := fmt.Sprintf("pmta_up %v\n", oneIf(!step.down))
			if w := get(h, "/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), up) {
				t.Errorf("down %v: status %d, body %.100q…, want 200 and %q", step.down, w.Code, w.Body.String(), up)
			}
		}
		if got := logged.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, step.says) {
			t.Errorf("down %v: the log says %q, want one line with %q", step.down, got, step.says)
		}
	}
}

// TestH08HeadOnlyForDebugging: what a stranger's page begins with is shown at
// debug level alone, and never in the answer.
func TestH08HeadOnlyForDebugging(t *testing.T) {
	var logged strings.Builder
	s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultHTML}))
	h := handlerOf(t, HandlerOptions{}, s, log.NewLogfmtLogger(&logged), "status")
	if body := get(h, "/metrics").Body.String(); strings.Contains(body, "DOCTYPE") {
		t.Error("the answer quotes the page")
	}
	quoted := 0
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, "DOCTYPE") {
			quoted++
			if !strings.HasPrefix(line, "level=debug ") {
				t.Errorf("the page is quoted in %q", line)
			}
		}
	}
	if quoted != 1 {
		t.Errorf("the page is quoted in %d lines, want 1:\n%s", quoted, logged.String())
	}
}

// TestH15Duplicates lists names again that differ in case and in a final dot at
// most: sizes add up, of the rest the most urgent stands, and no two series
// have equal labels.
func TestH15Duplicates(t *testing.T) {
	state := scene()
	state.Queues = nil
	for i, domain := range []string{"a.example", "A.EXAMPLE", "a.Example.", "b.example"} {
		state.Queues = append(state.Queues, pmtatest.Queue{
			Domain: domain, VMTA: "v", Rcp: 10, KB: 1, Conn: 1, Mode: pmtatest.ModeNormal, Paused: i == 2,
			RetryTime: noon().Add(time.Duration(3-i) * time.Minute),
		})
	}
	state.Jobs = append(state.Jobs, state.Jobs[0])
	for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON} {
		e := newExporter(t, options(t, newServer(t, pmtatest.WithState(state)).URL, format))
		const a, b = "domain=a.example provider=other vmta=v ", "domain=b.example provider=other vmta=v "
		s := scrape(t, e)
		wantSamples(t, string(format), e, s, map[string]map[string]float64{
			"pmta_queue_recipients":     {a: 30, b: 10},
			"pmta_queue_bytes":          {a: 3 * kilobyte, b: kilobyte},
			"pmta_queue_connections":    {a: 3, b: 1},
			"pmta_queue_paused":         {a: 1, b: 0},
			"pmta_queue_retry_seconds":  {a: 60, b: 0},
			"pmta_domain_recipients":    {"domain=a.example ": 30, "domain=b.example ": 10},
			"pmta_job_recipients":       {"job_id=daily ": 50, "job_id=weekly ": 200},
			"pmta_list_duplicate_items": {"list=queues ": 2, "list=domains ": 2, "list=vmtas ": 0, "list=jobs ": 1},
			"pmta_list_returned_items":  {"list=queues ": 4, "list=domains ": 4, "list=vmtas ": 1, "list=jobs ": 3},
			"pmta_list_shown_items":     {"list=queues ": 2, "list=domains ": 2, "list=vmtas ": 1, "list=jobs ": 2},
		})
		for _, f := range e.families {
			if f.kind != histogramKind {
				values(t, s, f) // wants different labels
			}
		}
	}
}

// TestH16UnreadableLeaves: what cannot be read is no sample, and is counted.
func TestH16UnreadableLeaves(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "<rsp><data><status><status>running</status><conn><smtpIn><cur>-1</cur><max>1e999</max></smtpIn><smtpOut><cur>NaN</cur>"+
			"<top>7</top></smtpOut></conn><resolver><namesCached/><namesCashed>4</namesCashed></resolver></status></data><succ/></rsp>")
	}))
	defer server.Close()
	e := newExporter(t, options(t, server.URL, pmtaclient.XML, "status"))
	wantSamples(t, "odd leaves", e, scrape(t, e), map[string]map[string]float64{
		"pmta_up":                        alone(1),
		"pmta_outbound_connections":      nil,
		"pmta_inbound_connections":       nil,
		"pmta_dns_cached_names":          nil,
		"pmta_uptime_seconds":            nil,
		"pmta_backlog_recipients":        nil,
		"pmta_outbound_connections_peak": alone(7),
		"pmta_scrape_unparsable_fields":  {"page=status ": 3},
		"pmta_scrape_unknown_fields":     {"page=status ": 1},
	})
}

// TestH17CutList: a list that PowerMTA cuts says so, next to sums over what it
// listed, and the log names the directive or flag that lengthens it, once.
func TestH17CutList(t *testing.T) {
	var logged strings.Builder
	s := newServer(t, pmtatest.WithMaxItems(3))
	o := options(t, s.URL, pmtaclient.XML, "queues")
	o.Logger = log.NewLogfmtLogger(&logged)
	e := newExporter(t, o)
	for range 2 {
		wantSamples(t, "cut to 3 of 7", e, scrape(t, e), map[string]map[string]float64{
			"pmta_list_truncated":           {"list=queues ": 1},
			"pmta_list_reported_items":      {"list=queues ": 7},
			"pmta_list_returned_items":      {"list=queues ": 3},
			"pmta_list_reported_recipients": {"list=queues ": 150},
			"pmta_list_returned_recipients": {"list=queues ": 100},
		})
	}
	const hint = `page=queues returned=3 reported=7 hint="set \"http-default-max-items 1000\" in PowerMTA's configuration, or --pmta.uri=exec:/usr/sbin/pmta on its host"`
	if got := logged.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, hint) {
		t.Errorf("the log says %s, want one line with %s", got, hint)
	}

	logged.Reset()
	state := scene()
	state.Queues = state.Queues[:3]
	s.SetState(state)
	wantSamples(t, "whole", e, scrape(t, e), map[string]map[string]float64{"pmta_list_truncated": {"list=queues ": 0}})
	if got := logged.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "does not cut this list any more") {
		t.Errorf("the log says %s, want one line that it is over", got)
	}
}

// TestH17CutByTheCommand: the length that the command was asked for is a flag.
func TestH17CutByTheCommand(t *testing.T) {
	var logged strings.Builder
	tool, o := commandOptions(t, pmtaclient.DOM, "queues")
	document := licensed().QueuesDocument(2, pmtatest.QueueFilter{})
	if err := tool.SetAnswer("--dom show topqueues --maxitems=1000 --errors", string(document.DOM())); err != nil {
		t.Fatal(err)
	}
	o.Logger = log.NewLogfmtLogger(&logged)
	e := newExporter(t, o)
	wantSamples(t, "exec", e, scrape(t, e), map[string]map[string]float64{"pmta_list_truncated": {"list=queues ": 1}})
	if !strings.Contains(logged.String(), "fewer than the --pmta.max-items=1000") {
		t.Errorf("the log says %s, want the flag in it", logged.String())
	}
}

// TestH17NoTotal: an answer without its own total cannot tell whether it is
// whole.
func TestH17NoTotal(t *testing.T) {
	p := newVMTAScraper(10).page("vmtas", &pmtaclient.List{}, []item{{name: "v"}})
	if got := p.list.truncated(); got.OK {
		t.Errorf("truncated = %v, want nothing", got)
	}
}

// TestH20Restart: totals that fall and an uptime that begins anew pass as they
// are. Prometheus knows what a falling counter means.
func TestH20Restart(t *testing.T) {
	state := scene()
	s := newServer(t, pmtatest.WithState(state))
	e := newExporter(t, options(t, s.URL, pmtaclient.XML, "status"))
	for _, step := range []struct {
		why            string
		received       int64
		started        time.Time
		sent, sentInKB float64
	}{
		{"runs", 1000, noon().Add(-90 * time.Minute), 800, 4000},
		{"restarted", 0, noon().Add(-time.Second), 0, 0},
		{"counters reset, no restart", 3, noon().Add(-time.Hour), 2, 1.5},
	} {
		state.StartupTime = step.started
		state.Volumes.Total = pmtatest.Volume{
			In: pmtatest.Amount{Rcp: step.received}, Out: pmtatest.Amount{Rcp: int64(step.sent), KB: step.sentInKB},
		}
		s.SetState(state)
		wantSamples(t, step.why, e, scrape(t, e), map[string]map[string]float64{
			"pmta_received_recipients_total": alone(float64(step.received)),
			"pmta_sent_recipients_total":     alone(step.sent),
			"pmta_sent_bytes_total":          alone(step.sentInKB * kilobyte),
			"pmta_uptime_seconds":            alone(noon().Sub(step.started).Seconds()),
		})
	}
}

// TestH21SeriesVanish: what a reload took away, or what is empty now, is gone
// from the very next scrape, and so is its name.
func TestH21SeriesVanish(t *testing.T) {
	s := newServer(t)
	e := newExporter(t, options(t, s.URL, pmtaclient.XML))
	if text := string(exposition(t, e)); !strings.Contains(text, `vmta="news-2"`) || !strings.Contains(text, `job_id="weekly"`) {
		t.Fatalf("the scene lacks what this test takes away:\n%s", text)
	}
	state := scene()
	for i := range state.Queues {
		if state.Queues[i].VMTA == "news-2" {
			state.Queues[i].VMTA = "renamed"
		}
	}
	state.Jobs = nil
	s.SetState(state)
	text := string(exposition(t, e))
	for _, gone := range []string{"news-2", "job_id="} {
		if strings.Contains(text, gone) {
			t.Errorf("the next scrape still has %s", gone)
		}
	}
	if !strings.Contains(text, `pmta_vmta_recipients{vmta="renamed"} 50`) {
		t.Error("the next scrape lacks the new name")
	}
}

// exposition is what a scrape serves.
func exposition(t testing.TB, e *Exporter) []byte {
	t.Helper()
	w := get(e.Handler(HandlerOptions{Logger: log.NewNopLogger()}), "/metrics")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %.300s", w.Code, w.Body.String())
	}
	return w.Body.Bytes()
}

// TestH25ClockSkew: durations are between two instants of PowerMTA's own clock,
// wherever that clock stands; where it was set back, they are 0 or absent.
func TestH25ClockSkew(t *testing.T) {
	const queue = "domain=a.example provider=other vmta=v "
	for why, skew := range map[string]time.Duration{
		"right": 0, "an hour ahead": time.Hour, "an hour behind": -time.Hour, "never set": noon().AddDate(-56, 0, 0).Sub(noon()),
	} {
		now := noon().Add(skew)
		state := scene()
		state.TimeNow, state.StartupTime = now, now.Add(-time.Minute)
		state.Queues = []pmtatest.Queue{{
			Domain: "a.example", VMTA: "v", Rcp: 1, Mode: pmtatest.ModeNormal, RetryTime: now.Add(10 * time.Second),
			Events: []pmtatest.Event{{Type: "error", Time: now.Add(-5 * time.Second), Text: "x"}},
		}}
		s := newServer(t, pmtatest.WithState(state))
		e := newExporter(t, options(t, s.URL, pmtaclient.XML))
		wantSamples(t, why, e, scrape(t, e), map[string]map[string]float64{
			"pmta_uptime_seconds":               alone(60),
			"pmta_queue_retry_seconds":          {queue: 10},
			"pmta_queue_last_error_age_seconds": {queue: 5},
		})

		state.TimeNow = now.Add(-time.Hour)
		s.SetState(state)
		wantSamples(t, why+", then set back", e, scrape(t, e), map[string]map[string]float64{
			"pmta_uptime_seconds":               nil,
			"pmta_queue_retry_seconds":          {queue: 3610},
			"pmta_queue_last_error_age_seconds": {queue: 0},
		})
	}
}

// TestP6P7CommandOfOnePage: a tool that hangs, drips, breaks off or is killed
// when it is asked for one page costs that page alone, and no more time than
// the scrape has.
func TestP6P7CommandOfOnePage(t *testing.T) {
	tool, o := commandOptions(t, pmtaclient.XML, "status", "queues", "vmtas")
	h := newExporter(t, o).Handler(HandlerOptions{Logger: o.Logger})
	for name, fault := range map[string]string{
		"hangs": "sleep 600 & wait", "drips": "printf '<rsp>'; while :; do printf '<a/>'; sleep 0.05; done",
		"breaks off": "printf '<rsp><data>'; exit 2", "is killed": "printf '<rsp><data>'; kill -9 $$",
	} {
		if err := tool.SetFault("case \"$*\" in *topqueues*) " + fault + ";; esac\n"); err != nil {
			t.Fatal(err)
		}
		body, took := scrapeWithin(h, "2.5")
		if took > 2500*time.Millisecond {
			t.Errorf("%s: took %v, want less than 2.5 s", name, took)
		}
		for _, want := range []string{
			"pmta_up 1\n", `pmta_scrape_collector_success{collector="queues"} 0`, `pmta_vmta_recipients{vmta="news-1"} 80`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the answer lacks %s", name, want)
			}
		}
		if strings.Contains(body, "pmta_queue_recipients{") {
			t.Errorf("%s: the answer has queues", name)
		}
	}
	if left := pmtatest.LeftBehind(t.Context(), "os/exec.(", "/pmtaclient"); left != "" {
		t.Errorf("goroutines are left:\n%s", left)
	}
}
