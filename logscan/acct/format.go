package acct

import "bytes"

// Format is how a file writes its records. Its first bytes decide, once for the
// whole file: a brace begins JSON lines, an angle bracket XML, and all else is
// CSV. A byte order mark, NULs and white space may precede them.
type Format uint8

// The formats. The numbers are part of SplitterState.
const (
	Undecided Format = iota // only blanks so far
	CSV                     // a header line, and a row for each record
	JSON                    // an object for each record
	XML                     // an element for each record
)

// String returns the format in words.
func (f Format) String() string {
	switch f {
	case CSV:
		return "CSV"
	case JSON:
		return "JSON lines"
	case XML:
		return "XML records"
	}
	return "undecided"
}

// Format returns the format of the file. With the first record or header line,
// it is decided.
func (s *Splitter) Format() Format {
	if s.headed {
		return CSV
	}
	return s.format
}

// Resume goes on with the first line, or element, that looks like a record.
func (s *Splitter) Resume() { s.place = atLine }

// nextOf does the work of Next in files that are not known to be CSV.
func (s *Splitter) nextOf(b []byte, final bool) Piece {
	switch {
	case s.place != atRecord && s.format == XML:
		return s.seekElement(b, final)
	case s.place == inLine:
		return s.skipLine(b)
	}
	if n := countNUL(b); n > 0 {
		return Piece{Skipped, n, NUL}
	}
	view := b[:min(len(b), s.Max+1)]
	final = final && len(view) == len(b)
	switch s.format {
	case JSON:
		return s.nextObject(view, final)
	case XML:
		return s.nextElement(view, final)
	}
	return s.decide(view, final)
}

// decide passes what precedes the first record, and finds the format.
func (s *Splitter) decide(b []byte, final bool) Piece {
	if n := countBlank(b); n > 0 {
		return Piece{Skipped, n, Blank}
	}
	mark := len(b) - len(bytes.TrimPrefix(b, []byte(byteOrderMark)))
	mark += countBlank(b[mark:])
	switch first := b[mark:]; {
	case len(first) > 0 && first[0] == '{':
		s.format = JSON
	case len(first) > 0 && first[0] == '<':
		s.format = XML
	case (len(first) == 0 || isMarkBegun(b)) && !final && len(b) <= s.Max:
		return Piece{}
	default:
		s.format = CSV
	}
	if mark > 0 {
		return Piece{Skipped, mark, Blank}
	}
	return s.Next(b, final)
}

const byteOrderMark = "\ufeff"

// isMarkBegun reports whether b is the beginning of a byte order mark.
func isMarkBegun(b []byte) bool {
	return len(b) < len(byteOrderMark) && bytes.HasPrefix([]byte(byteOrderMark), b)
}

// countBlank counts the white space that b begins with, as JSON and XML know it.
func countBlank(b []byte) int { return len(b) - len(bytes.TrimLeft(b, " \t\r\n")) }

// outcome says how the scan of an object or element ended.
type outcome uint8

const (
	whole  outcome = iota // a record, with its line end or up to where the next begins
	closed                // a record, and the bytes end where its line may go on
	short                 // the bytes end within the record
	wrong                 // what stands there may not stand there
	torn                  // a NUL stands there
)

// judge says what becomes of the record that b begins with, after a scan found
// so many bytes of it.
func (s *Splitter) judge(b []byte, size int, end outcome, final bool) Piece {
	switch {
	case end == wrong:
		return Piece{Malformed, 0, Syntax}
	case end == torn:
		return Piece{Malformed, 0, Torn}
	case end == whole && size <= s.Max:
		return Piece{Kind: Complete, Size: size}
	case len(b) > s.Max:
		return Piece{Malformed, 0, Oversize}
	case !final:
		return Piece{}
	case end == closed:
		return Piece{Kind: Complete, Size: len(b)}
	}
	return Piece{Malformed, 0, Syntax}
}
