package acct

import "bytes"

// In XML each record is an element that is named like its type, and its
// children are named like the columns. The elements may stand by themselves or
// in others, under an XML declaration or not; what is around them is skipped as
// Markup. There is no DTD. An element of an unknown name is a record when its
// children have text, and is around records when they have elements.
//
// A start tag of a known record type within a record shows that the record
// before it broke off. After a fault the reading goes on at the next such tag,
// wherever in a line it stands.

// nextElement is Next for XML, at the start of a record or of what is around
// them.
func (s *Splitter) nextElement(b []byte, final bool) Piece {
	if n := countBlank(b); n > 0 {
		return Piece{Skipped, n, Blank}
	}
	piece := s.element(b, final)
	if piece.Kind == Malformed {
		s.place, piece.Size = atLine, 1 // and so the next tag within it is found
	}
	return piece
}

// seekElement passes what precedes the next record, after a fault.
func (s *Splitter) seekElement(b []byte, final bool) Piece {
	size, found := findRecord(b)
	switch {
	case found:
		s.place = atRecord
	case final:
		size = len(b)
	}
	switch {
	case size > 0:
		return Piece{Skipped, size, Rest}
	case found:
		return s.Next(b, final)
	}
	return Piece{}
}

// element says what the markup is that b begins with. A Malformed piece has no
// size yet.
func (s *Splitter) element(b []byte, final bool) Piece {
	x := xmlText{b: b}
	name, kind := x.tag()
	around := kind == noteTag || kind == endTag
	if !isRecordTag(name, kind) {
		switch kind {
		case emptyTag:
			around = true
		case startTag:
			holds, sure := holdsElements(b[x.at:])
			if !sure && !final && len(b) <= s.Max {
				return Piece{}
			}
			around = holds
		}
	}
	switch {
	case x.end != whole:
		return s.judge(b, 0, x.end, final)
	case around:
		return Piece{Skipped, x.at, Markup}
	case kind == rawTag:
		return Piece{Malformed, 0, Syntax}
	}
	size, end := scanElement(b)
	return s.judge(b, size, end, final)
}

// scanElement returns the size of the record that b begins with, and how it
// ends.
func scanElement(b []byte) (int, outcome) {
	x := xmlText{b: b}
	name, kind := x.tag()
	for ok := kind == startTag; ok; {
		_, _, ok = x.column(name)
	}
	if x.end != whole {
		return 0, x.end
	}
	x.at = len(b) - len(bytes.TrimLeft(b[x.at:], " \t\r"))
	switch {
	case x.at == len(b):
		return x.at, closed
	case b[x.at] == '\n':
		x.at++
	}
	return x.at, whole
}

// holdsElements reports whether an element is around records, by what follows
// its start tag. It is not sure when b is too short.
func holdsElements(b []byte) (holds, sure bool) {
	x := xmlText{b: b}
	name, kind := x.first()
	switch {
	case kind == noTag:
		return true, x.end != short
	case kind == rawTag, kind == endTag, isRecordTag(name, kind):
		return true, true
	case kind == emptyTag:
		return false, true
	}
	switch _, kind = x.first(); kind {
	case noTag:
		return true, x.end != short
	case startTag, emptyTag:
		return true, true
	}
	return false, true
}

// findRecord returns the position of the first start tag of a known record
// type. Without one it returns how many bytes hold none, whatever follows.
func findRecord(b []byte) (int, bool) {
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], '<')
		if next < 0 {
			return len(b), false
		}
		i += next
		x := xmlText{b: b[i:min(len(b), i+len("<rs>"))]}
		name := x.name(1)
		switch size := 1 + len(name); {
		case size == len(x.b) && size < len("<rs>"):
			return i, false
		case ParseType(name) != Other:
			return i, true
		}
	}
}
