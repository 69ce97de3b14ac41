package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Format is one of the renderings in which PowerMTA gives its documents.
type Format string

// The formats. XML exists in every version; JSON is documented for 5.0; DOM
// is printed by the command line tool only.
const (
	XML  Format = "xml"
	JSON Format = "json"
	DOM  Format = "dom"
)

// A visitor receives one answer as a tree. PowerMTA renders the same tree in
// three ways (guide section 6.2), so the decoders end here and everything that
// knows what a queue is begins here:
//
//	<queue><rcp>7</rcp></queue>   {"queues":[{"rcp":7}]}   queue[0].rcp="7"
//	open queue, leaf rcp 7, close
//
// A list is a run of siblings of one name; JSON names them in the plural. The
// envelope (rsp and data, or data, status and message) is taken off by the
// decoder. The slices are valid only during the call.
type visitor interface {
	open(name []byte)
	leaf(name, value []byte)
	close()
}

// maxDepth bounds the nesting of an answer. The deepest known leaf,
// status.traffic.perf.lastMin.in.count in its envelope, lies at 8.
const maxDepth = 64

// Errors of the decoders, wrapped with where it happened.
var (
	errCut       = errors.New("the answer ends early")
	errMalformed = errors.New("the answer is not well formed")
	errForeign   = errors.New("the answer is not PowerMTA's")
	errFailed    = errors.New("PowerMTA says that the request failed")
)

// A finisher is a visitor that has something left to do when the whole answer
// was read.
type finisher interface{ finish() }

// decode feeds a whole answer to v. What v was given may be used only when the
// error is nil: the tree of a cut answer is plausible and wrong.
func decode(src *source, format Format, v visitor) error {
	err := src.skipMark()
	if err != nil {
		return err
	}
	switch format {
	case XML:
		err = decodeXML(src, v)
	case JSON:
		err = decodeJSON(src, v)
	case DOM:
		err = decodeDOM(src, v)
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	if f, ok := v.(finisher); ok && err == nil {
		f.finish()
	}
	return err
}

// failure is the error for an envelope that says that the request failed.
func failure(message string) error {
	if message == "" {
		message = "no reason given"
	}
	return fmt.Errorf("%w: %.200q", errFailed, message)
}

// source is a reader with a window over its newest bytes: the decoders look
// at tokens where they lie, and copy only what outlives them.
type source struct {
	r          io.Reader
	buf        []byte
	start, end int // the window: bytes read but not yet consumed
	err        error
	bytesRead  int64
	head       []byte // the first bytes, to tell what a foreign answer is
}

// headBytes is how much of an answer is kept as head.
const headBytes = 64

// maxToken bounds the window and so the longest tag, text or line.
const maxToken = 1 << 20

func newSource(r io.Reader) *source {
	return &source{r: r, buf: make([]byte, 64<<10)}
}

// skipMark passes over a byte order mark at the start.
func (s *source) skipMark() error {
	const mark = "\xef\xbb\xbf"
	for len(s.window()) < len(mark) && strings.HasPrefix(mark, string(s.window())) {
		if err := s.more(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if bytes.HasPrefix(s.window(), []byte(mark)) {
		s.skip(len(mark))
	}
	return nil
}

// window returns what was read and not consumed.
func (s *source) window() []byte { return s.buf[s.start:s.end] }

// first returns the first byte of the window, if there is one.
func (s *source) first() (byte, bool) {
	if s.start < s.end {
		return s.buf[s.start], true
	}
	return 0, false
}

// skip consumes n bytes of the window.
func (s *source) skip(n int) { s.start += n }

// more reads on. The window keeps its bytes but may move, so slices of it
// must be taken anew. It returns io.EOF, or why reading stopped.
func (s *source) more() error {
	if s.err != nil {
		return s.err
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.window())
		s.start = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxToken {
			return fmt.Errorf("%w: a value of over %d bytes", errMalformed, maxToken)
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	if missing := headBytes - len(s.head); missing > 0 {
		s.head = append(s.head, s.buf[s.end:s.end+min(n, missing)]...)
	}
	s.end += n
	s.bytesRead += int64(n)
	if err != nil {
		s.err = err
	}
	if n > 0 {
		return nil
	}
	return err
}

// Read hands on the window and what follows, for decoders of the library.
func (s *source) Read(p []byte) (int, error) {
	if len(s.window()) == 0 {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.window())
	s.skip(n)
	return n, nil
}

// cut turns the end of the input within a document into an error.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

// onlyBlanks reads to the end and fails at anything but white space, with
// that at the begin of the window.
func (s *source) onlyBlanks() error {
	for {
		for i, c := range s.window() {
			if !isBlank(c) {
				s.skip(i)
				return fmt.Errorf("%w: bytes after its end", errMalformed)
			}
		}
		s.skip(len(s.window()))
		if err := s.more(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
