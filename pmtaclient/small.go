package pmtaclient

import (
	"bytes"
	"fmt"
	"io"
)

// maxSmall bounds the answers that are a few lines.
const maxSmall = 64 << 10

// textVisitor is a visitor that also takes lines of text, for answers whose
// form in XML and JSON was never published: PowerMTA may print text whatever
// it is asked for, or wrap it as data of the envelope.
type textVisitor interface {
	visitor
	// text reads the answer as it is printed for people. It fails with
	// errForeign when nothing in it is known.
	text(answer []byte) error
}

// decodeAllSmall is decodeSmall for an answer that somebody else asked for.
func decodeAllSmall(r io.Reader, asked Format, v textVisitor, a *Answer) error {
	src := newSource(r)
	err := decodeSmall(src, asked, v)
	a.Bytes = src.bytesRead
	return err
}

// decodeSmall reads a short answer in whichever form it came: its first byte
// tells.
func decodeSmall(src *source, asked Format, v textVisitor) error {
	if err := src.skipMark(); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(src, maxSmall+1))
	switch {
	case err != nil:
		return err
	case len(answer) > maxSmall:
		return fmt.Errorf("%w: over %d bytes where a few lines belong", errForeign, maxSmall)
	}
	unread := newSource(bytes.NewReader(answer))
	switch first := bytes.TrimSpace(answer); {
	case len(first) == 0:
		return errCut
	case first[0] == '<':
		return decode(unread, XML, v)
	case first[0] == '{':
		return decode(unread, JSON, v)
	case asked == DOM && bytes.Contains(first, []byte(`="`)):
		return decode(unread, DOM, v)
	}
	return v.text(answer)
}
