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
	s.tracker.order = slices.DeleteFunc(s.tracker.order, func(f *file) bool { return s.settled(f, now) })
}

// settled finishes a file that is over, and reports whether to forget it.
func (s *Scanner) settled(f *file, now time.Time) bool {
	idle := now.Sub(f.since) >= grace
	switch {
	case !f.gone && !f.outdated:
		return false
	case !idle && !f.deleted:
		return false
	case !f.pending:
		s.noteError(f, s.finish(f))
	case !f.gone || !idle || (f.handle != nil && !f.failed):
		return false // there is more to read, and it can be read
	}
	if f.gone {
		s.forget(f)
	}
	return f.gone
}

// finish reads the last record of a file even though it has no line end.
func (s *Scanner) finish(f *file) error {
	if f.lag() == 0 {
		return nil
	}
	if ok, err := s.prepare(f); !ok {
		return err
	}
	for f.pending = true; f.pending; {
		if err := s.readChunk(f, true); err != nil {
			return err
		}
	}
	return nil
}

// forget lets a file go. What was not read of it is lost.
func (s *Scanner) forget(f *file) {
	s.tracker.close(f)
	delete(s.tracker.known, f.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.deleted && f.begun && len(s.tracker.absent) < mostAbsent {
		was := f.marks(time.Now())
		was.Renamed, was.Outdated = true, true
		f.store(&was)
		s.tracker.absent[f.id] = was
	}
	s.counter.skipped.add(Lost, uint64(f.lag()), time.Now())
	s.dirty = true
}
