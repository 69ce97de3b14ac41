package acct

import "bytes"

// Kind says what the bytes are that Splitter.Next found.
type Kind uint8

// The kinds of pieces.
const (
	More      Kind = iota // nothing yet: the record does not end in these bytes
	Complete              // one record or header line, with its line end
	Malformed             // the beginning of a bad record, or all of it
	Skipped               // bytes that belong to no record
)

// Reason says why bytes did not become a record.
type Reason string

// The reasons of a Malformed piece.
const (
	NoHeader Reason = "no_header" // a line where the file should have a header
	Quote    Reason = "quote"     // a quoted field does not end as it should
	Oversize Reason = "oversize"  // longer than the limit
	Torn     Reason = "torn"      // broken off by NUL bytes, as after a crash
	Syntax   Reason = "syntax"    // neither an object of JSON nor an element of XML
)

// The reasons to count a record as malformed although it was read:
// Record.Short, Record.Long, and a time or size that is there but cannot be
// read, whose figures go without the record.
const (
	ShortRow Reason = "short_row"
	LongRow  Reason = "long_row"
	BadValue Reason = "bad_value"
)

// The reasons of a Skipped piece.
const (
	NUL    Reason = "nul"       // NUL bytes between records
	Blank  Reason = "blank"     // an empty line, or white space between records
	Markup Reason = "markup"    // what XML has around records
	Rest   Reason = "malformed" // what follows a Malformed piece, up to the next record
)

// Piece is what Splitter.Next found at the start of its bytes.
type Piece struct {
	Kind   Kind
	Size   int
	Reason Reason
}

// Splitter cuts a file into records without ever holding more than one.
//
// The caller keeps the bytes and the position: it calls Next with all bytes
// that it has from the position on, moves on by the size of the piece, and asks
// again with more bytes when the answer is More. A record ends at a line end
// outside quotes. A quote opens a quoted field only where a field begins;
// elsewhere it is a character. Inside, a doubled quote is a quote, and a single
// one must be followed by a comma or a line end.
//
// What breaks these rules is Malformed, and costs one record: the splitter goes
// on at the next line, or the next byte after NULs, that begins with the code
// of a known record type, in quotes or not, and a comma. That line is searched
// from the start of the bad record, because a stray quote swallows the good
// records that follow it until the fault shows.
//
// Until the first header line has been met each line is Malformed, so that rows
// are never read by guessing, and another format is reported instead of
// ignored.
//
// That is CSV. Format says how the other formats are known; what is a record in
// them, and how the splitter finds the next one after a fault, stands where they
// are cut: jsonsplit.go and xmlsplit.go.
//
// The answer depends on the bytes alone, not on how they were cut into calls.
type Splitter struct {
	Max int // longest record in bytes

	headed bool
	place  place
	format Format
}

// place says where in the file the splitter stands.
type place uint8

const (
	atRecord place = iota // at the start of a record
	atLine                // at the start of a line that may be none
	inLine                // within a line that is none
)

// SplitterState is what a splitter must remember besides its limit, to go on
// in another run of the program.
type SplitterState struct {
	Headed bool
	Place  uint8
	Format uint8 // older states have none: CSV with a header, or nothing decided
}

// State returns what Restore wants.
func (s *Splitter) State() SplitterState {
	return SplitterState{s.headed, uint8(s.place), uint8(s.format)}
}

// Restore returns a splitter in a given state.
func Restore(limit int, s SplitterState) Splitter {
	return Splitter{Max: limit, headed: s.Headed, place: min(place(s.Place), inLine), format: min(Format(s.Format), XML)}
}

// Broken tells the splitter that the record before this position was cut off by
// the caller: what remains of its line is skipped.
func (s *Splitter) Broken() { s.place = inLine }

// Next says what b begins with. final means that nothing will follow b.
func (s *Splitter) Next(b []byte, final bool) Piece {
	if len(b) == 0 {
		return Piece{}
	}
	if !s.headed && s.format != CSV {
		return s.nextOf(b, final)
	}
	if s.place == inLine {
		return s.skipLine(b)
	}
	if n := countNUL(b); n > 0 {
		return Piece{Skipped, n, NUL}
	}
	view := b[:min(len(b), s.Max+1)]
	final = final && len(view) == len(b)
	switch {
	case !s.headed:
		return s.heading(view, final)
	case s.place == atLine:
		return s.resync(view, final)
	}
	return s.record(view, final)
}

// heading passes lines until one of them is a header.
func (s *Splitter) heading(b []byte, final bool) Piece {
	if n := blankLine(b, final); n > 0 {
		return Piece{Skipped, n, Blank}
	}
	size := bytes.IndexByte(b, '\n') + 1
	switch {
	case len(b) > s.Max && (size == 0 || size == len(b)):
		return s.drop(b, Oversize)
	case size == 0 && !final:
		return Piece{}
	case size == 0:
		size = len(b)
	}
	if !IsHeader(b[:size]) {
		return Piece{Malformed, size, NoHeader}
	}
	s.headed, s.place = true, atRecord
	return Piece{Kind: Complete, Size: size}
}

// record finds the end of the record that b begins with.
func (s *Splitter) record(b []byte, final bool) Piece {
	if n := blankLine(b, final); n > 0 {
		return Piece{Skipped, n, Blank}
	}
	size, end := scanRecord(b)
	switch {
	case end == endBad:
		return s.drop(b, Quote)
	case len(b) > s.Max && size == len(b):
		return s.drop(b, overlong(b, end))
	case end != endLine && !final:
		return Piece{}
	case end == endQuoted:
		return s.drop(b, Quote)
	case isTorn(b[:size]):
		return s.drop(b, Torn)
	}
	return Piece{Kind: Complete, Size: size}
}

// resync passes a line, unless it looks like a record.
func (s *Splitter) resync(b []byte, final bool) Piece {
	found, sure := startsRecord(b)
	switch {
	case found:
		s.place = atRecord
		return s.record(b, final)
	case !sure && !final:
		return Piece{}
	}
	return s.skipLine(b)
}

// drop gives up the record that b begins with: its first line now, the others
// by resync.
func (s *Splitter) drop(b []byte, why Reason) Piece {
	return Piece{Malformed, s.skipLine(b).Size, why}
}

// skipLine passes the rest of a line. A NUL ends it like a line feed, because
// after a crash a record may begin behind NULs.
func (s *Splitter) skipLine(b []byte) Piece {
	s.place = inLine
	if end := bytes.IndexByte(b, '\n'); end >= 0 {
		b, s.place = b[:end+1], atLine
	}
	if nul := bytes.IndexByte(b, 0); nul >= 0 {
		b, s.place = b[:nul+1], atLine
	}
	return Piece{Skipped, len(b), Rest}
}
