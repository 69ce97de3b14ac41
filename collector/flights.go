package collector

import (
	"context"
	"errors"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// gathered is the answer to one scrape; those who share it must not change it.
type gathered struct {
	families []*dto.MetricFamily
	err      error
}

// errClosed is the answer to scrapes that come after close.
var errClosed = errors.New("the exporter is shutting down")

// flights joins scrapes that ask for the same thing at the same time, such as
// those of a pair of Prometheus servers, so that PowerMTA is asked once.
//
// The work of a flight has a time limit and goes on in a goroutine of its own,
// because the one who asked first may leave first. Whoever joins has the same
// limit, so a flight lands before any of them must answer: there is nothing to
// wait for but the landing, or one's own client to leave.
type flights struct {
	mu      sync.Mutex
	flying  map[flightKey]*flight
	closed  bool
	working sync.WaitGroup
}

// flightKey says which scrapes are the same: the collectors they ask for, and
// the time they give.
type flightKey struct {
	collectors string
	limit      time.Duration
}

type flight struct {
	landed chan struct{} // closed when result is set
	result gathered
	cancel context.CancelFunc
}

// join returns the result of work, begun by this call or by another with the
// same key. It returns the error of ctx when the client leaves. Work must not
// panic.
func (f *flights) join(ctx context.Context, key flightKey, work func(context.Context) gathered) gathered {
	fl := f.board(ctx, key, work)
	if fl == nil {
		return gathered{err: errClosed}
	}
	select {
	case <-fl.landed:
		return fl.result
	case <-ctx.Done():
		return gathered{err: ctx.Err()}
	}
}

// board finds the flight for a key, or begins one.
func (f *flights) board(ctx context.Context, key flightKey, work func(context.Context) gathered) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	if fl, ok := f.flying[key]; ok {
		return fl
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), key.limit)
	fl := &flight{landed: make(chan struct{}), cancel: cancel}
	if f.flying == nil {
		f.flying = map[flightKey]*flight{}
	}
	f.flying[key] = fl
	f.working.Go(func() {
		defer cancel()
		fl.result = work(ctx)
		f.mu.Lock()
		delete(f.flying, key)
		f.mu.Unlock()
		close(fl.landed)
	})
	return fl
}

// close cancels what is under way and waits for it.
func (f *flights) close() {
	f.mu.Lock()
	f.closed = true
	for _, fl := range f.flying {
		fl.cancel()
	}
	f.mu.Unlock()
	f.working.Wait()
}
