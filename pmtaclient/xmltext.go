package pmtaclient

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// unescape resolves character and the five predefined entity references.
func (s *xmlScanner) unescape(text []byte) ([]byte, error) {
	amp := bytes.IndexByte(text, '&')
	if amp < 0 {
		return text, nil
	}
	s.scratch = s.scratch[:0]
	for ; amp >= 0; amp = bytes.IndexByte(text, '&') {
		s.scratch = append(s.scratch, text[:amp]...)
		semicolon := bytes.IndexByte(text[amp:], ';')
		r, ok := rune(0), false
		if semicolon > 0 {
			r, ok = entity(text[amp+1 : amp+semicolon])
		}
		if !ok {
			return nil, fmt.Errorf("%w: unknown entity", errMalformed)
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
		text = text[amp+semicolon+1:]
	}
	s.scratch = append(s.scratch, text...)
	return s.scratch, nil
}

func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := bytes.CutPrefix(name, []byte("#"))
	if !ok {
		return 0, false
	}
	base := 10
	if hex, isHex := bytes.CutPrefix(digits, []byte("x")); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	return rune(n), err == nil && n > 0 && n <= utf8.MaxRune
}
