package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner reads JSON and reports its members as a tree: an object is an
// element, a list a run of elements of one name, null is nothing. It is strict
// in grammar, but lets control characters stand in strings, since PowerMTA
// quotes what strangers wrote. It keeps no more than the names of the open
// members.
type jsonScanner struct {
	src     *source
	v       visitor
	depth   int
	names   []byte // of the open members, end to end
	scratch []byte
}

// decodeJSON reads {"data":{…},"status":"success","message":""} to its last
// byte (guide section 5.3).
func decodeJSON(src *source, v visitor) error {
	envelope := &jsonEnvelope{page: v}
	s := &jsonScanner{src: src, v: envelope}
	c, err := s.peek()
	switch {
	case errors.Is(err, io.EOF):
		return errCut
	case err != nil:
		return err
	case c != '{':
		return fmt.Errorf("%w: it begins with %.1q", errForeign, []byte{c})
	}
	if err := s.members(); err != nil {
		return cut(err)
	}
	if err := src.onlyBlanks(); err != nil {
		return err
	}
	return envelope.verdict()
}

// peek returns the next byte that is not white space, without consuming it.
func (s *jsonScanner) peek() (byte, error) {
	for {
		for i, c := range s.src.window() {
			if !isBlank(c) {
				s.src.skip(i)
				return c, nil
			}
		}
		s.src.skip(len(s.src.window()))
		if err := s.src.more(); err != nil {
			return 0, err
		}
	}
}

// expect consumes one given byte.
func (s *jsonScanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return fmt.Errorf("%w: %.1q where %q belongs", errMalformed, []byte{c}, want)
	}
	s.src.skip(1)
	return nil
}

// members reads an object from { to }.
func (s *jsonScanner) members() error {
	return s.sequence('{', '}', func() error {
		if c, err := s.peek(); err != nil || c != '"' {
			return s.expect('"')
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		outer := len(s.names)
		s.names = append(s.names, key...)
		defer func() { s.names = s.names[:outer] }()
		if err := s.expect(':'); err != nil {
			return err
		}
		return s.value(s.names[outer:])
	})
}

// sequence reads items between brackets, with commas in between.
func (s *jsonScanner) sequence(first, last byte, item func() error) error {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", errMalformed, maxDepth)
	}
	if err := s.expect(first); err != nil {
		return err
	}
	if c, err := s.peek(); err != nil || c == last {
		s.src.skip(min(1, len(s.src.window())))
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		c, err := s.peek()
		if err != nil {
			return err
		}
		if c == last {
			s.src.skip(1)
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// value reads one value and reports it under its name.
func (s *jsonScanner) value(name []byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		s.v.open(name)
		if err := s.members(); err != nil {
			return err
		}
		s.v.close()
		return nil
	case '[':
		return s.sequence('[', ']', func() error { return s.value(name) })
	case '"':
		text, err := s.text()
		if err != nil {
			return err
		}
		s.v.leaf(name, text)
		return nil
	}
	return s.word(name)
}

// word reads a number, true, false or null.
func (s *jsonScanner) word(name []byte) error {
	n := 0
	for {
		w := s.src.window()
		for n < len(w) && !isBlank(w[n]) && w[n] != ',' && w[n] != '}' && w[n] != ']' {
			n++
		}
		if n < len(w) {
			break
		}
		if err := s.src.more(); err != nil {
			return err
		}
	}
	word := s.src.window()[:n]
	switch {
	case string(word) == "null":
	case string(word) == "true", string(word) == "false", isJSONNumber(word):
		s.v.leaf(name, word)
	default:
		return fmt.Errorf("%w: no value: %.40q", errMalformed, word)
	}
	s.src.skip(n)
	return nil
}

// isJSONNumber checks the grammar of RFC 8259 section 6.
func isJSONNumber(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	whole := countDigits(b)
	if whole == 0 || whole > 1 && b[0] == '0' {
		return false
	}
	b = b[whole:]
	if fraction, ok := bytes.CutPrefix(b, []byte(".")); ok {
		n := countDigits(fraction)
		if n == 0 {
			return false
		}
		b = fraction[n:]
	}
	if len(b) == 0 {
		return true
	}
	if b[0] != 'e' && b[0] != 'E' {
		return false
	}
	exponent := bytes.TrimPrefix(b[1:], []byte("-"))
	if len(exponent) == len(b)-1 {
		exponent = bytes.TrimPrefix(exponent, []byte("+"))
	}
	return len(exponent) > 0 && countDigits(exponent) == len(exponent)
}

func countDigits(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// text reads a string without its quotes. The slice lies in the window or in
// scratch and is valid until the next call of the scanner.
func (s *jsonScanner) text() ([]byte, error) {
	s.src.skip(1)
	n, escaped := 0, false
	for {
		w := s.src.window()
		for ; n < len(w); n++ {
			switch w[n] {
			case '"':
				s.src.skip(n + 1)
				if escaped {
					return s.unescape(w[:n])
				}
				return w[:n], nil
			case '\\':
				escaped = true
				n++ // whatever follows, it does not end the string
			}
		}
		if err := s.src.more(); err != nil {
			return nil, err
		}
	}
}

// unescape resolves backslashes. A lone half of a surrogate pair becomes
// U+FFFD, as in encoding/json.
func (s *jsonScanner) unescape(b []byte) ([]byte, error) {
	s.scratch = s.scratch[:0]
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			break
		}
		s.scratch = append(s.scratch, b[:i]...)
		b = b[i+1:]
		if len(b) > 0 && b[0] == 'u' {
			r, n := escapedRune(b)
			if n == 0 {
				return nil, fmt.Errorf("%w: bad \\u escape", errMalformed)
			}
			s.scratch = utf8.AppendRune(s.scratch, r)
			b = b[n:]
			continue
		}
		plain := bytes.IndexByte([]byte(`"\/bfnrt`), b[0])
		if plain < 0 {
			return nil, fmt.Errorf("%w: bad escape in a string", errMalformed)
		}
		s.scratch = append(s.scratch, "\"\\/\b\f\n\r\t"[plain])
		b = b[1:]
	}
	s.scratch = append(s.scratch, b...)
	return s.scratch, nil
}

// escapedRune reads uXXXX, or uXXXX\uXXXX for a surrogate pair, and returns
// how many bytes it took; 0 when it is not of that form.
func escapedRune(b []byte) (rune, int) {
	first, ok := hexRune(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 5
	}
	if len(b) > 5 && b[5] == '\\' {
		if second, ok := hexRune(b[6:]); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, 11
			}
		}
	}
	return utf8.RuneError, 5
}

func hexRune(b []byte) (rune, bool) {
	if len(b) < 5 || b[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[1:5]), 16, 32)
	return rune(n), err == nil
}

// jsonEnvelope takes data off the tree and reads the verdict. Beware of three
// things called status: the verdict (a string), the document (an object, in
// data or beside it) and the document's own word.
type jsonEnvelope struct {
	page            visitor
	depth           int
	hidden          bool
	status, message string
}

func (e *jsonEnvelope) open(name []byte) {
	e.depth++
	if e.depth == 1 {
		e.hidden = string(name) == "data"
	}
	if e.depth > 1 || !e.hidden {
		e.page.open(name)
	}
}

func (e *jsonEnvelope) leaf(name, value []byte) {
	switch {
	case e.depth == 0 && string(name) == "status":
		e.status = string(value[:min(len(value), 200)])
	case e.depth == 0 && string(name) == "message":
		e.message = string(value[:min(len(value), 200)])
	default:
		e.page.leaf(name, value)
	}
}

func (e *jsonEnvelope) close() {
	if e.depth > 1 || !e.hidden {
		e.page.close()
	}
	e.depth--
}

func (e *jsonEnvelope) verdict() error {
	if e.status == "success" {
		return nil
	}
	return failure(e.message)
}
