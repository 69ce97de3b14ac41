package collector

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
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

// TestFiltersShareNoFlight holds one scrape in its work while another asks for
// other collectors: each gets its own.
func TestFiltersShareNoFlight(t *testing.T) {
	var questions atomic.Int64
	asked, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, pmtatest.WithSource(func() pmtatest.State {
		if questions.Add(1) == 1 {
			close(asked)
			<-release
		}
		return scene()
	}))
	h := handlerOf(t, HandlerOptions{}, s, log.NewNopLogger(), "status", "queues", "vmtas")
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- get(h, "/metrics?collect[]=vmtas") }()
	<-asked
	second := get(h, "/metrics?collect[]=queues") // lands while the first is under way
	close(release)
	for query, c := range map[string]struct {
		body, has, lacks string
	}{
		"collect[]=vmtas":  {(<-first).Body.String(), "pmta_vmta_bytes{", "pmta_queue_bytes{"},
		"collect[]=queues": {second.Body.String(), "pmta_queue_bytes{", "pmta_vmta_bytes{"},
	} {
		if !strings.Contains(c.body, c.has) || strings.Contains(c.body, c.lacks) {
			t.Errorf("%s: got %s %v, %s %v, want only the first", query,
				c.has, strings.Contains(c.body, c.has), c.lacks, strings.Contains(c.body, c.lacks))
		}
	}
}
