package main

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// kills is how often the exporter is killed; make test-kill does it 1,000 times.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if os.Getenv("KILLS") == "" {
		return 25
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestS01KillLoop kills the built exporter again and again at random instants,
// while the built simulator writes and rotates files and a scraper looks on. In
// the end every count equals the simulator's ledger, and none that was seen
// ever stepped back.
func TestS01KillLoop(t *testing.T) {
	t.Parallel()
	const between = 400 * time.Millisecond // at most, from start to kill
	n := kills(t)
	dir, state := t.TempDir(), t.TempDir()
	ledgerFile := filepath.Join(dir, "ledger.json")
	lasts := time.Duration(n) * between / 2 * 30 // simulated, at 30 times the speed
	sim := launch(t, "pmtasim", "--dir="+dir, "--scenario=hard-bounce-spike", "--warmup=1m", "--speed=30",
		"--traffic-for="+lasts.String(), "--max-file-size=300K", "--ledger="+ledgerFile)
	t.Cleanup(func() { sim.stop(t) })
	address := freeAddress(t)
	run := func() *program {
		return launch(t, "pmta_exporter", "--web.listen-address="+address, "--pmta.uri=http://127.0.0.1:1", "--state.directory="+state,
			"--scan.from=start", "--scan.poll-interval=20ms", "--scan.accounting="+filepath.Join(dir, "acct", "*.csv"))
	}
	w := watch(t, "http://"+address+"/metrics?collect[]=accounting")
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d kills, seed %d", n, seed)
	chance := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	for range n {
		p := run()
		<-time.After(between/8 + time.Duration(chance.Int64N(int64(between*7/8))))
		if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatalf("%v:\n%s", err, p.log)
		}
		if err := <-p.ended; err == nil {
			t.Fatalf("ended by itself:\n%s", p.log)
		}
	}
	last := run()
	t.Cleanup(func() { last.stop(t) })
	last.url = "http://" + last.log.waitFor(t, "Listening on", "address") + "/metrics"
	var ledger pmtatest.Ledger
	all := eventually(t, last.url, func(now samples) bool {
		return readLedger(t, ledgerFile, &ledger) && now.sum("pmta_accounting_records_total") >= float64(recordsOf(ledger))
	})
	compareLedger(t, all, ledger)
	seen, resets := w.end()
	t.Logf("%d scrapes, %v records", seen, all.sum("pmta_accounting_records_total"))
	if seen < n || len(resets) > 0 {
		t.Errorf("%d scrapes, and these counters stepped back: %v", seen, resets)
	}
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	return ln.Addr().String()
}

// watcher scrapes without pause and notes each counter that steps back.
type watcher struct {
	stop    context.CancelFunc
	stopped sync.WaitGroup
	scrapes int
	highest samples
	resets  []string
}

func watch(t *testing.T, url string) *watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{stop: cancel, highest: samples{}}
	w.stopped.Go(func() {
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for ctx.Err() == nil {
			w.look(ctx, url)
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(func() { w.end() })
	return w
}

func (w *watcher) end() (int, []string) {
	w.stop()
	w.stopped.Wait()
	return w.scrapes, w.resets
}

// look takes one scrape, if the exporter lives long enough to answer it.
func (w *watcher) look(ctx context.Context, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	now, err := parseSamples(response.Body, func(k dto.MetricType) bool { return k != dto.MetricType_GAUGE })
	if err != nil || response.StatusCode != http.StatusOK {
		return
	}
	w.scrapes++
	for series, value := range now {
		if !isKept(series) {
			continue
		}
		if value < w.highest[series] {
			w.resets = append(w.resets, series)
		}
		w.highest[series] = value
	}
}

// isKept leaves out what counts since the start of the process, as Go's own
// counters do.
func isKept(series string) bool {
	return strings.HasPrefix(series, "pmta_") && !strings.HasPrefix(series, "pmta_exporter_series_overflow_total") // of scrapes, too
}
