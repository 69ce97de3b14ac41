package logscan

import (
	"fmt"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// span says how often something was counted: at least and at most so often.
type span struct{ least, most int }

func (s span) has(n int) bool { return s.least <= n && n <= s.most }

func (s span) plus(o span) span { return span{s.least + o.least, s.most + o.most} }

func (s span) times(n int) span { return span{n * s.least, n * s.most} }

// what is the kind of a piece.
type what uint8

const (
	headerLine what = iota
	record
	nul
	blank
	truncation // no bytes, but an event that is to be counted once
)

// piece is what the scanner passes at once.
type piece struct {
	what     what
	name     string // of a record, which its VirtualMTA is called by
	size     int
	written  int  // less, while only half of it is
	first    int  // how much was written first, of a record that was a half one
	nameless bool // should that half be counted, or dropped, its name does not show
	early    bool // and it may have been
	// doubtful: what the file held before may pass for it.
	doubtful bool
	before   []*piece // the records that were truncated

	was  span // read before the last poll
	read span // by the scanner that runs
	kept span // committed
}

// truth is all that was ever written, and what must have become of it.
type truth struct {
	pieces    []*piece
	appeared  int  // files that came in sight
	reused    int  // inodes that were used again
	vanished  bool // a file went out of sight
	shortened bool // the end of a file was cut off
}

func (t *truth) newPiece(what what, text string) *piece {
	p := &piece{what: what, size: len(text), written: len(text)}
	t.pieces = append(t.pieces, p)
	return p
}

// newDoubtful makes one that may not be read, because the file began like that
// before.
func (t *truth) newDoubtful(what what, text string) *piece {
	p := t.newPiece(what, text)
	p.doubtful = true
	return p
}

// newTruncation is noticed by what had been read of the pieces that are gone. An
// earlier one that was not noticed itself is part of it.
func (t *truth) newTruncation(gone []*piece) *piece {
	event := t.newPiece(truncation, "")
	for _, p := range gone {
		switch {
		case p.what == record:
			event.before = append(event.before, p)
		case p.what == truncation && p.read.most == 0:
			event.before = append(event.before, p.before...)
		}
	}
	return event
}

// reach says whether a poll that is not cut short reads a file: by its path, or
// by the handle that the scanner has.
func (m *model) reach(f *modelFile) span {
	if f.place == inSight && !m.blind && !m.denied {
		return span{1, 1}
	}
	return f.open
}

// polled notes what was read: all that can be, or perhaps less when the poll
// was cut short.
func (m *model) polled(full bool) {
	for _, p := range m.pieces {
		p.was = p.read
	}
	for _, f := range m.files() {
		f.seen = f.place == inSight && !m.blind || f.seen && m.blind
		idle := time.Since(f.changed) >= grace
		reach := m.reach(f)
		if !full {
			reach.least = 0
		}
		for _, p := range f.pieces {
			p.pass(reach, f.over && (idle || f.place == deleted))
		}
		switch {
		case f.place == inSight && !m.blind && !m.denied:
			f.open = span{max(f.open.least, reach.least), 1}
		case !f.seen && idle:
			f.open.least = 0 // it may have been let go
		}
	}
}

// pass notes that a piece was read if it could be reached. final says that a
// half record may have been taken as it is.
func (p *piece) pass(reach span, final bool) {
	half := p.written < p.size
	switch {
	case half && !final:
		return
	case half:
		p.early = p.early || reach.most > 0
		reach.least = 0
	case p.early && p.nameless, p.what == truncation && !p.due():
		reach.least = 0
	}
	p.read = span{max(p.read.least, reach.least), max(p.read.most, reach.most)}
}

// due reports whether a truncation must be noticed, because something of what
// was truncated had been read.
func (p *piece) due() bool {
	for _, before := range p.before {
		if before.read.least > 0 {
			return true
		}
	}
	return false
}

// killed notes that what was not committed is forgotten.
func (m *model) killed() {
	for _, p := range m.pieces {
		p.read = p.kept
	}
	for _, f := range m.files() {
		f.open = span{}
	}
	m.unlinked = nil
}

// committed notes that what was read is safe, or some of it when the commit
// came in the middle of the last poll.
func (t *truth) committed(within bool) {
	for _, p := range t.pieces {
		p.kept = p.read
		if within {
			p.kept.least = p.was.least
		}
	}
}

// contradicts says which figure of a commit cannot be true.
func (t *truth) contradicts(now figures) string {
	named := 0
	for _, p := range t.pieces {
		n := now[figure{vmtaFigure, p.name}]
		if p.what == record && !p.kept.has(n) {
			return fmt.Sprintf("record %s counted %d times, want %d to %d", p.name, n, p.kept.least, p.kept.most)
		}
		named += n
	}
	early, nameless := t.halves(now)
	none, quote := now[figure{vmtaFigure, None}], now[figure{malformedFigure, string(acct.Quote)}]
	for _, law := range []struct {
		what string
		got  int
		want span
	}{
		{"records under other names", now.sum(vmtaFigure) - named - none, span{}},
		{"records in all", now[figure{family: recordsFigure}] - named - none, span{}},
		{"nameless and malformed records", none + quote, span{0, nameless}},
		{"short rows", now[figure{malformedFigure, string(acct.ShortRow)}], span{0, early}},
		{"other malformed records", now.sum(malformedFigure) - quote - now[figure{malformedFigure, string(acct.ShortRow)}], span{}},
		{"bytes of records", now[figure{family: bytesFigure}] - now.passedOver(), t.recordBytes(now)},
		{"NUL bytes", now[figure{skippedFigure, string(acct.NUL)}], t.bytesOf(nul)},
		{"truncations", now[figure{family: truncationsFigure}], t.timesOf(truncation).plus(span{0, t.reused})},
		{"rotations", now[figure{family: rotationsFigure}], span{0, t.appeared}},
	} {
		if !law.want.has(law.got) {
			return fmt.Sprintf("%d %s, want %d to %d", law.got, law.what, law.want.least, law.want.most)
		}
	}
	return t.contradictsSkips(now, early)
}

// contradictsSkips does so for what was passed over.
func (t *truth) contradictsSkips(now figures, early int) string {
	skipped := func(r acct.Reason) int { return now[figure{skippedFigure, string(r)}] }
	// Behind a bad record blank lines belong to it.
	rest, want := skipped(acct.Rest)+skipped(acct.Blank), t.bytesOf(blank)
	switch {
	case early > 0:
		want.most += t.earlyBytes()
	case !t.shortened && skipped(acct.Rest) > 0:
		return fmt.Sprintf("%d bytes skipped as malformed, want none", skipped(acct.Rest))
	}
	switch {
	case !want.has(rest):
		return fmt.Sprintf("%d bytes blank or skipped as malformed, want %d to %d", rest, want.least, want.most)
	case skipped(Lost) > 0 && !t.vanished:
		return fmt.Sprintf("%d bytes lost, want none", skipped(Lost))
	case skipped(StartAtEnd)+skipped(Backfill)+skipped(acct.NoHeader) > 0:
		return fmt.Sprintf("bytes skipped: %v", now)
	}
	return ""
}

// halves returns how many half records may have been taken as they were, and in
// how many of them no name shows that.
func (t *truth) halves(now figures) (early, nameless int) {
	for _, p := range t.pieces {
		if !p.early {
			continue
		}
		early++
		if p.nameless {
			nameless += 1 - now[figure{vmtaFigure, p.name}]
		}
	}
	return early, nameless
}

// recordBytes returns how many bytes were records or headers.
func (t *truth) recordBytes(now figures) span {
	sum := span{}
	for _, p := range t.pieces {
		counted := now[figure{vmtaFigure, p.name}]
		switch {
		case p.what == headerLine:
			sum = sum.plus(p.bytes())
		case p.what != record:
		case p.early && counted > 0:
			sum = sum.plus(span{p.first, p.size})
		case p.early && p.nameless:
			sum = sum.plus(span{0, p.first})
		default:
			sum = sum.plus(span{counted, counted}.times(p.size))
		}
	}
	return sum
}

func (t *truth) bytesOf(kind what) span {
	sum := span{}
	for _, p := range t.pieces {
		if p.what == kind {
			sum = sum.plus(p.bytes())
		}
	}
	return sum
}

// bytes returns how many were read of what is no record.
func (p *piece) bytes() span {
	if p.doubtful {
		return span{0, p.kept.most}.times(p.size)
	}
	return p.kept.times(p.size)
}

func (t *truth) timesOf(kind what) span {
	sum := span{}
	for _, p := range t.pieces {
		if p.what == kind {
			sum = sum.plus(p.kept)
		}
	}
	return sum
}

func (t *truth) earlyBytes() int {
	n := 0
	for _, p := range t.pieces {
		if p.early {
			n += p.size
		}
	}
	return n
}

// lost returns how many whole records were not counted, and of how many that
// could not be told beforehand.
func (t *truth) lost(now figures) (lost, unsure int) {
	for _, p := range t.pieces {
		if p.what != record || p.written < p.size {
			continue
		}
		lost += 1 - now[figure{vmtaFigure, p.name}]
		unsure += p.kept.most - p.kept.least
	}
	return lost, unsure
}

// settled says what is wrong once all that can be read was.
func (m *model) settled() string {
	dropped, halves := 0, 0
	for _, f := range m.files() {
		halves += len(f.half)
		for _, p := range f.pieces {
			switch {
			case p.what != record || p.written < p.size || f.place != inSight:
			case p.early && p.nameless:
				dropped += 1 - m.figures[figure{vmtaFigure, p.name}]
			case p.kept != span{1, 1}:
				return fmt.Sprintf("the model itself does not know what became of %s: %v", p.name, p.kept)
			}
		}
	}
	if n := m.figures[figure{vmtaFigure, None}] + m.figures[figure{malformedFigure, string(acct.Quote)}]; n < dropped && !m.shortened && !m.logs { // of a line, half is the rest of the one before
		return fmt.Sprintf("%d half records taken, want at least %d", n, dropped)
	}
	if lag := m.s.last.read().LagBytes; lag > 0 && halves == 0 {
		return fmt.Sprintf("%d bytes not read in the end, want none", lag)
	}
	return ""
}
