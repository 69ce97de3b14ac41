package collector

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// handler serves an exporter of the scene with the given collectors on.
func handler(t *testing.T, o HandlerOptions, collectors ...string) http.Handler {
	t.Helper()
	if o.Own == nil {
		o.Own = prometheus.NewRegistry()
	}
	o.Logger = log.NewNopLogger()
	return newExporter(t, options(t, newServer(t).URL, pmtaclient.XML, collectors...)).Handler(o)
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func TestFilters(t *testing.T) {
	h := handler(t, HandlerOptions{}, "status", "queues", "vmtas")
	for query, want := range map[string][]string{
		"":                                    {"pmta_info", "pmta_queues", "pmta_vmta_bytes"},
		"?collect[]=queues":                   {"pmta_queues"},
		"?collect[]=queues&collect[]=vmtas":   {"pmta_queues", "pmta_vmta_bytes"},
		"?exclude[]=queues&exclude[]=vmtas":   {"pmta_info"},
		"?collect[]=queues&collect[]=queues":  {"pmta_queues"},
		"?unknown=1&collect%5B%5D=status":     {"pmta_info"},
		"?exclude[]=status&exclude[]=queues&": {"pmta_vmta_bytes"},
	} {
		w := get(h, "/metrics"+query)
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d, want 200", query, w.Code)
		}
		for _, name := range []string{"pmta_info", "pmta_queues", "pmta_vmta_bytes"} {
			got := strings.Contains(w.Body.String(), "# TYPE "+name+" ")
			if expected := strings.Contains(strings.Join(want, " "), name); got != expected {
				t.Errorf("%s: %s reported %v, want %v", query, name, got, expected)
			}
		}
		if !strings.Contains(w.Body.String(), "pmta_up 1") {
			t.Errorf("%s: pmta_up is not 1", query)
		}
	}
	for query, says := range map[string]string{
		"?collect[]=jobs":                       `"jobs"`, // off
		"?exclude[]=nope":                       `"nope"`,
		"?collect[]=":                           `""`,
		"?collect[]=queues&exclude[]=queues":    "cannot be combined",
		"?collect[]=%3Cscript%3E" + longQuery(): "choose from queues, status, vmtas",
	} {
		if w := get(h, "/metrics"+query); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), says) || w.Body.Len() > 300 {
			t.Errorf("%.60s: status %d, body %.400q, want 400 and %q", query, w.Code, w.Body.String(), says)
		}
	}
}

func longQuery() string { return strings.Repeat("x", 10_000) }

func TestMethods(t *testing.T) {
	h := handler(t, HandlerOptions{Instrument: true})
	for method, want := range map[string]int{
		http.MethodGet: 200, http.MethodHead: 200, http.MethodPost: 405, http.MethodDelete: 405, "BREW": 405,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/metrics", nil))
		if w.Code != want {
			t.Errorf("%s: status %d, want %d", method, w.Code, want)
		}
	}
	if body := get(h, "/metrics").Body.String(); strings.Contains(body, "BREW") || !strings.Contains(body, `promhttp_metric_handler_requests_total{code="405"} 3`) {
		t.Error("the handler's metrics are missing or carry the method")
	}
}

// TestM06Negotiation asks for each format. Creation timestamps travel only in
// protobuf, so the text formats stay free of _created samples.
func TestM06Negotiation(t *testing.T) {
	h := handler(t, HandlerOptions{})
	for accept, want := range map[string]string{
		"":           "text/plain",
		"text/plain": "text/plain; version=0.0.4",
		"application/openmetrics-text;version=1.0.0":                                                 "application/openmetrics-text; version=1.0.0",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": "application/vnd.google.protobuf",
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, want) || w.Body.Len() == 0 {
			t.Errorf("Accept %q: content type %q, want %q", accept, got, want)
		}
	}
}

func TestH24ScrapeTimeout(t *testing.T) {
	const most = 9500 * time.Millisecond
	for header, want := range map[string]time.Duration{
		"": most, "x": most, "0": most, "-1": most, "NaN": most, "1e9": most, "Inf": most, "1e400": most,
		"10": most, "9": 8500 * time.Millisecond, "1.5": time.Second, "0.6": minTimeout, "1e-9": minTimeout,
	} {
		if got := scrapeTimeout(header, most); got != want {
			t.Errorf("scrapeTimeout(%q) = %v, want %v", header, got, want)
		}
	}
}

// TestP6AnswersInTime lets PowerMTA hang: the answer comes by the deadline of
// the scrape, with what does not need PowerMTA.
func TestP6AnswersInTime(t *testing.T) {
	s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultHang}))
	h := newExporter(t, options(t, s.URL, pmtaclient.XML)).Handler(HandlerOptions{Own: prometheus.NewRegistry(), Logger: log.NewNopLogger()})
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set(timeoutHeader, "1")
	w := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(w, r)
	if took := time.Since(begin); took > 900*time.Millisecond {
		t.Errorf("took %v, want about half a second", took)
	}
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "pmta_up 0") ||
		!strings.Contains(body, `pmta_scrape_collector_success{collector="queues"} 0`) {
		t.Errorf("status %d, body %s", w.Code, body)
	}
}

// TestH23OneFlight lets 20 scrapes come together: the work is done once.
func TestH23OneFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		var works int
		release := make(chan struct{})
		work := func(context.Context) gathered {
			works++
			<-release
			return gathered{err: errors.New("the result")}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var side sync.WaitGroup
		for range 20 {
			side.Go(func() {
				if got, ok := f.join(ctx, "all", work); !ok || got.err == nil {
					t.Errorf("join = %v, %v, want the result", got, ok)
				}
			})
		}
		synctest.Wait()
		impatient, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, ok := f.join(impatient, "all", work); ok {
			t.Error("join waited longer than its context")
		}
		close(release)
		side.Wait()
		if works != 1 {
			t.Errorf("the work was done %d times, want once", works)
		}
		if _, ok := f.join(ctx, "all", func(context.Context) gathered { return gathered{} }); !ok {
			t.Error("a later scrape got no result of its own")
		}
	})
}

// TestFlightOutlivesItsStarter: the client who began a scrape leaves, one who
// joined still gets the result, and Close ends what nobody waits for.
func TestFlightOutlivesItsStarter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		release := make(chan struct{})
		starter, leave := context.WithTimeout(t.Context(), time.Minute)
		go f.join(starter, "all", func(ctx context.Context) gathered {
			select {
			case <-release:
			case <-ctx.Done():
				return gathered{err: ctx.Err()}
			}
			return gathered{}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		joined := make(chan bool)
		go func() {
			_, ok := f.join(ctx, "all", nil)
			joined <- ok
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		if !<-joined {
			t.Error("the one who joined got nothing")
		}
		go f.join(ctx, "hung", func(ctx context.Context) gathered { <-ctx.Done(); return gathered{} })
		synctest.Wait()
		f.close()
	})
}

// TestH23TooManyScrapes holds one scrape in its work; the next is turned away.
func TestH23TooManyScrapes(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	h := limited(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-release
	}), 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		get(h, "/metrics")
	}()
	<-entered
	if w := get(h, "/metrics"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", w.Code)
	}
	close(release)
	<-done
	go func() { <-entered }()
	if w := get(h, "/metrics"); w.Code != http.StatusOK {
		t.Errorf("status %d afterwards, want 200", w.Code)
	}
}

// panicker is a scraper with a fault of its own.
type panicker struct{}

func (panicker) name() string        { return "panicker" }
func (panicker) families() []*family { return nil }
func (panicker) scrape(_ context.Context, _ *pmtaclient.Client, _ time.Time, e *emitter) (listed, error) {
	e.add(gauge("half", "Half a page."), 1)
	panic("secret detail")
}

// TestM04PanicIsOneCollectors: the others are served and nothing of the stack
// is.
func TestM04PanicIsOneCollectors(t *testing.T) {
	var logged strings.Builder
	o := options(t, newServer(t).URL, pmtaclient.XML)
	o.Logger = log.NewLogfmtLogger(&logged)
	e := newExporter(t, o)
	e.scrapers = append(e.scrapers, panicker{})
	e.enabled["panicker"] = true
	body := get(e.Handler(HandlerOptions{Own: prometheus.NewRegistry(), Logger: o.Logger}), "/metrics").Body.String()
	for _, want := range []string{
		`pmta_scrape_collector_success{collector="panicker"} 0`, `pmta_scrape_collector_success{collector="queues"} 1`, "pmta_up 1",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("answer lacks %q", want)
		}
	}
	if strings.Contains(body, "half") || strings.Contains(body, "goroutine") || strings.Contains(body, "secret detail") {
		t.Error("the answer shows the panic or half of its page")
	}
	if !strings.Contains(logged.String(), "secret detail") || !strings.Contains(logged.String(), "handler_test.go") {
		t.Errorf("the log lacks the panic or its stack: %s", logged.String())
	}
}

func TestStateLog(t *testing.T) {
	var logged strings.Builder
	s := newServer(t, pmtatest.WithMaxItems(2))
	o := options(t, s.URL, pmtaclient.XML, "queues", "domains")
	o.Logger = level.NewFilter(log.NewLogfmtLogger(&logged), level.AllowInfo())
	e := newExporter(t, o)
	steps := []struct {
		why    string
		faults map[string]pmtatest.Fault
		says   []string // parts of the lines, one each
	}{
		{"lists that are cut are named once", nil, []string{"list=queues returned=2 reported=7 hint=\"set \\\"http-default-max-items 1000\\\"", "list=domains"}},
		{"nothing new", nil, nil},
		{"all fail: one line", all(pmtatest.FaultReset, 0), []string{"--pmta.uri"}},
		{"they still fail", all(pmtatest.FaultReset, 0), nil},
		{"they fail otherwise", all(pmtatest.FaultStatus, 403), []string{"http-access 127.0.0.1 monitor"}},
		{"they recover", nil, []string{"PowerMTA answers again"}},
		{"one list fails", map[string]pmtatest.Fault{"/queues": {Kind: pmtatest.FaultHTML}}, []string{"page=queues"}},
		{"it recovers", nil, []string{"list=queues"}},
	}
	for _, step := range steps {
		logged.Reset()
		s.SetFaults(step.faults)
		scrape(t, e)
		lines := strings.Split(strings.TrimSuffix(logged.String(), "\n"), "\n")
		if logged.Len() == 0 {
			lines = nil
		}
		if len(lines) != len(step.says) {
			t.Errorf("%s: %d lines, want %d: %s", step.why, len(lines), len(step.says), logged.String())
			continue
		}
		for _, part := range step.says {
			if !strings.Contains(logged.String(), part) {
				t.Errorf("%s: the log lacks %q: %s", step.why, part, logged.String())
			}
		}
	}
}

func all(kind pmtatest.FaultKind, n int) map[string]pmtatest.Fault {
	return map[string]pmtatest.Fault{"*": {Kind: kind, N: n}}
}

func TestOptionsThatCannotWork(t *testing.T) {
	good := options(t, "http://127.0.0.1:1", pmtaclient.XML)
	for says, change := range map[string]func(*Options){
		"max-series":     func(o *Options) { o.MaxVMTAs = 0 },
		"at least 500ms": func(o *Options) { o.Timeout = time.Millisecond },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}
