package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestM11SmallHost: with 64 file descriptors, 64 MiB and one processor, and
// many files, all of 20 scrapers at once are answered. More scrapers than there
// are descriptors have to wait. In both cases every record is counted, and the
// log stays short.
func TestM11SmallHost(t *testing.T) {
	const files, rounds = 300, 20
	server := pmtatest.NewServer(pmtatest.WithState(office()))
	defer server.Close()
	dir := t.TempDir()
	appendRows(t, dir, files, "type,vmta,dsnStatus\n")
	p := serving(t, launchBy(t, `ulimit -n 64; GOMEMLIMIT=64MiB GOMAXPROCS=1 exec "$@"`, "pmta_exporter",
		"--web.listen-address=127.0.0.1:0", "--pmta.uri="+server.URL, "--state.directory="+t.TempDir(),
		"--scan.from=start", "--scan.poll-interval=20ms", "--scan.accounting="+filepath.Join(dir, "*")))
	for i, scrapers := range []int{20, 100} {
		c := press(t, p.url, scrapers)
		for range rounds {
			appendRows(t, dir, files, "d,v,2.0.0\n")
		}
		c.waitFor(t, http.StatusOK, 50)
		answers := c.end()
		want := float64((i + 1) * files * rounds)
		all := eventually(t, p.url, func(s samples) bool { return s.sum("pmta_accounting_records_total") >= want })
		t.Logf("%d scrapers: answers by status %v, %v accounting files open, %d MiB peak RSS", scrapers, answers,
			all.sum("pmta_exporter_scan_open_files"), peakRSS(t, p.cmd.Process.Pid)>>20)
		if got := all.sum("pmta_accounting_records_total"); got != want || all.sum("pmta_exporter_scan_skipped_bytes_total") != 0 {
			t.Errorf("%v records counted and %v bytes skipped, want %v and none", got, all.sum("pmta_exporter_scan_skipped_bytes_total"), want)
		}
		if i == 0 && strings.Contains(p.log.String(), "too many open files") {
			t.Errorf("too few descriptors for %d scrapers:\n%s", scrapers, p.log)
		}
	}
	if lines := strings.Count(p.log.String(), "Cannot read files"); lines > 20 {
		t.Errorf("%d lines about files that cannot be read:\n%s", lines, p.log)
	}
}

// appendRows appends text to each of so many files.
func appendRows(t *testing.T, dir string, files int, text string) {
	t.Helper()
	for i := range files {
		if err := appendText(filepath.Join(dir, fmt.Sprintf("acct-2026-11-23-%04d.csv", i)), text); err != nil {
			t.Fatal(err)
		}
	}
}

func appendText(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// crush are scrapers that ask all the time.
type crush struct {
	stop    context.CancelFunc
	working sync.WaitGroup
	mu      sync.Mutex
	answers map[int]int // by status
}

// press lets so many scrapers ask without pause, each by connections of its
// own.
func press(t *testing.T, url string, scrapers int) *crush {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &crush{stop: cancel, answers: map[int]int{}}
	t.Cleanup(func() { c.end() })
	for range scrapers {
		client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
		c.working.Go(func() {
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				c.ask(ctx, client, url)
			}
		})
	}
	return c
}

// ask scrapes once. An answer that did not come whole has status 0.
func (c *crush) ask(ctx context.Context, client *http.Client, url string) {
	status, err := statusOf(ctx, client, url)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		status = 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[status]++
}

func statusOf(ctx context.Context, client *http.Client, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

func (c *crush) end() map[int]int {
	c.stop()
	c.working.Wait()
	return c.answers
}

// waitFor waits until so many had an answer.
func (c *crush) waitFor(t *testing.T, status, answers int) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	patience := time.After(time.Minute)
	for {
		c.mu.Lock()
		got := c.answers[status]
		c.mu.Unlock()
		if got >= answers {
			return
		}
		select {
		case <-poll.C:
		case <-patience:
			t.Fatalf("%d answers with status %d after a minute, want %d", got, status, answers)
		}
	}
}
