package logscan

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/go-kit/log/level"
)

// keptFile is what a commit says of one file: its position, and what only the
// polling goroutine may look at, as it was when it last kept the files.
type keptFile struct {
	position *position  // of the file; nil for one that is absent
	rest     storedFile // of an absent file all of it
}

// keep notes which files a commit has to save. It comes before the reading, so
// that no file can be counted whose position is not saved.
func (s *Scanner) keep() {
	now := time.Now()
	if s.Ready() { // before that, an absent file may just not have been looked for
		s.tracker.prune(now)
	}
	kept := make([]keptFile, 0, len(s.tracker.order)+len(s.tracker.absent))
	for _, f := range s.tracker.order {
		kept = append(kept, keptFile{&f.position, f.marks(now)})
	}
	for _, was := range s.tracker.absent {
		kept = append(kept, keptFile{nil, was})
	}
	unseen := slices.Sorted(maps.Keys(s.tracker.unseen))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = s.dirty || !slices.Equal(s.unseen, unseen)
	s.kept, s.looked, s.unseen = kept, s.tracker.looked, unseen
}

// commitIfDue commits what has changed, unless the last attempt was less than
// the interval ago or is not over.
func (s *Scanner) commitIfDue(now time.Time, interval time.Duration) {
	if !s.commits.TryLock() {
		return // one is under way, and may take long: what was shown before is true as well
	}
	defer s.commits.Unlock()
	s.mu.Lock()
	due := s.dirty && now.Sub(s.tried) >= interval
	s.mu.Unlock()
	if due {
		s.commitLocked(now)
	}
}

// commitLate commits what nobody asks for, until ctx ends. It is not for the
// polling goroutine to do: a disk may take seconds, and the reading need not
// wait for it.
func (s *Scanner) commitLate(ctx context.Context) {
	ticker := time.NewTicker(commitInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.commitIfDue(now, lateCommit)
		}
	}
}

// commit is the only way out of the ledger.
func (s *Scanner) commit(now time.Time) {
	s.commits.Lock()
	defer s.commits.Unlock()
	s.commitLocked(now)
}

// commitLocked saves the counts with the positions that belong to them, and
// puts them on show once they are safe. While that fails, what was shown last
// stays. The caller holds commits, but not the lock: the reading goes on while
// the state is made and written.
func (s *Scanner) commitLocked(now time.Time) {
	next, state := s.capture(now)
	var err error
	if s.store != nil {
		state.take(next)
		err = s.store.save(state)
		s.tellSaved(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durability.Saved = err == nil
	if err != nil {
		s.dirty = true
		return
	}
	s.last = next
	if s.store != nil {
		s.durability.SavedAt = now
	}
}

// capture copies what a commit is made of: the counts, and a state that has the
// positions and no counts yet. The reading waits for it.
func (s *Scanner) capture(now time.Time) (*Snapshot, *stored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty, s.tried = false, now
	state := &stored{Files: make([]storedFile, len(s.kept)), Looked: s.looked, Unseen: s.unseen}
	for i, k := range s.kept {
		state.Files[i] = k.rest
		if k.position != nil {
			k.position.store(&state.Files[i])
		}
	}
	return s.counter.committed(now, s.state), state
}

// openStore finds what an earlier run kept. Without a usable directory the
// counts live in memory.
func (s *Scanner) openStore() error {
	s.durability = Durability{Loaded: true}
	if s.options.StateDirectory == "" {
		return nil
	}
	store, err := openStore(s.options.StateDirectory)
	switch {
	case errors.Is(err, errLocked):
		return err
	case err != nil:
		level.Error(s.logger).Log("msg", "Cannot use the state directory, counting from memory", "err", err,
			"hint", "create it, and let the user of this program write in it")
		return nil
	}
	return s.takeOver(store)
}

// takeOver goes on with what a store has. Where there is a state that cannot be
// read, the counts live in memory and the directory is left alone: a later run
// that may read it goes on there, and nothing was counted twice or lost.
//
// What is shown must be durable, also when the run that saved it was killed
// before its names were.
func (s *Scanner) takeOver(store *store) error {
	state, err := store.load()
	s.durability.Loaded = err == nil
	switch {
	case errors.Is(err, errUnreadable):
		level.Error(s.logger).Log("msg", "Cannot read the kept counts, counting from memory", "err", err,
			"hint", "let the user of this program read the files in --state.directory, or see to the disk, and start again")
		return store.close()
	case err != nil:
		level.Error(s.logger).Log("msg", "Cannot read the kept counts, put them aside", "err", err, "previous", state != nil)
	}
	s.store, s.durability.Enabled = store, true
	s.tellSaved(store.syncNames())
	if state != nil {
		s.restore(state)
	}
	return nil
}

// restore goes on where an earlier run ended.
func (s *Scanner) restore(state *stored) {
	if n := s.counter.restore(state, newWords(s.options)); n > 0 {
		level.Warn(s.logger).Log("msg", "Left out kept counts that nothing can be added to any more", "series", n,
			"hint", "their provider, category or name is not known, or --scan.max-series was lowered")
	}
	s.tracker.resumeLooking(state)
	s.tracker.absent = absentFiles(state.Files, time.Now())
	level.Info(s.logger).Log("msg", "Going on with kept counts", "files", len(s.tracker.absent), "records", state.RecordsRead,
		"lines", state.Logs.RecordsRead)
}
