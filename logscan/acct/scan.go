package acct

import "bytes"

// ending says how far scanRecord came.
type ending uint8

const (
	endLine   ending = iota // the record ends with a line end
	endNone                 // the bytes end within the record
	endQuoted               // the bytes end within a quoted field
	endBad                  // a quote stands where none may be
)

// scanRecord returns the size of the record that b begins with, line end
// included, or the size of b when the record does not end in it.
//
// It leaps from quote to quote with bytes.IndexByte, which reads many bytes at
// once: most records have two quotes.
func scanRecord(b []byte) (int, ending) {
	end := lineEnd(b, 0)
	for i := 0; ; {
		quote := bytes.IndexByte(b[i:end], '"')
		if quote < 0 {
			break
		}
		i += quote + 1
		if i > 1 && b[i-2] != ',' {
			continue // within a field a quote is a character
		}
		var closed bool
		i, closed = closeQuote(b, i)
		switch {
		case !closed && i < len(b):
			return len(b), endBad
		case !closed:
			return len(b), endQuoted
		case i > end:
			end = lineEnd(b, i)
		}
	}
	if end == len(b) {
		return end, endNone
	}
	return end + 1, endLine
}

// closeQuote returns the position behind the closing quote of the field whose
// text begins at i. When there is none it is false, and the position is that of
// the byte that may not follow a quote, or the end.
func closeQuote(b []byte, i int) (int, bool) {
	for {
		quote := bytes.IndexByte(b[i:], '"')
		if quote < 0 {
			return len(b), false
		}
		i += quote + 1
		if i == len(b) {
			return i, true // doubled or closing: the next bytes will tell
		}
		switch b[i] {
		case '"':
			i++
		case ',', '\r', '\n':
			return i, true
		default:
			return i, false
		}
	}
}

// lineEnd returns the position of the first line feed from i on, or of the end.
func lineEnd(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(b)
}

// isTorn reports whether the first NULs of a record stand between two records,
// or at the end of a file. In a quoted field they are text of a remote server,
// whatever follows them.
func isTorn(record []byte) bool {
	nul := bytes.IndexByte(record, 0)
	if nul < 0 {
		return false
	}
	behind := record[nul+countNUL(record[nul:]):]
	if found, _ := startsRecord(behind); !found && len(behind) > 0 {
		return false
	}
	_, end := scanRecord(record[:nul])
	return end == endNone
}

// overlong tells a record that is too long from one that only seems so, because
// a stray quote hides its end.
func overlong(b []byte, end ending) Reason {
	if end == endQuoted && bytes.IndexByte(b, '\n') >= 0 {
		return Quote
	}
	return Oversize
}

// startsRecord reports whether b begins with the code of a record type, or the
// name of the first column, in quotes or not, and a comma. It is not sure when b
// is too short.
func startsRecord(b []byte) (bool, bool) {
	const longest = len(`"type",`)
	word := b[:min(len(b), longest)]
	comma := bytes.IndexByte(word, ',')
	if comma < 0 {
		return false, len(word) == longest || bytes.IndexByte(word, '\n') >= 0
	}
	word = unquote(word[:comma])
	return ParseType(word) != Other || isTypeWord(word), true
}

// blankLine returns the size of an empty line at the start of b, else 0.
func blankLine(b []byte, final bool) int {
	switch {
	case b[0] == '\n':
		return 1
	case b[0] == '\r' && len(b) > 1 && b[1] == '\n':
		return 2
	case b[0] == '\r' && len(b) == 1 && final:
		return 1
	}
	return 0
}

func countNUL(b []byte) int {
	return len(b) - len(bytes.TrimLeft(b, "\x00"))
}
