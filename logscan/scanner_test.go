package logscan

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("early"))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		if r.s.Ready() {
			t.Error("ready before the first look")
		}
		go func() {
			defer close(done)
			r.s.Run(ctx)
		}()
		synctest.Wait()
		if !r.s.Ready() {
			t.Error("not ready after the first look")
		}
		// Whoever is told that it is ready may scrape at once.
		if s := r.s.Snapshot(); valueOf(s.Records, acct.Delivered) != 1 || s.Accounting.OpenFiles != 1 {
			t.Errorf("ready with %d deliveries of %d files on show, want 1 of 1", valueOf(s.Records, acct.Delivered), s.Accounting.OpenFiles)
		}
		r.append("acct", rows("a", "b"))
		pass(r.s.options.PollInterval)
		synctest.Wait()
		if got := valueOf(r.s.Snapshot().Records, acct.Delivered); got != 3 {
			t.Errorf("%d deliveries, want 3", got)
		}
		r.append("acct", rows("c"))
		pass(r.s.options.PollInterval / 2)
		cancel()
		<-done
		if open := len(r.s.tracker.handles); open != 0 {
			t.Errorf("%d files left open", open)
		}
	})
}

func TestCommitBeforeExpose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		delivered := func() uint64 { return valueOf(r.s.Snapshot().Records, acct.Delivered) }
		r.poll() // the first is committed at once
		r.append("acct", header+rows("a"))
		r.poll()
		if got := delivered(); got != 0 {
			t.Errorf("%d deliveries within a second of the last commit, want 0", got)
		}
		pass(commitInterval)
		if got := delivered(); got != 1 {
			t.Errorf("%d deliveries after a second, want 1", got)
		}
		at := r.s.Snapshot()
		pass(time.Hour)
		if !r.s.Snapshot().Committed.Equal(at.Committed) {
			t.Error("a commit although nothing has changed")
		}
		r.append("acct", rows("b"))
		r.poll()
		if got := delivered(); got != 2 {
			t.Errorf("%d deliveries, want 2", got)
		}
		if got := valueOf(at.Records, acct.Delivered); got != 1 {
			t.Errorf("the earlier snapshot changed to %d", got)
		}
		r.deny(syscall.EACCES)
		r.append("acct-2", header)
		r.poll()
		pass(commitInterval)
		if r.s.Snapshot().Accounting.Readable {
			t.Error("a file that cannot be read makes no new snapshot")
		}
	})
}

// TestSeriesBeginBeforeTheScrape counts the first record of a series while a
// scrape is under way. Prometheus takes the beginning of a series for a 0 only
// if it lies before the scrape that shows it.
func TestSeriesBeginBeforeTheScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header)
		r.poll()
		pass(commitInterval)
		scrape := time.Now()
		pass(time.Millisecond)
		r.append("acct", rows("a"))
		r.poll()
		n := 0
		for series := range r.s.Snapshot().Outcomes.All() {
			n++
			if !series.Created.Before(scrape) {
				t.Errorf("%v began at %v, want before the scrape at %v", series.Key, series.Created, scrape)
			}
		}
		if n != 1 {
			t.Errorf("%d outcomes, want 1", n)
		}
	})
}

// Counts that are handed out stay as they are while counting goes on. The race
// detector sees to it.
func TestM07SnapshotWhileCounting(t *testing.T) {
	r := newRig(t)
	names := manyNames(100)
	var readers sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				s := r.committed()
				first := describe(s)
				if describe(s) != first {
					t.Error("a snapshot changed")
				}
				r.s.Snapshot()
			}
		})
	}
	r.append("acct", header)
	for range 50 {
		r.append("acct", rows(names...))
		r.poll()
	}
	cancel()
	readers.Wait()
	if got := valueOf(r.committed().Records, acct.Delivered); got != 5000 {
		t.Errorf("%d deliveries, want 5000", got)
	}
}

// stopAfter is a context that ends after a number of looks at it.
type stopAfter struct {
	context.Context
	looks int
}

func (c *stopAfter) Err() error {
	c.looks--
	if c.looks < 0 {
		return context.Canceled
	}
	return nil
}

func TestStopInBacklog(t *testing.T) {
	r := newRig(t)
	r.append("acct", header+strings.Repeat(rows("a"), 100_000))
	if behind := r.s.Poll(&stopAfter{t.Context(), 3}); !behind {
		t.Error("Poll() = false in a backlog, want true")
	}
	h := r.committed().Accounting
	if h.Bytes == 0 || h.Bytes > 3*chunkBytes {
		t.Errorf("%d bytes read after the end, want at most 3 chunks", h.Bytes)
	}
	if h.LagBytes+int64(h.Bytes) != int64(len(header)+100_000*len(rows("a"))) {
		t.Errorf("%d bytes read and %d to go, want all of the file", h.Bytes, h.LagBytes)
	}
	r.poll()
	if got := valueOf(r.committed().Records, acct.Delivered); got != 100_000 {
		t.Errorf("%d deliveries, want 100000", got)
	}
}

// Each file's part of the lag counts, wherever it stands in the order.
func TestLagOfSeveralFiles(t *testing.T) {
	r := newRig(t)
	for name, rest := range map[string]string{"acct-1": "d,x", "acct-2": "", "acct-3": "d,long\"", "acct-4": "d"} {
		r.append(name, header+rows("a")+rest)
	}
	r.poll()
	if got, want := r.committed().Accounting.LagBytes, int64(3+0+7+1); got != want {
		t.Errorf("lag of %d bytes, want %d, those of all incomplete records", got, want)
	}
}

// A backlog does not keep the scanner from looking at the files.
func TestPollHasABudget(t *testing.T) {
	r := newRig(t)
	line := rows("a")[:len(rows("a"))-1] + strings.Repeat(",", 10_000) + "\n"
	r.append("acct", header+strings.Repeat(line, pollBytes/len(line)+2*chunkBytes/len(line)))
	if !r.s.Poll(t.Context()) {
		t.Error("Poll() = false after more than its budget, want true")
	}
	if r.s.Poll(t.Context()) {
		t.Error("Poll() = true after the rest, want false")
	}
}
