package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// xmlScanner reads PowerMTA's XML, which is elements and text only: no
// attributes, comments, CDATA or DTD in any captured answer. That little needs
// no general parser: between two tags there is either nothing of interest or
// the value of a leaf.
//
// There are three ways to read on, each for what the one before it leaves
// where it stands:
//
//  1. whole takes what lies in the window from < to > and is written without
//     a blank: nearly everything, and a leaf in one go, since its end tag is
//     known beforehand and need be compared only;
//  2. single takes one tag, and reads on until it has it;
//  3. slowXML leaves the rest of the answer to encoding/xml.
//
// Whether an element is a leaf shows only at the tag that follows its start,
// so each start tag that is read alone is held back (pending) until then.
type xmlScanner struct {
	src  *source
	v    visitor
	path [][]byte // names of the open elements, outermost first
	// pending: the innermost open element was not reported yet.
	pending bool
	ended   bool // the outermost element is closed
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
	if err != nil {
		return err
	}
	return envelope.verdict()
}

// prolog passes over an XML declaration, and refuses at once what is plainly no
// XML.
func (s *xmlScanner) prolog() error {
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

// scan reports elements until the outermost is closed.
func (s *xmlScanner) scan() error {
	for !s.ended {
		done, err := s.whole()
		if !done && err == nil {
			err = s.single()
		}
		if err != nil {
			return err
		}
	}
	return s.epilog()
}

// epilog passes over what follows the outermost element: nothing, as a rule.
func (s *xmlScanner) epilog() error {
	err := s.src.onlyBlanks()
	if bytes.HasPrefix(s.src.window(), []byte("<")) {
		return errUnusual // a comment, perhaps
	}
	return err
}

// whole reads an end tag, a start tag or a leaf, each from its < to its >. It
// reports false, and did nothing, when the window has not all of it or it is
// not written as PowerMTA does.
func (s *xmlScanner) whole() (bool, error) {
	w, depth := s.src.window(), len(s.path)
	lt := bytes.IndexByte(w, '<')
	if lt < 0 || depth == 0 || depth == maxDepth {
		return false, nil
	}
	text, tag := w[:lt], w[lt+1:]
	if outer := s.path[depth-1]; isEndTag(tag, outer) && (s.pending || onlyBlank(text)) {
		s.src.skip(lt + len("</>") + len(outer))
		return true, s.end(outer, text)
	}
	name, rest, ok := startTag(tag)
	if !ok || !onlyBlank(text) {
		return false, nil
	}
	end := bytes.IndexByte(rest, '<')
	if end < 0 || !isEndTag(rest[end+1:], name) {
		s.src.skip(lt + len("<>") + len(name))
		return true, s.begin(name)
	}
	s.src.skip(lt + len("<></>") + 2*len(name) + end)
	s.openPending()
	return true, s.leaf(name, rest[:end])
}

// startTag returns the name in the start tag that b, which follows a <, begins
// with, and what comes after the tag.
func startTag(b []byte) (name, rest []byte, ok bool) {
	n := nameLength(b)
	if n == 0 || n == len(b) || b[n] != '>' {
		return nil, nil, false
	}
	return b[:n], b[n+1:], true
}

// isEndTag tells whether b, which follows a <, is the end tag of that name.
func isEndTag(b, name []byte) bool {
	n := len(name)
	return len(b) > n+1 && b[0] == '/' && b[n+1] == '>' && bytes.Equal(b[1:n+1], name)
}

// single reads one tag and the text before it, however they lie.
func (s *xmlScanner) single() error {
	text, tag, err := s.next()
	if err != nil {
		return err
	}
	if err := s.element(text, tag); err != nil {
		return err
	}
	s.skip(text, tag)
	return nil
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
	name, isEnd := bytes.CutPrefix(tag, []byte("/"))
	empty := !isEnd && bytes.HasSuffix(tag, []byte("/"))
	if empty {
		name = tag[:len(tag)-1]
	}
	name = bytes.TrimRight(name, " \t\r\n")
	isText := isEnd && s.pending
	if n := nameLength(name); n == 0 || n < len(name) || !isText && !onlyBlank(text) {
		return errUnusual
	}
	if isEnd {
		return s.end(name, text)
	}
	if err := s.begin(name); err != nil {
		return err
	}
	if empty {
		return s.end(name, nil)
	}
	return nil
}

// begin notes a start tag.
func (s *xmlScanner) begin(name []byte) error {
	depth := len(s.path)
	switch {
	case s.ended:
		return fmt.Errorf("%w: a second answer", errMalformed)
	case depth == 0 && string(name) != "rsp":
		return fmt.Errorf("%w: its outermost element is %.40q", errForeign, name)
	case depth >= maxDepth:
		return fmt.Errorf("%w: nested more than %d deep", errMalformed, maxDepth)
	}
	s.openPending()
	s.path = slices.Grow(s.path, 1)[:depth+1]
	s.path[depth] = append(s.path[depth][:0], name...) // in the memory of the last one there
	s.pending = true
	return nil
}

// openPending reports the element around a start tag, which is no leaf.
func (s *xmlScanner) openPending() {
	if s.pending {
		s.v.open(s.path[len(s.path)-1])
		s.pending = false
	}
}

// end reports a leaf with its escaped text, or the end of what is none.
func (s *xmlScanner) end(name, text []byte) error {
	depth := len(s.path)
	if depth == 0 || !bytes.Equal(name, s.path[depth-1]) {
		return fmt.Errorf("%w: unexpected end tag %.40q", errMalformed, name)
	}
	s.path = s.path[:depth-1]
	s.ended = depth == 1
	if !s.pending {
		s.v.close()
		return nil
	}
	s.pending = false
	return s.leaf(name, text)
}

func (s *xmlScanner) leaf(name, text []byte) error {
	value, err := s.unescape(text)
	if err == nil {
		s.v.leaf(name, value)
	}
	return err
}

// nameLength returns how long a name b begins with, if one of ASCII.
func nameLength(b []byte) int {
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return i
		}
	}
	return len(b)
}

func onlyBlank(text []byte) bool {
	for _, c := range text {
		if !isBlank(c) {
			return false
		}
	}
	return true
}
