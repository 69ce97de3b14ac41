package logscan

import (
	"slices"
	"time"
)

// grace is how long a file that is to get no more records may stay unchanged
// before it is over. PowerMTA still writes late records through its handle.
const grace = 30 * time.Second

// settle ends the files that are over.
func (s *Scanner) settle(now time.Time) {
	s.tracker.order = slices.DeleteFunc(s.tracker.order, func(f *file) bool {
		over := s.settled(f, now)
		if over {
			s.forget(f)
		}
		return over
	})
}

// settled finishes a file that is over, and reports whether to forget it. What
// no path leads to any more and cannot be read is not kept for longer than the
// grace either: it may be deleted, and fill the disk.
func (s *Scanner) settled(f *file, now time.Time) bool {
	quiet := now.Sub(f.since) >= grace
	if !f.gone && !f.outdated || !f.deleted && !quiet {
		return false
	}
	if !f.pending {
		s.noteError(f, s.finish(f))
	}
	switch {
	case !f.gone:
		return false
	case f.err != nil:
		return now.Sub(f.failing) >= grace
	case f.pending && f.handle == nil:
		return quiet
	}
	return !f.pending
}

// finish reads the last record of a file even though it has no line end. Before
// a file is forgotten its size is not relied on.
func (s *Scanner) finish(f *file) error {
	if f.lag() == 0 && !f.gone {
		return nil
	}
	f.pending = true
	ok, err := s.prepare(f)
	for ok && err == nil && f.pending {
		err = s.readChunk(f, true)
	}
	return err
}

// forget lets a file go. What was not read of it is lost.
func (s *Scanner) forget(f *file) {
	s.tracker.close(f)
	delete(s.tracker.known, f.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.deleted && f.begun {
		was := f.marks(time.Now())
		was.Renamed, was.Outdated = true, true
		f.store(&was)
		s.tracker.absent[f.id] = was
	}
	s.counter.of(f.kind()).skipped.add(Lost, uint64(f.lag()), time.Now())
	s.dirty = true
}
