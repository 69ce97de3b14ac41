package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// longNames is a server (synthetic) at its worst: n queues, each with a
// VirtualMTA of its own, all names as long as labels may be, half of the queues
// waiting. It returns its answers by path, and all recipients.
func longNames(n int) (answers map[string][]byte, recipients float64) {
	long := strings.Repeat("x", 110)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	state := pmtatest.State{TimeNow: now, StartupTime: now.Add(-time.Hour), Status: "running"}
	failed := []pmtatest.Event{{Type: "error", Time: now.Add(-time.Second), Text: "connect rate limit reached"}}
	for i := range n {
		q := pmtatest.Queue{
			Domain: fmt.Sprintf("%s-%05d.example", long, i/2), VMTA: fmt.Sprintf("%s-vmta-%05d", long, i),
			Rcp: int64(i%100 + 1), KB: 1, Conn: i % 2, Mode: pmtatest.ModeNormal, Events: failed,
		}
		if i%2 == 0 {
			q.Mode, q.RetryTime = pmtatest.ModeBackoff, now.Add(time.Minute)
		}
		state.Queues = append(state.Queues, q)
		recipients += float64(q.Rcp)
	}
	for i := range 1000 {
		state.Jobs = append(state.Jobs, pmtatest.Job{ID: fmt.Sprintf("%s-%d", long, i), Rcp: 1, KB: 1})
	}
	return map[string][]byte{
		"/status":  state.StatusDocument().XML(),
		"/queues":  state.QueuesDocument(0, pmtatest.QueueFilter{}).XML(),
		"/domains": state.DomainsDocument(0).XML(),
		"/vmtas":   state.VMTAsDocument(0).XML(),
		"/jobs":    state.JobsDocument(0).XML(),
	}, recipients
}

// TestH18FiftyThousandQueues asks the built binary with default limits: it
// answers within the deadline of the scrape and below 16 MiB, and its sums are
// exact.
func TestH18FiftyThousandQueues(t *testing.T) {
	const n = 50_000
	answers, recipients := longNames(n)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(answers[r.URL.Path]) // the scrape notices what is missing
	}))
	defer server.Close()
	p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri="+server.URL, "--collector.jobs")
	size, took := scrapeWithin(t, p.url, "10")
	t.Logf("%d queues in %d MiB: %v, %d KiB of metrics", n, len(answers["/queues"])>>20, took, size>>10)
	if took > 10*time.Second || size > 16<<20 {
		t.Errorf("%v, %d bytes, want at most 10 s and 16 MiB", took, size)
	}
	all := scrape(t, p.url)
	for _, family := range []string{
		"pmta_queue_recipients", "pmta_queued_recipients", "pmta_domain_recipients", "pmta_vmta_recipients",
	} {
		if got := all.sum(family); got != recipients {
			t.Errorf("sum of %s is %v, want %v", family, got, recipients)
		}
	}
	for series, want := range map[string]float64{
		"pmta_up": 1,
		`pmta_list_returned_items{list="queues"}`:                             n,
		`pmta_list_shown_items{list="queues"}`:                                1000,
		`pmta_list_shown_items{list="domains"}`:                               500,
		`pmta_list_shown_items{list="jobs"}`:                                  100,
		`pmta_exporter_series{family="pmta_queue_recipients"}`:                1001,
		`pmta_exporter_series_overflow_total{family="pmta_queue_recipients"}`: 2 * (n - 1000),
	} {
		if got := all.at(t, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

// scrapeWithin reads the metrics as a Prometheus that waits so many seconds,
// and tells how many bytes came and in what time.
func scrapeWithin(t *testing.T, url, seconds string) (size int64, took time.Duration) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", seconds)
	request.Header.Set("Accept-Encoding", "identity")
	begin := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	size, err = io.Copy(io.Discard, response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return size, time.Since(begin)
}
