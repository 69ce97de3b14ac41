package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"go.uber.org/goleak"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestP11EndLeavesNothing: SIGTERM ends the program in 5 s with code 0, which
// inProcess wants; with all that it read kept, and no goroutine left.
func TestP11EndLeavesNothing(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(office()))
	defer server.Close()
	dir, state := t.TempDir(), t.TempDir()
	others := goleak.IgnoreCurrent()
	t.Run("until SIGTERM", func(t *testing.T) {
		root, _ := inProcess(t, followArgs(dir, state, "--pmta.uri="+server.URL)...)
		letRead(t, root, dir)
	})
	wantKept(t, dir, state)
	http.DefaultClient.CloseIdleConnections()
	server.Close()
	goleak.VerifyNone(t, others)
}

// stuckHandler is a PowerMTA that hangs once it is told to.
type stuckHandler struct {
	*pmtatest.Handler
	hangs atomic.Bool
	asked chan struct{} // gets a value when somebody waits
}

// ServeHTTP implements http.Handler.
func (h *stuckHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.hangs.Load() {
		h.Handler.ServeHTTP(w, r)
		return
	}
	h.asked <- struct{}{}
	<-r.Context().Done()
}

// TestM09EndsWhilePowerMTAHangs: so it does in the middle of a scrape.
func TestM09EndsWhilePowerMTAHangs(t *testing.T) {
	handler := &stuckHandler{Handler: pmtatest.NewHandler(pmtatest.WithState(office())), asked: make(chan struct{}, 10)}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	dir, state := t.TempDir(), t.TempDir()
	var logged interface{ String() string }
	t.Run("until SIGTERM", func(t *testing.T) {
		root, log := inProcess(t, followArgs(dir, state, "--pmta.uri="+server.URL, "--pmta.timeout=1m")...)
		logged = log
		letRead(t, root, dir)
		handler.hangs.Store(true)
		go func() {
			response, err := http.Get(root + "/metrics")
			if err == nil {
				response.Body.Close()
			}
		}()
		<-handler.asked
	})
	if text := logged.String(); !strings.Contains(text, "Shutting down") || strings.Contains(text, "Cannot read PowerMTA") {
		t.Errorf("the log blames PowerMTA for the end:\n%s", text)
	}
	wantKept(t, dir, state)
}

// followArgs are the flags to follow all files of a directory from their start.
func followArgs(dir, state string, more ...string) []string {
	return append([]string{
		"--scan.from=start", "--scan.poll-interval=10ms", "--scan.accounting=" + filepath.Join(dir, "*.csv"), "--state.directory=" + state,
	}, more...)
}

// letRead writes two files and returns when a program has read both. Of the
// second one perhaps nothing is committed yet: its handle tells that it was
// read, since what is told of handles is of now.
func letRead(t *testing.T, root, dir string) {
	t.Helper()
	metrics := root + "/metrics?collect[]=accounting"
	writeDeliveries(t, dir, "first", 1000)
	eventually(t, metrics, func(s samples) bool { return s.sum("pmta_accounting_records_total") == 1000 })
	writeDeliveries(t, dir, "second", 1000)
	s := eventually(t, metrics, func(s samples) bool { return s.sum("pmta_exporter_scan_open_files") == 2 })
	t.Logf("%v records shown before the end", s.sum("pmta_accounting_records_total"))
}

// writeDeliveries puts a file of n records into a directory, all at once.
func writeDeliveries(t *testing.T, dir, base string, n int) {
	t.Helper()
	w, err := logtest.New(logtest.Options{Dir: t.TempDir(), Base: base, Types: []string{"d"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := w.Write(logtest.Record{"type": "d", "vmta": base, "rcpt": "someone@example.org", "dlvType": "smtp"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.Rename(w.Path(), filepath.Join(dir, base+".csv"))); err != nil {
		t.Fatal(err)
	}
}

// wantKept looks at what is kept after letRead: all records, and the position
// behind them.
func wantKept(t *testing.T, dir, state string) {
	t.Helper()
	c, err := parse(followArgs(dir, state), io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	made, err := readTables("")
	if err != nil {
		t.Fatal(err)
	}
	scanner, err := newScanner(c.scan, made.rules, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = scanner.Close() }() // what it commits was read before
	kept := recordsIn(scanner.Snapshot())
	scanner.Poll(t.Context())
	if now := recordsIn(scanner.Snapshot()); kept != 2000 || now != 2000 {
		t.Errorf("%d records are kept, %d after another look at the files, want 2000", kept, now)
	}
}

func recordsIn(s *logscan.Snapshot) (n uint64) {
	for series := range s.Records.All() {
		n += series.Value
	}
	return n
}
