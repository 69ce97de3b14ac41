//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// watcher scrapes every 100 ms. It notes each counter that steps back and each
// whose creation changes or is later than the scrape, and records all that it
// sees. A scrape has the time at which its connection stood: that it began to
// wait for the exporter's start is not the exporter's doing.
type watcher struct {
	url       string
	stop      context.CancelFunc
	stopped   sync.WaitGroup
	recording *recording

	scrapes int
	seen    map[string]counter
	faults  []string
}

// counter is a series that only grows: a counter, or a part of a histogram.
type counter struct {
	value   float64
	created int64 // UNIX milliseconds; 0 for none
}

func watch(t *testing.T, url string) *watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{url: url, stop: cancel, recording: newRecording(t), seen: map[string]counter{}}
	w.stopped.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for ctx.Err() == nil {
			_ = w.look(ctx, false) // most often the exporter is dead
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(w.stopped.Wait) // the test's context has ended before
	return w
}

// end takes a last scrape, and tells what was wrong.
func (w *watcher) end(t *testing.T, truth samples) {
	t.Helper()
	w.stop()
	w.stopped.Wait()
	if err := errors.Join(w.look(t.Context(), true), w.recording.end(truth)); err != nil {
		t.Error(err)
	}
	if len(w.faults) > 0 {
		t.Errorf("%d faults in %d scrapes:\n%s", len(w.faults), w.scrapes, strings.Join(w.faults[:min(len(w.faults), 20)], "\n"))
	}
}

// look takes one scrape. It fails when the exporter is dead or dies meanwhile.
func (w *watcher) look(ctx context.Context, last bool) error {
	at, response, body, err := w.get(ctx)
	if err != nil {
		return err
	}
	w.scrapes++
	now, err := countersOf(expfmt.NewDecoder(bytes.NewReader(body), expfmt.ResponseFormat(response.Header)))
	if err == nil {
		w.compare(at, now)
		err = w.recording.add(at, now, last)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		w.faults = append(w.faults, fmt.Sprintf("status %d, %v", response.StatusCode, err))
	}
	return nil
}

// get reads the metrics, and tells when the connection stood.
func (w *watcher) get(ctx context.Context) (at time.Time, response *http.Response, body []byte, err error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { at = time.Now() }})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return at, nil, nil, err
	}
	request.Header.Set("Accept", string(expfmt.NewFormat(expfmt.TypeProtoDelim))) // the one with creation times
	response, err = http.DefaultClient.Do(request)
	if err != nil {
		return at, nil, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return at, response, body, err
}

// compare wants no series to step back, and each to have begun when it did.
func (w *watcher) compare(at time.Time, now map[string]counter) {
	for series, c := range now {
		was, known := w.seen[series]
		if c.created == 0 || c.created >= at.UnixMilli() || c.value < was.value || known && c.created != was.created {
			w.faults = append(w.faults, fmt.Sprintf("at %d %s is %+v, was %+v", at.UnixMilli(), series, c, was))
		}
		w.seen[series] = c
	}
}

// countersOf reads the counters and histograms of an exposition that outlive
// the process.
func countersOf(d expfmt.Decoder) (map[string]counter, error) {
	all := map[string]counter{}
	for {
		f := new(dto.MetricFamily)
		err := d.Decode(f)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if f.GetType() == dto.MetricType_GAUGE || !isKept(f.GetName()) {
			continue
		}
		for _, m := range f.GetMetric() {
			created := m.GetCounter().GetCreatedTimestamp()
			if h := m.GetHistogram(); h != nil {
				created = h.GetCreatedTimestamp()
			}
			series := samples{}
			series.add(f.GetName(), m)
			for name, value := range series {
				all[name] = counter{value, created.AsTime().UnixMilli()}
			}
		}
	}
}

// isKept leaves out what counts since the start of the process, as Go's own
// counters do.
func isKept(family string) bool {
	return strings.HasPrefix(family, "pmta_") && family != "pmta_exporter_series_overflow_total" // of scrapes, too
}
