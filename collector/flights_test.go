package collector

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestH23OneFlight lets 20 scrapes come together: the work is done once.
func TestH23OneFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		var works int
		key := flightKey{"all", time.Minute}
		release := make(chan struct{})
		work := func(context.Context) gathered {
			works++
			<-release
			return gathered{err: errors.New("the result")}
		}
		var side sync.WaitGroup
		for range 20 {
			side.Go(func() {
				if got := f.join(t.Context(), key, work); got.err == nil || got.err.Error() != "the result" {
					t.Errorf("join = %v, want the result", got)
				}
			})
		}
		synctest.Wait()
		close(release)
		side.Wait()
		if works != 1 {
			t.Errorf("the work was done %d times, want once", works)
		}
		if got := f.join(t.Context(), key, func(context.Context) gathered { return gathered{} }); got.err != nil {
			t.Errorf("a later scrape got %v, want a result of its own", got.err)
		}
		f.close()
		if got := f.join(t.Context(), key, work); !errors.Is(got.err, errClosed) || works != 1 {
			t.Errorf("join after close = %v, want %v", got.err, errClosed)
		}
	})
}

// TestFlightOutlivesItsStarter: the client who began a scrape leaves, one who
// joined still gets the result, and close ends what is under way.
func TestFlightOutlivesItsStarter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		release := make(chan struct{})
		starter, leave := context.WithCancel(t.Context())
		key := flightKey{"all", time.Hour}
		go f.join(starter, key, func(ctx context.Context) gathered {
			select {
			case <-release:
				return gathered{}
			case <-ctx.Done():
				return gathered{err: ctx.Err()}
			}
		})
		synctest.Wait()
		joined := make(chan error)
		go func() { joined <- f.join(t.Context(), key, nil).err }()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		if err := <-joined; err != nil {
			t.Errorf("the one who joined got %v", err)
		}
		go f.join(t.Context(), flightKey{"hung", time.Hour}, func(ctx context.Context) gathered {
			<-ctx.Done()
			return gathered{}
		})
		synctest.Wait()
		f.close()
	})
}
