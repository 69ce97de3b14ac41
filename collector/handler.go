package collector

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"math"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// timeoutHeader is where Prometheus says how long it waits.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// timeoutOffset is kept for making and sending the answer.
const timeoutOffset = 500 * time.Millisecond

// minTimeout is the least time given to PowerMTA.
const minTimeout = 500 * time.Millisecond

// accountingName is the filter's name for what is counted from files.
const accountingName = "accounting"

// HandlerOptions say how metrics are served.
type HandlerOptions struct {
	// Process adds metrics about the exporter's process, go_*, process_* and
	// promhttp_*.
	Process bool
	// MaxRequests bounds the scrapes at one time; 0 for no bound.
	MaxRequests int
	Logger      log.Logger
}

// Handler serves the metrics. It answers 200 while PowerMTA is down; the
// query filters collect[] and exclude[] name collectors.
func (e *Exporter) Handler(o HandlerOptions) http.Handler {
	own := prometheus.NewRegistry()
	own.MustRegister(versioncollector.NewCollector("pmta_exporter")) // pmta_exporter_build_info
	serve := promhttp.HandlerOpts{
		ErrorLog:          stdlog.New(log.NewStdlibAdapter(level.Error(o.Logger)), "", 0),
		ErrorHandling:     promhttp.ContinueOnError,
		EnableOpenMetrics: true,
	}
	h := OnlyReading(limited(e.scrapeHandler(own, serve), o.MaxRequests))
	if !o.Process {
		return h
	}
	own.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.InstrumentMetricHandler(own, h)
}

// scrapeHandler serves what own holds, and a scrape.
func (e *Exporter) scrapeHandler(own prometheus.Gatherer, serve promhttp.HandlerOpts) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		var selected map[string]bool
		if err == nil {
			selected, err = e.selection(query)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		limit := scrapeTimeout(r.Header.Get(timeoutHeader), e.timeout)
		result := e.flights.join(r.Context(), flightKey{nameOf(selected), limit}, func(ctx context.Context) gathered {
			return e.scrape(ctx, selected)
		})
		if r.Context().Err() != nil {
			return // nobody is there to read an answer
		}
		promhttp.HandlerFor(besides(own, result), serve).ServeHTTP(w, r)
	})
}

// scrape makes the answer to a scrape. Here, in a goroutine that net/http does
// not watch, a panic would end the program and all that it counted.
func (e *Exporter) scrape(ctx context.Context, selected map[string]bool) (result gathered) {
	defer func() {
		if r := recover(); r != nil {
			err := &panicError{value: r, stack: debug.Stack()}
			e.log.failed("Cannot answer a scrape", "all", err)
			result = gathered{err: err}
		}
	}()
	return e.render(e.collect(ctx, selected))
}

// selection resolves the filters to the collectors that are asked for.
func (e *Exporter) selection(query url.Values) (map[string]bool, error) {
	include, exclude := query["collect[]"], query["exclude[]"]
	if len(include) > 0 && len(exclude) > 0 {
		return nil, errors.New("collect[] and exclude[] cannot be combined: give one of them")
	}
	selected := map[string]bool{}
	for name := range e.enabled {
		selected[name] = len(include) == 0
	}
	for _, name := range slices.Concat(include, exclude) {
		if !e.enabled[name] {
			return nil, fmt.Errorf("no collector %.40q is on: choose from %s", name, strings.Join(e.names(), ", "))
		}
		selected[name] = len(include) > 0
	}
	return selected, nil
}

// names lists the collectors that are on.
func (e *Exporter) names() []string {
	var names []string
	for name := range e.enabled {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// nameOf names a selection.
func nameOf(selected map[string]bool) string {
	var names []string
	for name, on := range selected {
		if on {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// scrapeTimeout is the time for PowerMTA: what Prometheus waits, less the time
// to answer, when that is shorter than most. A header that is no positive
// number is ignored.
func scrapeTimeout(header string, most time.Duration) time.Duration {
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 || seconds >= most.Seconds()+timeoutOffset.Seconds() {
		return most
	}
	return max(minTimeout, time.Duration(seconds*float64(time.Second))-timeoutOffset)
}

// limited answers 503 beyond so many requests at one time.
func limited(h http.Handler, most int) http.Handler {
	if most <= 0 {
		return h
	}
	places := make(chan struct{}, most)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			h.ServeHTTP(w, r)
		default:
			http.Error(w, fmt.Sprintf("%d scrapes are under way, try again later", most), http.StatusServiceUnavailable)
		}
	})
}

// OnlyReading answers 405 to other methods than GET and HEAD.
func OnlyReading(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "everything here is read by GET", http.StatusMethodNotAllowed)
			return
		}
		h.ServeHTTP(w, r)
	})
}
