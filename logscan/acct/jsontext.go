package acct

import "bytes"

// jsonText walks through JSON in memory. It is strict about what stands where,
// because that is how broken objects show, and does not care what is in strings
// and words. Once end is not whole, it stays where it is.
type jsonText struct {
	b    []byte
	at   int
	line int // no line feed or NUL is before it: it is one, the end of b, or as far as was looked
	end  outcome
}

// ahead is how far extend looks. Most lines are shorter, and where many objects
// stand in one line, none has to look at all of it.
const ahead = 4 << 10

func newJSONText(b []byte) jsonText {
	return jsonText{b: b, line: endOfLine(b[:min(len(b), ahead)], 0)}
}

// extend moves line on, and is false when the line ends there.
func (j *jsonText) extend() bool {
	if j.line == len(j.b) || j.b[j.line] == '\n' || j.b[j.line] == 0 {
		return false
	}
	j.line = endOfLine(j.b[:min(len(j.b), j.line+ahead)], j.line)
	return true
}

// endOfLine returns the position of the first line feed or NUL from i on, or of
// the end.
func endOfLine(b []byte, i int) int {
	end := lineEnd(b, i)
	if nul := bytes.IndexByte(b[i:end], 0); nul >= 0 {
		return i + nul
	}
	return end
}

// peek passes white space, and returns the byte behind it without passing that;
// 0 when there is none.
func (j *jsonText) peek() byte {
	for j.end == whole {
		if j.at == j.line {
			j.nextLine()
			continue
		}
		switch c := j.b[j.at]; c {
		case ' ', '\t', '\r':
			j.at++
		default:
			return c
		}
	}
	return 0
}

// nextLine goes on behind line.
func (j *jsonText) nextLine() {
	switch {
	case j.extend():
	case j.line == len(j.b):
		j.end = short
	case j.b[j.line] == 0:
		j.end = torn
	default:
		j.at = j.line + 1
		j.line = j.at
		j.extend()
	}
}

// fail notes that something wrong stands here.
func (j *jsonText) fail() {
	if j.end == whole {
		j.end = wrong
	}
}

// another reports whether an item follows in an object or array, and passes the
// comma before it or the closing bracket.
func (j *jsonText) another(closing byte, first bool) bool {
	switch c := j.peek(); {
	case c == closing:
		j.at++
		return false
	case c == ',' && !first:
		j.at++
	case !first || c == 0:
		j.fail()
	}
	return j.end == whole
}

// key passes a name and the colon behind it.
func (j *jsonText) key() []byte {
	if j.peek() != '"' {
		j.fail()
		return nil
	}
	name := j.text()
	if j.peek() != ':' {
		j.fail()
		return nil
	}
	j.at++
	return name
}

// text passes a string, and returns it without its quotes.
func (j *jsonText) text() []byte {
	start := j.at + 1
	for i := start; ; {
		quote := bytes.IndexByte(j.b[i:j.line], '"')
		switch {
		case quote >= 0 && !isEscaped(j.b[start:i+quote]):
			j.at = i + quote + 1
			return j.b[start : i+quote]
		case quote >= 0:
			i += quote + 1
			continue
		}
		i = j.line
		switch {
		case j.extend():
		case i < len(j.b) && j.b[i] == '\n':
			j.fail()
			return nil
		default:
			j.nextLine()
			return nil
		}
	}
}

// isEscaped reports whether what follows text is escaped: the backslashes before
// it are odd in number.
func isEscaped(text []byte) bool {
	last := len(text) - 1
	return last >= 0 && text[last] == '\\' && (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// word passes a number, true, false, or what else is made of such bytes. null is
// empty.
func (j *jsonText) word() []byte {
	start := j.at
	for (j.at < j.line || j.extend()) && isWord(j.b[j.at]) {
		j.at++
	}
	switch {
	case j.at == len(j.b) && j.end == whole:
		j.end = short
	case j.at == start:
		j.fail()
	}
	if word := j.b[start:j.at]; string(word) != "null" {
		return word
	}
	return j.b[start:start]
}

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.'
}
