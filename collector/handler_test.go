package collector

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// handler serves an exporter of the scene with the given collectors on.
func handler(t *testing.T, o HandlerOptions, collectors ...string) http.Handler {
	t.Helper()
	return handlerOf(t, o, newServer(t), log.NewNopLogger(), collectors...)
}

func handlerOf(t *testing.T, o HandlerOptions, s *pmtatest.Server, logger log.Logger, collectors ...string) http.Handler {
	t.Helper()
	settings := options(t, s.URL, pmtaclient.XML, collectors...)
	settings.Logger, o.Logger = logger, logger
	return newExporter(t, settings).Handler(o)
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
		"?collect[]=status;a":                   "semicolon",
		"?%zz":                                  "invalid URL escape",
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
	h := handler(t, HandlerOptions{Process: true})
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
	o := options(t, newServer(t).URL, pmtaclient.XML)
	o.Scanner = newScanner(t, filepath.Join(t.TempDir(), "*.csv"))
	h := newExporter(t, o).Handler(HandlerOptions{Logger: o.Logger})
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
		if body := w.Body.String(); !strings.Contains(body, "pmta_bounces") || strings.Contains(body, "_created") {
			t.Errorf("Accept %q: %.300q, want counters without _created samples", accept, body)
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

// TestStatusTime: a slow status page is no hung one.
func TestStatusTime(t *testing.T) {
	for all, want := range map[time.Duration]time.Duration{
		9500 * time.Millisecond: 8500 * time.Millisecond, 4 * time.Second: 3 * time.Second, minTimeout: 375 * time.Millisecond,
	} {
		if got := statusTime(all); got != want {
			t.Errorf("statusTime(%v) = %v, want %v", all, got, want)
		}
	}
}

// scrapeWithin serves one scrape of a Prometheus that waits so many seconds.
func scrapeWithin(h http.Handler, seconds string) (string, time.Duration) {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set(timeoutHeader, seconds)
	w := httptest.NewRecorder()
	begin := time.Now()
	h.ServeHTTP(w, r)
	return w.Body.String(), time.Since(begin)
}

// TestP6AnswersInTime lets PowerMTA hang, as a whole or in one page: the answer
// comes by the scrape's deadline, with every page that did not hang, each time.
func TestP6AnswersInTime(t *testing.T) {
	for page, want := range map[string][]string{
		"*": {"pmta_up 0", `pmta_scrape_collector_success{collector="queues"} 0`},
		"/queues": {
			"pmta_up 1", `pmta_scrape_collector_success{collector="queues"} 0`,
			`pmta_scrape_collector_success{collector="vmtas"} 1`, "pmta_vmta_recipients{",
		},
		"/status": {
			"pmta_up 0", `pmta_scrape_collector_success{collector="status"} 0`,
			`pmta_scrape_collector_success{collector="queues"} 1`, "pmta_queue_recipients{",
		},
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, pmtatest.WithFault(page, pmtatest.Fault{Kind: pmtatest.FaultHang}))
			h := handlerOf(t, HandlerOptions{}, s, log.NewNopLogger())
			for range 5 {
				body, took := scrapeWithin(h, "1.1")
				if took > 1100*time.Millisecond {
					t.Errorf("took %v, want about 600 ms", took)
				}
				for _, part := range want {
					if !strings.Contains(body, part) {
						t.Errorf("the answer lacks %s", part)
					}
				}
			}
		})
	}
}

// TestH24ClientLeaves: who goes away early is no trouble of PowerMTA.
func TestH24ClientLeaves(t *testing.T) {
	var logged syncBuffer
	asked := make(chan struct{})
	release := make(chan struct{})
	s := newServer(t, pmtatest.WithSource(func() pmtatest.State {
		asked <- struct{}{}
		<-release
		return scene()
	}))
	h := handlerOf(t, HandlerOptions{}, s, log.NewLogfmtLogger(&logged), "status")
	ctx, leave := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil).WithContext(ctx))
	}()
	<-asked
	leave()
	<-served
	close(release)
	go func() { // until the second scrape, which joins the flight or has one of its own
		for range asked {
		}
	}()
	t.Cleanup(func() { close(asked) })
	if body := get(h, "/metrics").Body.String(); !strings.Contains(body, "pmta_up 1") {
		t.Error("the next scrape does not find PowerMTA up")
	}
	if logged.String() != "" {
		t.Errorf("the log says %s", logged.String())
	}
}

// TestShortTimeoutsSpoilNoOthers: scrapes that give PowerMTA different times
// have flights of their own.
func TestShortTimeoutsSpoilNoOthers(t *testing.T) {
	s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultDrip, Every: time.Microsecond}))
	h := handlerOf(t, HandlerOptions{}, s, log.NewNopLogger(), "status")
	hung := make(chan struct{})
	go func() {
		defer close(hung)
		scrapeWithin(h, "0.001")
	}()
	if body, _ := scrapeWithin(h, "60"); !strings.Contains(body, "pmta_up 1") {
		t.Error("a patient scrape fails because an impatient one runs")
	}
	<-hung
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
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
