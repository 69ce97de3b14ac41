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
	// lateCommit is how long changes stay uncommitted when nobody asks.
	lateCommit = 15 * time.Second
)

// Scanner reads accounting files and text logs, and counts their records and
// lines.
//
// One goroutine polls: it looks at the files, reads what is new in chunks, and
// counts the whole records of a chunk while it holds the lock. Together with
// the counts moves the position in the file, so under the lock both always
// agree.
//
// Nobody sees the ledger. Snapshot asks for a commit, and a commit copies counts
// and positions under the lock, saves them while the reading goes on, and puts
// the copy on show only when it is safe. So whatever instant the program is
// killed at, the next run goes on with counts that are not below any that were
// seen, and at the positions that belong to them.
type Scanner struct {
	options Options
	logger  log.Logger
	tracker *tracker
	store   *store // nil when the counts live in memory only
	buffer  []byte
	ready   atomic.Bool
	told    told

	commits sync.Mutex // one commit at a time; taken before mu

	mu         sync.Mutex // guards all below, and the positions in files
	counter    *counter
	state      [sources]State
	kept       []keptFile
	looked     bool     // like kept, as is unseen
	unseen     []string // see stored
	dirty      bool     // something changed since the last commit
	tried      time.Time
	last       *Snapshot
	durability Durability
}

// New returns a Scanner that has not looked at any file yet, but knows what an
// earlier run kept. It fails when another program uses the state directory.
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
		state:   [sources]State{{Readable: true}, {Readable: true}},
	}
	if err := s.openStore(); err != nil {
		return nil, err
	}
	s.counter.adapt(o, now) // kept label sets count against the ceilings
	s.keep()                // also a commit before the first poll has all positions
	s.last = s.counter.committed(now, s.state)
	return s, nil
}

// Close gives the state directory free. Nothing may run any more.
func (s *Scanner) Close() error {
	if s.store == nil {
		return nil
	}
	return s.store.close()
}

// Run polls until ctx ends. Then it closes the files and commits once more.
// Only one goroutine may call Run or Poll.
func (s *Scanner) Run(ctx context.Context) {
	var committing sync.WaitGroup
	committing.Go(func() { s.commitLate(ctx) })
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
	committing.Wait()
	s.commit(time.Now())
}

// Poll looks at the files once and reads what they have. It reports whether it
// stopped before all was read, because there was much of it or because ctx
// ended.
func (s *Scanner) Poll(ctx context.Context) bool {
	now := time.Now()
	rotations := s.tracker.discover(now)
	s.startLogs(now)
	s.limitBackfill(now)
	s.keep() // before anything new is counted
	budget := int64(pollBytes)
	for _, f := range s.tracker.order {
		budget -= s.follow(ctx, f, budget)
	}
	s.settle(now)
	s.publishState(rotations)
	if !s.Ready() {
		s.commit(now) // what is ready has something to show
	}
	s.tellProblems()
	s.tellStart(accounting)
	s.tellStart(textLog)
	s.ready.Store(true)
	return budget <= 0 || ctx.Err() != nil
}

// Ready reports whether the files have been looked at once, and Snapshot shows
// what came of it.
func (s *Scanner) Ready() bool { return s.ready.Load() }

// Snapshot returns the last commit, after making a new one if the last is a
// second old and something has changed. How the reading goes is told as it is
// now.
func (s *Scanner) Snapshot() *Snapshot {
	s.commitIfDue(time.Now(), commitInterval)
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := *s.last
	shown.Accounting.State, shown.Logs.State = s.state[accounting], s.state[textLog]
	shown.Durability = s.durability
	return &shown
}

// publishState counts rotations and notes how far behind the reading is.
func (s *Scanner) publishState(rotations [sources]uint64) {
	var state [sources]State
	for _, f := range s.tracker.order {
		now := &state[f.kind()]
		now.LagBytes += f.lag()
		if f.handle != nil {
			now.OpenFiles++
		}
		if f.err != nil {
			s.tracker.problems[spot{f.path, f.kind()}] = f.err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range rotations {
		source := source(i)
		state[i].Readable = s.tracker.readable(source)
		s.counter.of(source).rotations += n
		s.dirty = s.dirty || n > 0
	}
	s.dirty = s.dirty || state != s.state
	s.state = state
}
