package collector

import (
	"context"
	"sync"

	dto "github.com/prometheus/client_model/go"
)

// gathered is the answer to one scrape; those who share it must not change it.
type gathered struct {
	families []*dto.MetricFamily
	err      error
}

// flights joins scrapes that ask for the same thing at the same time, such as
// those of a pair of Prometheus servers, so that PowerMTA is asked once. The
// work goes on in a goroutine of its own, because the one who asked first may
// leave first; close ends it.
type flights struct {
	mu      sync.Mutex
	joined  map[string]*flight
	working sync.WaitGroup
}

type flight struct {
	landed chan struct{} // closed when result is set
	result gathered
	cancel context.CancelFunc
}

// join returns the result of work for key, of this call or of one under way.
// It is not OK when ctx ends first. Ctx must have a deadline, which is also
// that of the work it begins.
func (f *flights) join(ctx context.Context, key string, work func(context.Context) gathered) (gathered, bool) {
	f.mu.Lock()
	if f.joined == nil {
		f.joined = map[string]*flight{}
	}
	fl, under := f.joined[key]
	if !under {
		fl = f.start(ctx, key, work)
	}
	f.mu.Unlock()
	select {
	case <-fl.landed:
		return fl.result, true
	case <-ctx.Done():
		return gathered{}, false
	}
}

// start begins a flight. The caller holds the lock.
func (f *flights) start(ctx context.Context, key string, work func(context.Context) gathered) *flight {
	deadline, _ := ctx.Deadline()
	free, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	fl := &flight{landed: make(chan struct{}), cancel: cancel}
	f.joined[key] = fl
	f.working.Go(func() {
		defer cancel()
		fl.result = work(free)
		f.mu.Lock()
		delete(f.joined, key)
		f.mu.Unlock()
		close(fl.landed)
	})
	return fl
}

// close cancels what is under way and waits for it.
func (f *flights) close() {
	f.mu.Lock()
	for _, fl := range f.joined {
		fl.cancel()
	}
	f.mu.Unlock()
	f.working.Wait()
}
