package textlog

import "bytes"

// Kind says what the bytes are that Splitter.Next found.
type Kind uint8

// The kinds of pieces.
const (
	More      Kind = iota // nothing yet: the line does not end in these bytes
	Line                  // one line, with its line end
	Continued             // one line that belongs to the line before it
	Malformed             // the beginning of a line that is too long
	Skipped               // bytes that are no line
)

// Reason says why bytes did not become a line.
type Reason string

// The reasons of Malformed and Skipped pieces. Files of both kinds, text logs
// and accounting files, call them alike.
const (
	Oversize Reason = "oversize"  // longer than the limit
	NUL      Reason = "nul"       // NUL bytes
	Blank    Reason = "blank"     // an empty line
	Rest     Reason = "malformed" // what follows a Malformed piece, up to the next line
)

// Piece is what Splitter.Next found at the start of its bytes.
type Piece struct {
	Kind   Kind
	Size   int
	Reason Reason
}

// Splitter cuts a text log into lines without ever holding more than one.
//
// The caller keeps the bytes and the position: it calls Next with all bytes
// that it has from the position on, moves on by the size of the piece, and asks
// again with more bytes when the answer is More.
//
// In a file in which lines begin with a time, one that does not is the rest of
// the line before it, such as a reply that the remote server folded. It is
// passed as Continued, which counts for nothing: strangers write it. In a file
// in which no line has begun with a time so far, each line is one of its own.
//
// A NUL ends a line as a line feed does, because after a crash a line may begin
// behind NULs. A line over the limit is Malformed, and so given up up to the
// next line end.
//
// The answer depends on the bytes alone, not on how they were cut into calls.
type Splitter struct {
	Max int // longest line in bytes

	timed  bool // a line of this file began with a time
	inRest bool // within a line that is given up
}

// State is what a splitter must remember besides its limit, to go on in another
// run of the program.
type State struct {
	Timed  bool
	InRest bool
}

// State returns what Restore wants.
func (s *Splitter) State() State { return State{s.timed, s.inRest} }

// Restore returns a splitter in a given state.
func Restore(limit int, s State) Splitter {
	return Splitter{Max: limit, timed: s.Timed, inRest: s.InRest}
}

// Broken tells the splitter that the line before this position was cut off by
// the caller: what remains of it is skipped.
func (s *Splitter) Broken() { s.inRest = true }

// Resume tells the splitter that a line begins at this position.
func (s *Splitter) Resume() { s.inRest = false }

// Next says what b begins with. final means that nothing will follow b.
func (s *Splitter) Next(b []byte, final bool) Piece {
	if len(b) == 0 {
		return Piece{}
	}
	if n := len(b) - len(bytes.TrimLeft(b, "\x00")); n > 0 {
		s.inRest = false
		return Piece{Skipped, n, NUL}
	}
	if s.inRest {
		return s.skipRest(b)
	}
	view := b[:min(len(b), s.Max+1)]
	size, ended := lineSize(view)
	switch {
	case size > s.Max:
		return Piece{Malformed, s.skipRest(view).Size, Oversize}
	case !ended && !final:
		return Piece{}
	case len(bytes.TrimRight(view[:size], "\r\n")) == 0:
		return Piece{Skipped, size, Blank}
	}
	return Piece{Kind: s.kindOf(view[:size]), Size: size}
}

// kindOf tells a line from the rest of one.
func (s *Splitter) kindOf(line []byte) Kind {
	if _, timed := findStamp(line); timed {
		s.timed = true
		return Line
	}
	if s.timed {
		return Continued
	}
	return Line
}

// skipRest passes the rest of a line.
func (s *Splitter) skipRest(b []byte) Piece {
	size, ended := lineSize(b)
	s.inRest = !ended
	return Piece{Skipped, size, Rest}
}

// lineSize returns the size of the line that b begins with, line feed included,
// and whether it ends in b. A NUL that ends it is not included.
func lineSize(b []byte) (int, bool) {
	size, ended := len(b), false
	if end := bytes.IndexByte(b, '\n'); end >= 0 {
		size, ended = end+1, true
	}
	if nul := bytes.IndexByte(b[:size], 0); nul >= 0 {
		return nul, true
	}
	return size, ended
}
