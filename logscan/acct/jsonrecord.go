package acct

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON reads one object. Its members are columns: names are known in any
// case, the first of equal ones counts, null is an empty field, and what is an
// object or array is not there.
func (r *Record) parseJSON(object []byte) {
	var kind []byte
	j := newJSONText(bytes.TrimPrefix(object, []byte("{")))
	for i := 0; j.another('}', i == 0); i++ {
		name := r.unescape(j.key())
		raw := j.value(0)
		if j.end != whole || raw == nil {
			continue
		}
		switch field := r.names.field(i, name); {
		case field == typeColumn && kind == nil:
			kind = r.unescape(raw)
		case field < ignored && r.fields[field] == nil:
			r.fields[field] = r.unescape(raw)
		}
	}
	r.Type = ParseType(kind)
}

// unescape resolves the backslashes of a string, if it has any. What a
// backslash cannot stand before stays as it is, and a lone half of a surrogate
// pair becomes U+FFFD, as in encoding/json.
func (r *Record) unescape(text []byte) []byte {
	next := bytes.IndexByte(text, '\\')
	if next < 0 {
		return text
	}
	start := len(r.scratch)
	for ; next >= 0; next = bytes.IndexByte(text, '\\') {
		char, size := escaped(text[next:])
		r.scratch = append(r.scratch, text[:next]...)
		r.scratch = utf8.AppendRune(r.scratch, char)
		text = text[next+size:]
	}
	r.scratch = append(r.scratch, text...)
	return r.scratch[start:]
}

// escaped returns the character that the escape at the start of b stands for,
// and its size.
func escaped(b []byte) (rune, int) {
	if len(b) < 2 {
		return '\\', 1
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return escapedUnit(b)
	}
	return '\\', 1
}

// escapedUnit returns the character of \uXXXX, or of two of them that are a
// surrogate pair.
func escapedUnit(b []byte) (rune, int) {
	const size = len(`\uXXXX`)
	first, ok := hexUnit(b)
	if !ok {
		return '\\', 1
	}
	if !utf16.IsSurrogate(first) {
		return first, size
	}
	if second, ok := hexUnit(b[size:]); ok {
		if char := utf16.DecodeRune(first, second); char != utf8.RuneError {
			return char, 2 * size
		}
	}
	return utf8.RuneError, size
}

// hexUnit reads \uXXXX.
func hexUnit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
