package logscan

import (
	"bytes"
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// follow reads what a file has, until budget bytes are passed, and returns how
// many there were.
func (s *Scanner) follow(ctx context.Context, f *file, budget int64) int64 {
	if !f.pending || f.refused || budget <= 0 || ctx.Err() != nil || f.waits() {
		return 0
	}
	ok, err := s.prepare(f)
	start := f.offset
	for ok && err == nil && f.pending && f.offset-start < budget && ctx.Err() == nil {
		err = s.readChunk(f, false)
	}
	s.noteError(f, err)
	return f.offset - start
}

// prepare opens a file and makes sure that its position holds. It is false when
// there is nothing to read now.
func (s *Scanner) prepare(f *file) (bool, error) {
	if f.handle == nil {
		if ok, err := s.tracker.open(f); !ok {
			return false, err
		}
	}
	head, _, err := f.readAt(s.buffer[:headBytes], 0)
	if err != nil {
		return false, err
	}
	seen := fingerprintOf(head)
	switch {
	case !f.begun && len(head) < 2: // may become anything
		f.pending = false
		return false, nil
	case !f.begun && isCompressed(head):
		s.refuse(f)
		return false, nil
	case !f.begun:
		err = s.begin(f)
	default:
		err = s.recognise(f, head)
	}
	if err != nil {
		return false, err // the position stays as it is
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.begun, f.head = true, seen
	return true, nil
}

// recognise makes sure that a file is still what was read of it, in its
// beginning and right before the position, and goes back where it is not.
func (s *Scanner) recognise(f *file, head []byte) error {
	if !f.head.matches(head) {
		s.restart(f)
		return nil
	}
	tail, same, err := f.readTail(s.buffer)
	switch {
	case err != nil:
		return err
	case !same:
		s.restart(f)
	case tail == nil:
		s.cutShort(f)
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		f.tail = append(f.tail[:0], tail...)
	}
	return nil
}

// begin sets the position in a file that is read for the first time.
func (s *Scanner) begin(f *file) error {
	s.mu.Lock()
	if f.size < f.offset {
		f.offset = 0
	}
	f.position = startAt(f.offset, f.source, s.options.MaxRecordBytes)
	s.mu.Unlock()
	if f.offset == 0 {
		return nil
	}
	end, err := s.lastLineEnd(f)
	if err != nil {
		return err
	}
	if err := s.readBeginning(f); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.offset = max(end, f.skippedFrom)
	s.counter.of(f.readAs).skipped.add(f.skipped, uint64(max(end-f.skippedFrom, 0)), time.Now())
	s.dirty = true
	return nil
}

// lastLineEnd returns the position behind the last line end before the offset.
// Should it lie in a quoted field, the splitter finds the next record.
func (s *Scanner) lastLineEnd(f *file) (int64, error) {
	size := min(f.offset, int64(len(s.buffer)))
	start := f.offset - size
	window, _, err := f.readAt(s.buffer[:size], start)
	if err != nil {
		return 0, err
	}
	if i := bytes.LastIndexByte(window, '\n'); i >= 0 || start == 0 {
		return start + int64(i) + 1, nil
	}
	return f.offset, nil
}

// readBeginning finds out of what form a file is that is not going to be read
// from its start.
func (s *Scanner) readBeginning(f *file) error {
	b, _, err := f.readAt(s.buffer, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.readAs == textLog {
		f.learnLines(b)
	} else {
		f.learnHeader(b)
	}
	return nil
}

// learnHeader takes format and header of the file that begins with b. Without a
// header, CSV stays without one.
func (p *position) learnHeader(b []byte) {
	piece := p.split.Next(b, false)
	for piece.Kind == acct.Skipped { // blank lines or NULs in front of it
		b = b[piece.Size:]
		piece = p.split.Next(b, false)
	}
	if piece.Kind == acct.Complete && p.split.Format() == acct.CSV {
		p.setHeader(b[:piece.Size])
	}
	p.split.Resume()
}

// learnLines finds out whether lines begin with a time in the log that begins
// with b.
func (p *position) learnLines(b []byte) {
	piece := p.lines.Next(b, false)
	for piece.Kind == textlog.Skipped {
		b = b[piece.Size:]
		piece = p.lines.Next(b, false)
	}
	p.lines.Resume()
}

// restart goes back to the start of a file that is not the one it was: it was
// truncated, or another file has got its inode.
func (s *Scanner) restart(f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter.of(f.kind()).truncations++
	f.position = startAt(0, f.source, s.options.MaxRecordBytes)
	f.renamed, f.outdated = false, false
	s.dirty = true
}

// cutShort goes on at the end of a file that begins as before but is shorter:
// what is left of it was read.
func (s *Scanner) cutShort(f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.offset, f.tail, f.stored = f.size, f.tail[:0], fingerprint{}
	f.split.Resume()
	f.lines.Resume()
	s.counter.of(f.readAs).truncations++
	s.dirty = true
}

// refuse leaves a file alone for good.
func (s *Scanner) refuse(f *file) {
	s.mu.Lock()
	f.position, f.skipped, f.skippedFrom = position{}, "", 0
	s.mu.Unlock()
	f.refused, f.pending = true, false
	s.tracker.close(f)
	s.tellRefused(f)
}

// readChunk reads on from the position of a file and counts the records it
// gets. The end of an incomplete record is read again the next time, so nothing
// has to be kept that could be glued to another file. With final set, the end
// of the file ends its last record.
func (s *Scanner) readChunk(f *file, final bool) error {
	b, atEnd, err := f.readAt(s.buffer, f.offset)
	if err != nil {
		return err
	}
	passed := s.consume(f, b, final && atEnd)
	s.tellMalformed(f)
	if passed > 0 && len(s.buffer) > chunkBytes {
		s.buffer = make([]byte, chunkBytes) // the long record is behind
	}
	switch {
	case atEnd:
		f.pending = false
	case passed == 0: // the splitter decides when it has seen one byte more than its limit
		s.buffer = make([]byte, min(2*len(s.buffer), s.options.MaxRecordBytes+chunkBytes))
	}
	return nil
}

// consume counts the whole records at the start of b, moves the position behind
// them and returns their size.
func (s *Scanner) consume(f *file, b []byte, final bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	passed := f.cut(b, final, func(b []byte) int {
		if f.readAs == textLog {
			return s.takeLine(f, b, final, now)
		}
		return s.takeRecord(f, b, final, now)
	})
	s.counter.of(f.readAs).bytesRead += uint64(passed)
	s.dirty = s.dirty || passed > 0
	return passed
}

// takeRecord counts the record that b begins with, and returns its size.
func (s *Scanner) takeRecord(f *file, b []byte, final bool, now time.Time) int {
	c, p := s.counter, f.split.Next(b, final)
	switch p.Kind {
	case acct.Complete:
		format, record := f.split.Format(), b[:p.Size]
		if format == acct.CSV && acct.IsHeader(record) {
			f.setHeader(record)
			return p.Size
		}
		c.count(format, f.header, record, s.last.Committed)
	case acct.Malformed:
		c.malformed.add(p.Reason, 1, now)
		c.skipped.add(skipReasonOf(p.Reason), uint64(p.Size), now)
	case acct.Skipped:
		c.skipped.add(p.Reason, uint64(p.Size), now)
	}
	return p.Size
}

// skipReasonOf says under which reason the bytes of a malformed record go.
func skipReasonOf(malformed acct.Reason) acct.Reason {
	if malformed == acct.NoHeader {
		return acct.NoHeader
	}
	return acct.Rest
}
