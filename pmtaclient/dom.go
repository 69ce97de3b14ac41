package pmtaclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// domScanner reads the DOM style: a line for each leaf, path="value", where
// the path names the elements from the outermost one and a list adds [N]:
//
//	queue[0].event[1].text="skip of MX requested: "421 …" received from …"
//
// Values are not escaped, so a line is split at the first =" and loses one
// final quote; what is between may hold both. There is no envelope: the
// command line tool tells success by its exit code.
type domScanner struct {
	v     visitor
	path  [][]byte // steps of the open elements, with their [N]
	begun bool     // there was a line
}

// decodeDOM reads lines to the end of the input. No line at all is no answer:
// even an empty list has its title.
func decodeDOM(src *source, v visitor) error {
	s := &domScanner{v: v}
	for {
		line, err := nextLine(src)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) > 0 {
			if lineErr := s.line(line, err == nil); lineErr != nil {
				return lineErr
			}
		}
		if err != nil && !s.begun {
			return errCut
		}
		if err != nil {
			s.closeTo(0)
			return nil
		}
	}
}

// nextLine returns a line without its end; with io.EOF, what follows the
// last line's end.
func nextLine(src *source) ([]byte, error) {
	for {
		w := src.window()
		if n := bytes.IndexByte(w, '\n'); n >= 0 {
			src.skip(n + 1)
			return bytes.TrimSuffix(w[:n], []byte("\r")), nil
		}
		if err := src.more(); err != nil {
			w = src.window()
			src.skip(len(w))
			return w, err
		}
	}
}

// line reports one leaf. A line without a path is a leaf without a name, so
// that it is counted as unknown; only as the last one it says that the answer
// was cut.
func (s *domScanner) line(line []byte, terminated bool) error {
	s.begun = true
	path, value, ok := bytes.Cut(line, []byte(`="`))
	value, closed := bytes.CutSuffix(value, []byte(`"`))
	if !ok || !closed {
		if !terminated {
			return errCut
		}
		s.v.leaf(nil, line)
		return nil
	}
	steps := bytes.Split(path, []byte("."))
	last := len(steps) - 1
	if last >= maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", errMalformed, maxDepth)
	}
	s.moveTo(steps[:last])
	s.v.leaf(stepName(steps[last]), value)
	return nil
}

// moveTo closes and opens elements until exactly those of the path are open.
func (s *domScanner) moveTo(steps [][]byte) {
	same := 0
	for same < len(steps) && same < len(s.path) && bytes.Equal(steps[same], s.path[same]) {
		same++
	}
	s.closeTo(same)
	for _, step := range steps[same:] {
		s.v.open(stepName(step))
		s.path = append(s.path, bytes.Clone(step))
	}
}

func (s *domScanner) closeTo(depth int) {
	for len(s.path) > depth {
		s.v.close()
		s.path = s.path[:len(s.path)-1]
	}
}

// stepName takes the [N] off a step.
func stepName(step []byte) []byte {
	name, _, _ := bytes.Cut(step, []byte("["))
	return name
}
