package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// xmlScanner reads PowerMTA's XML, which is elements and text only: no
// attributes, comments, CDATA or DTD in any captured answer. That little needs
// no general parser: between two tags there is either nothing of interest or
// the value of a leaf.
//
// Whether an element is a leaf shows only at the tag that follows its start,
// so each start tag is held back (pending) until then. Whatever the scanner
// does not know is left, with the place where it stands, to encoding/xml: see
// slowXML.
type xmlScanner struct {
	src  *source
	v    visitor
	path [][]byte // names of the open elements, outermost first
	// pending: the innermost open element was not reported yet.
	pending bool
	scratch []byte
}

// errUnusual is the scanner's word for XML that encoding/xml must read.
var errUnusual = errors.New("unusual XML")

// decodeXML reads <rsp><data>…</data><succ/></rsp> to its last byte. An
// answer without succ says that the request failed (guide section 5.3).
func decodeXML(src *source, v visitor) error {
	envelope := &xmlEnvelope{page: v}
	s := &xmlScanner{src: src, v: envelope}
	err := s.prolog()
	if err == nil {
		err = s.scan()
	}
	if errors.Is(err, errUnusual) {
		err = slowXML(s)
	}
	if err == nil {
		err = s.src.onlyBlanks()
	}
	if err != nil {
		return err
	}
	return envelope.verdict()
}

// prolog passes over a byte order mark and an XML declaration, and refuses at
// once what is plainly no XML.
func (s *xmlScanner) prolog() error {
	s.need(3)
	if bytes.HasPrefix(s.src.window(), []byte("\xef\xbb\xbf")) {
		s.src.skip(3)
	}
	if err := s.blanks(); err != nil {
		return err
	}
	text, tag, err := s.next()
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(tag, []byte("?xml ")) {
		return nil
	}
	encoding := declaredEncoding(tag)
	s.skip(text, tag)
	return s.setEncoding(encoding)
}

// blanks passes over white space before the first tag.
func (s *xmlScanner) blanks() error {
	for {
		for i, c := range s.src.window() {
			if isBlank(c) {
				continue
			}
			s.src.skip(i)
			if c != '<' {
				return fmt.Errorf("%w: it does not begin with a tag", errForeign)
			}
			return nil
		}
		s.src.skip(len(s.src.window()))
		if err := s.src.more(); err != nil {
			return cut(err)
		}
	}
}

// need tries to have n bytes in the window; at the end there may be fewer.
func (s *xmlScanner) need(n int) {
	for len(s.src.window()) < n && s.src.more() == nil {
	}
}

// scan reports elements until the outermost is closed.
func (s *xmlScanner) scan() error {
	for {
		text, tag, err := s.next()
		if err != nil {
			return err
		}
		if err := s.element(text, tag); err != nil {
			return err
		}
		s.skip(text, tag)
		if len(s.path) == 0 {
			return nil
		}
	}
}

// next returns the text before the next tag and what is between its angle
// brackets. Both lie in the window and are not consumed: see skip.
func (s *xmlScanner) next() ([]byte, []byte, error) {
	for {
		w := s.src.window()
		if lt := bytes.IndexByte(w, '<'); lt >= 0 {
			if gt := bytes.IndexByte(w[lt:], '>'); gt > 0 {
				return w[:lt], w[lt+1 : lt+gt], nil
			}
		}
		if err := s.src.more(); err != nil {
			return nil, nil, cut(err)
		}
	}
}

func (s *xmlScanner) skip(text, tag []byte) { s.src.skip(len(text) + len(tag) + 2) }

// element handles one tag and the text before it.
func (s *xmlScanner) element(text, tag []byte) error {
	if len(tag) > 0 && tag[0] == '/' {
		return s.end(bytes.TrimRight(tag[1:], " \t\r\n"), text)
	}
	name, empty := bytes.CutSuffix(tag, []byte("/"))
	name = bytes.TrimRight(name, " \t\r\n")
	if !isPlainName(name) {
		return errUnusual
	}
	if err := s.begin(name); err != nil {
		return err
	}
	if empty {
		return s.end(name, nil)
	}
	return nil
}

// begin notes a start tag, and reports the one around it as no leaf.
func (s *xmlScanner) begin(name []byte) error {
	depth := len(s.path)
	switch {
	case depth == 0 && string(name) != "rsp":
		return fmt.Errorf("%w: its outermost element is %.40q", errForeign, name)
	case depth >= maxDepth:
		return fmt.Errorf("%w: nested more than %d deep", errMalformed, maxDepth)
	}
	if s.pending {
		s.v.open(s.path[depth-1])
	}
	s.path = slices.Grow(s.path, 1)[:depth+1]
	s.path[depth] = append(s.path[depth][:0], name...) // in the memory of the last one there
	s.pending = true
	return nil
}

// end reports a leaf with its escaped text, or the end of what is none.
func (s *xmlScanner) end(name, text []byte) error {
	depth := len(s.path)
	if depth == 0 || !bytes.Equal(name, s.path[depth-1]) {
		return fmt.Errorf("%w: unexpected end tag %.40q", errMalformed, name)
	}
	s.path = s.path[:depth-1]
	if !s.pending {
		s.v.close()
		return nil
	}
	s.pending = false
	value, err := s.unescape(text)
	if err != nil {
		return err
	}
	s.v.leaf(name, value)
	return nil
}

func isPlainName(name []byte) bool {
	for i, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return len(name) > 0
}

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
	return append(s.scratch, text...), nil
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

// xmlEnvelope takes rsp and data off the tree and reads the verdict.
type xmlEnvelope struct {
	page      visitor
	depth     int
	hidden    bool // the open element below rsp is not the page's
	succeeded bool
	message   string // text of the last leaf directly below rsp
}

func (e *xmlEnvelope) open(name []byte) {
	e.depth++
	if e.depth == 2 {
		e.hidden = string(name) == "data" || string(name) == "succ"
		e.succeeded = e.succeeded || string(name) == "succ"
	}
	if e.depth > 2 || e.depth == 2 && !e.hidden {
		e.page.open(name)
	}
}

func (e *xmlEnvelope) leaf(name, value []byte) {
	switch {
	case e.depth == 0 || e.depth == 1 && string(name) == "data": // empty
	case e.depth == 1 && string(name) == "succ":
		e.succeeded = true
	default:
		if e.depth == 1 {
			e.message = string(value[:min(len(value), 200)])
		}
		e.page.leaf(name, value)
	}
}

func (e *xmlEnvelope) close() {
	if e.depth > 2 || e.depth == 2 && !e.hidden {
		e.page.close()
	}
	e.depth--
}

func (e *xmlEnvelope) verdict() error {
	if e.succeeded {
		return nil
	}
	return failure(e.message)
}
