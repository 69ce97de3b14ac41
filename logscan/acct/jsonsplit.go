package acct

import "bytes"

// JSON lines have an object for each record. It may go on over several lines,
// as long as no line ends within a string, and the next object may follow in
// the same line. Nothing else may: a line with anything beside objects is
// Malformed, and costs itself alone.
//
// An object that breaks off costs one record, too. The line end within a
// string, or the brace of the next object where a comma belongs, gives it away,
// and the reading goes on at the next line that begins with a brace.

// nextObject is Next for JSON lines.
func (s *Splitter) nextObject(b []byte, final bool) Piece {
	if s.place == atLine {
		switch begin := bytes.TrimLeft(b, " \t"); {
		case len(begin) > 0 && begin[0] == '{':
			s.place = atRecord
		case len(begin) == 0 && !final && len(b) <= s.Max:
			return Piece{}
		default:
			return s.skipLine(b)
		}
	}
	if n := countBlank(b); n > 0 {
		return Piece{Skipped, n, Blank}
	}
	if b[0] != '{' {
		return s.foreignLine(b, final)
	}
	size, end := scanObject(b)
	piece := s.judge(b, size, end, final)
	if piece.Kind == Malformed {
		return s.drop(b, piece.Reason)
	}
	return piece
}

// foreignLine gives up a line that does not begin with an object.
func (s *Splitter) foreignLine(b []byte, final bool) Piece {
	switch end := endOfLine(b, 0); {
	case end < len(b):
		return Piece{Malformed, end + 1, Syntax}
	case len(b) > s.Max:
		return s.drop(b, Oversize)
	case !final:
		return Piece{}
	}
	return Piece{Malformed, len(b), Syntax}
}

// scanObject returns the size of the record that b begins with, and how it
// ends.
func scanObject(b []byte) (int, outcome) {
	j := newJSONText(b)
	j.object(0)
	if j.end != whole {
		return 0, j.end
	}
	for j.at < j.line || j.extend() {
		if c := b[j.at]; c != ' ' && c != '\t' && c != '\r' {
			break
		}
		j.at++
	}
	switch {
	case j.at == len(b):
		return j.at, closed
	case b[j.at] == '\n':
		return j.at + 1, whole
	case b[j.at] == '{', b[j.at] == 0: // NULs behind a record do it no harm
		return j.at, whole
	}
	return 0, wrong
}

// nesting is how deep values may lie in one another. Nobody asks for them.
const nesting = 32

// object passes an object.
func (j *jsonText) object(depth int) {
	j.at++
	for first := true; j.another('}', first); first = false {
		j.key()
		j.value(depth)
	}
}

// array passes an array.
func (j *jsonText) array(depth int) {
	j.at++
	for first := true; j.another(']', first); first = false {
		j.value(depth)
	}
}

// value passes a value, and returns the text of a string without its quotes or
// that of a number or word. Of objects and arrays it returns nil.
func (j *jsonText) value(depth int) []byte {
	c := j.peek()
	switch {
	case c == '"':
		return j.text()
	case c != '{' && c != '[':
		return j.word()
	case depth == nesting:
		j.fail()
	case c == '{':
		j.object(depth + 1)
	default:
		j.array(depth + 1)
	}
	return nil
}
