package acct

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// parseXML reads one element. Its children are columns: names are known in any
// case, the first of equal ones counts, and elements within them are not read.
func (r *Record) parseXML(element []byte) {
	x := xmlText{b: element}
	kind, _ := x.tag()
	r.Type = ParseType(kind)
	for i := 0; ; i++ {
		name, content, ok := x.column(kind)
		if !ok {
			return
		}
		if field := r.names.field(i, name); field < ignored && r.fields[field] == nil {
			r.fields[field] = r.textOf(content)
		}
	}
}

// textOf returns the text that stands in an element.
func (r *Record) textOf(content []byte) []byte {
	if isPlain(content) {
		return content
	}
	start := len(r.scratch)
	r.scratch = appendContent(r.scratch, content)
	if len(r.scratch) == start {
		return content[:0] // empty, and not nil
	}
	return r.scratch[start:]
}

// isPlain reports whether text stands for itself.
func isPlain(text []byte) bool {
	return bytes.IndexByte(text, '&') < 0 && bytes.IndexByte(text, '<') < 0 && bytes.IndexByte(text, '\r') < 0
}

// appendContent adds the text of an element, without that of elements in it.
func appendContent(to, content []byte) []byte {
	x := xmlText{b: content}
	for depth := 0; ; {
		if text := x.text(); depth == 0 {
			to = appendText(to, text)
		}
		switch raw, kind := x.tag(); {
		case kind == noTag:
			return to
		case kind == startTag:
			depth++
		case kind == endTag:
			depth--
		case kind == rawTag && depth == 0:
			to = appendLines(to, raw)
		}
	}
}

// appendText adds text in which references are resolved.
func appendText(to, text []byte) []byte {
	for {
		next := bytes.IndexByte(text, '&')
		if next < 0 {
			return appendLines(to, text)
		}
		char, size := reference(text[next:])
		to = utf8.AppendRune(appendLines(to, text[:next]), char)
		text = text[next+size:]
	}
}

// appendLines adds text in which each line end is a line feed, as XML has it.
func appendLines(to, text []byte) []byte {
	for {
		next := bytes.IndexByte(text, '\r')
		if next < 0 {
			return append(to, text...)
		}
		to = append(append(to, text[:next]...), '\n')
		text = bytes.TrimPrefix(text[next+1:], []byte("\n"))
	}
}

// reference returns the character that the reference at the start of b stands
// for, and its size. What is none is an ampersand.
func reference(b []byte) (rune, int) {
	end := 1
	for end < len(b) && (b[end] == '#' || isWord(b[end])) {
		end++
	}
	if end < len(b) && b[end] == ';' {
		if char, ok := charOf(b[1:end]); ok {
			return char, end + 1
		}
	}
	return '&', 1
}

// charOf returns the character of a name, #NN or #xHH.
func charOf(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}
