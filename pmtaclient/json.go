package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
	if err := s.object(); err != nil {
		return cut(err)
	}
	if err := src.onlyBlanks(); err != nil {
		return err
	}
	return envelope.verdict()
}

// peek returns the next byte that is not white space, without consuming it.
func (s *jsonScanner) peek() (byte, error) {
	if c, ok := s.src.first(); ok && c > ' ' {
		return c, nil
	}
	return s.peekFar()
}

// peekFar is peek where there is white space or an end of the window.
func (s *jsonScanner) peekFar() (byte, error) {
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

// object reads an object from { to }.
func (s *jsonScanner) object() error {
	more, err := s.begin('}')
	for more && err == nil {
		if err = s.member(); err == nil {
			more, err = s.another('}')
		}
	}
	return err
}

// list reads a list from [ to ], as so many values of one name.
func (s *jsonScanner) list(name []byte) error {
	more, err := s.begin(']')
	for more && err == nil {
		if err = s.value(name); err == nil {
			more, err = s.another(']')
		}
	}
	return err
}

// begin consumes an opening bracket and, if nothing is between them, also the
// closing one. It reports whether there is an item to read.
func (s *jsonScanner) begin(closing byte) (bool, error) {
	s.src.skip(1)
	if s.depth++; s.depth > maxDepth {
		return false, fmt.Errorf("%w: nested more than %d deep", errMalformed, maxDepth)
	}
	c, err := s.peek()
	if err == nil && c == closing {
		s.depth--
		s.src.skip(1)
		return false, nil
	}
	return true, err
}

// another consumes what follows an item, a comma or the closing bracket. It
// reports whether there is one more to read.
func (s *jsonScanner) another(closing byte) (bool, error) {
	c, err := s.peek()
	switch {
	case err == nil && c == closing:
		s.depth--
		s.src.skip(1)
		return false, nil
	case err == nil && c == ',':
		s.src.skip(1)
		return true, nil
	}
	return true, s.expect(',')
}

// member reads a name and its value.
func (s *jsonScanner) member() error {
	if c, err := s.peek(); err != nil || c != '"' {
		return s.expect('"')
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	outer := len(s.names)
	s.names = append(s.names, key...)
	if err := s.expect(':'); err != nil {
		return err
	}
	err = s.value(s.names[outer:])
	s.names = s.names[:outer]
	return err
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
		if err := s.object(); err != nil {
			return err
		}
		s.v.close()
		return nil
	case '[':
		return s.list(name)
	case '"':
		text, err := s.text()
		if err == nil {
			s.v.leaf(name, text)
		}
		return err
	}
	return s.word(name)
}

// word reads a number, true, false or null.
func (s *jsonScanner) word(name []byte) error {
	n := 0
	for {
		w := s.src.window()
		if n += wordLength(w[n:]); n < len(w) {
			s.src.skip(n)
			return s.wordLeaf(name, w[:n])
		}
		if err := s.src.more(); err != nil {
			return err
		}
	}
}

// wordLength returns how much of b comes before what can follow a word.
func wordLength(b []byte) int {
	for i, c := range b {
		if isBlank(c) || c == ',' || c == '}' || c == ']' {
			return i
		}
	}
	return len(b)
}

func (s *jsonScanner) wordLeaf(name, word []byte) error {
	switch {
	case string(word) == "null":
	case string(word) == "true", string(word) == "false", isJSONNumber(word):
		s.v.leaf(name, word)
	default:
		return fmt.Errorf("%w: no value: %.40q", errMalformed, word)
	}
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
