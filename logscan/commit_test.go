package logscan

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// stuck is a file system that lets nothing be created until it is let go.
type stuck struct {
	disk
	letGo chan struct{}
}

func (s stuck) create(path string) (handle, error) {
	<-s.letGo
	return s.disk.create(path)
}

// run runs the scanner until stop is called.
func (r *rig) run() (stop func()) {
	ctx, cancel := context.WithCancel(r.Context())
	var running sync.WaitGroup
	running.Go(func() { r.s.Run(ctx) })
	synctest.Wait()
	return func() {
		cancel()
		running.Wait()
	}
}

// counted is how many deliveries were counted, shown or not.
func (r *rig) counted() uint64 {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return valueOf(r.s.counter.records.committed(), acct.Delivered)
}

// TestS05DiskHangs: while a commit waits for the disk the reading goes on, a
// scrape is answered with what was kept last, and nothing waits behind it.
func TestS05DiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		stop := r.run()
		letGo := make(chan struct{})
		r.s.commits.Lock()
		r.s.store.fs = stuck{letGo: letGo}
		r.s.commits.Unlock()
		for want := uint64(2); want < 60; want++ { // nobody scrapes
			r.append("acct", rows("b"))
			pass(time.Second)
			synctest.Wait()
			if got := r.counted(); got != want {
				t.Fatalf("%d counted, want %d while a commit hangs", got, want)
			}
		}
		if got := valueOf(r.s.Snapshot().Records, acct.Delivered); got != 1 {
			t.Errorf("%d on show, want the 1 that was kept", got)
		}
		close(letGo)
		pass(2 * commitInterval)
		synctest.Wait()
		if got := valueOf(r.s.Snapshot().Records, acct.Delivered); got != 59 {
			t.Errorf("%d on show once the disk answers, want 59", got)
		}
		stop()
	})
}

// Nobody has to scrape for the counts to be kept.
func TestP1LateCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newKeptRig(t)
		stop := r.run()
		r.append("acct", header+rows("a"))
		kept := func() uint64 {
			state, err := r.s.store.load()
			r.must(err)
			return state.RecordsRead
		}
		pass(lateCommit - time.Second)
		synctest.Wait()
		if got := kept(); got != 0 {
			t.Errorf("%d records kept too early: each commit costs a write", got)
		}
		pass(2 * time.Second)
		synctest.Wait()
		if got := kept(); got != 1 {
			t.Errorf("%d records kept, want 1", got)
		}
		stop()
	})
}
