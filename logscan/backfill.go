package logscan

import "time"

// limitBackfill passes over what is too old or too much to catch up with, at
// the first look after a pause.
//
// The limits are for what came while nobody looked: files that are new, and
// what the known ones have grown by. What the run before had seen and not read
// yet it would have read, and so it is read on, however old and much it is. Of
// all that came, the newest bytes are kept: files without a change for too long
// are passed over whole and take no room, the one that the limit falls into is
// read from there on.
func (s *Scanner) limitBackfill(now time.Time) {
	if s.Ready() || !s.tracker.resumed {
		return
	}
	room := s.options.MaxBackfillBytes
	for i := len(s.tracker.order) - 1; i >= 0; i-- { // the newest first
		f := s.tracker.order[i]
		came := min(f.lag(), f.size-f.seen)
		switch {
		case came <= 0:
		case now.Sub(f.modified) > s.options.MaxBackfillAge:
			s.passOver(f, f.size)
		case came > room:
			s.passOver(f, f.size-room)
			room = 0
		default:
			room -= came
		}
	}
}

// passOver lets the reading of a file begin further on.
func (s *Scanner) passOver(f *file, to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.begun {
		f.skippedFrom = f.offset
	}
	f.skipped, f.position = Backfill, position{offset: to}
}
