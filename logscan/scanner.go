package logscan

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
)

const (
	// chunkBytes is what is read and counted at once: the longest that a commit
	// or the end of the program waits for, since both come between two chunks.
	chunkBytes = 256 << 10
	// pollBytes is what is read before the next look at the files.
	pollBytes = 16 << 20
	// commitInterval is the least time between two commits.
	commitInterval = time.Second
)

// Scanner reads accounting files and counts their records.
//
// One goroutine polls: it looks at the files, reads what is new in chunks, and
// counts the whole records of a chunk while it holds the lock. Together with
// the counts moves the position in the file, so under the lock both always
// agree.
//
// Nobody sees the ledger. Snapshot asks for a commit, and a commit publishes a
// copy of it. What is to be made safe before it is seen has its place there.
type Scanner struct {
	options Options
	logger  log.Logger
	tracker *tracker
	buffer  []byte
	ready   atomic.Bool
	told    told

	mu      sync.Mutex // guards all below, and the positions in files
	counter *counter
	state   State
	dirty   bool // something changed since the last commit
	last    *Snapshot
}

// New returns a Scanner that has not looked at any file yet.
func New(o Options) (*Scanner, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	now := time.Now()
	s := &Scanner{
		options: o,
		logger:  o.Logger,
		tracker: newTracker(o),
		buffer:  make([]byte, chunkBytes),
		counter: newCounter(newLedger(o, now), o),
		told:    newTold(),
		state:   State{Readable: true},
	}
	s.commit(now)
	return s, nil
}

// Run polls until ctx ends. Then it closes the files and commits once more.
// Only one goroutine may call Run or Poll.
func (s *Scanner) Run(ctx context.Context) {
	ticker := time.NewTicker(s.options.PollInterval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if s.Poll(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	s.tracker.closeAll()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commit(time.Now())
}

// Poll looks at the files once and reads what they have. It reports whether it
// stopped before all was read, because there was much of it or because ctx
// ended.
func (s *Scanner) Poll(ctx context.Context) bool {
	now := time.Now()
	rotations := s.tracker.discover(now)
	budget := int64(pollBytes)
	for _, f := range s.tracker.order {
		budget -= s.follow(ctx, f, budget)
	}
	s.settle(now)
	s.publishState(rotations)
	s.tellProblems()
	s.tellStart()
	s.ready.Store(true)
	return budget <= 0 || ctx.Err() != nil
}

// Ready reports whether the files have been looked at once, and Snapshot shows
// what came of it.
func (s *Scanner) Ready() bool { return s.ready.Load() }

// Snapshot returns the last commit, after making a new one if the last is a
// second old and something has changed.
func (s *Scanner) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.dirty && now.Sub(s.last.Committed) >= commitInterval {
		s.commit(now)
	}
	return s.last
}

// commit is the only way out of the ledger. The caller holds the lock.
func (s *Scanner) commit(now time.Time) {
	s.last = s.counter.committed(now, s.state)
	s.dirty = false
}

// publishState counts rotations and notes how far behind the reading is. The
// first poll is committed at once: what is ready has something to show.
func (s *Scanner) publishState(rotations uint64) {
	state := State{OpenFiles: s.tracker.handles, Readable: s.tracker.readable()}
	for _, f := range s.tracker.order {
		state.LagBytes += f.lag()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter.rotations += rotations
	s.dirty = s.dirty || rotations > 0 || state != s.state
	s.state = state
	if !s.Ready() {
		s.commit(time.Now())
	}
}
