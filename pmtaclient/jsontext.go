package pmtaclient

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// key reads the name of a member. Names are short, so that it is faster to
// look at one byte after the other than to search for the quote.
func (s *jsonScanner) key() ([]byte, error) {
	for i, c := range s.src.window() {
		switch {
		case c == '"' && i > 0:
			key := s.src.window()[1:i]
			s.src.skip(i + 1)
			return key, nil
		case c == '\\', i > 32:
			return s.text()
		}
	}
	return s.text()
}

// text reads a string without its quotes. The slice lies in the window or in
// scratch and is valid until the next call of the scanner. A quote ends the
// string unless the backslashes before it are odd in number.
func (s *jsonScanner) text() ([]byte, error) {
	s.src.skip(1)
	seen := 0
	for {
		w := s.src.window()
		quote := bytes.IndexByte(w[seen:], '"')
		if quote < 0 {
			seen = len(w)
			if err := s.src.more(); err != nil {
				return nil, err
			}
			continue
		}
		text := w[:seen+quote]
		if bytes.HasSuffix(text, []byte(`\`)) && trailing(text)%2 == 1 {
			seen += quote + 1
			continue
		}
		s.src.skip(len(text) + 1)
		return s.unescape(text)
	}
}

// trailing counts the backslashes that b ends with.
func trailing(b []byte) int { return len(b) - len(bytes.TrimRight(b, `\`)) }

// unescape resolves backslashes, if there are any. A lone half of a surrogate pair becomes
// U+FFFD, as in encoding/json.
func (s *jsonScanner) unescape(b []byte) ([]byte, error) {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return b, nil
	}
	s.scratch = s.scratch[:0]
	for ; i >= 0; i = bytes.IndexByte(b, '\\') {
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
		c, ok := escapedByte(b[0])
		if !ok {
			return nil, fmt.Errorf("%w: bad escape in a string", errMalformed)
		}
		s.scratch = append(s.scratch, c)
		b = b[1:]
	}
	s.scratch = append(s.scratch, b...)
	return s.scratch, nil
}

// escapedByte returns what a backslash makes of the letter after it.
func escapedByte(c byte) (byte, bool) {
	switch c {
	case '"', '\\', '/':
		return c, true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
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
