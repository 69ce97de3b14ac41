package pmtaclient

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// slowXML reads on with encoding/xml where the scanner met something that
// PowerMTA was never seen to write: attributes, comments, CDATA, processing
// instructions. The open elements are written again in
// front of the rest, so that the decoder sees a whole document; they are
// begun already, and passed over.
func slowXML(s *xmlScanner) error {
	var begun bytes.Buffer
	for _, name := range s.path {
		fmt.Fprintf(&begun, "<%s>", name)
	}
	d := xml.NewDecoder(cleanReader(io.MultiReader(&begun, s.src)))
	for range s.path {
		if _, err := d.RawToken(); err != nil {
			return err
		}
	}
	var text []byte // of the open element, escaped again
	for {
		token, err := d.RawToken()
		if err != nil {
			return s.slowEnd(err)
		}
		if text, err = s.token(token, text); err != nil {
			return err
		}
	}
}

// token handles one token and returns the text of the element that is open
// after it.
func (s *xmlScanner) token(token xml.Token, text []byte) ([]byte, error) {
	switch t := token.(type) {
	case xml.CharData:
		if len(s.path) == 0 && !onlyBlank(t) {
			return nil, fmt.Errorf("%w: text outside of rsp", errMalformed)
		}
		return append(text, bytes.ReplaceAll(t, []byte("&"), []byte("&amp;"))...), nil
	case xml.StartElement:
		return text[:0], s.begin([]byte(t.Name.Local))
	case xml.EndElement:
		return text[:0], s.end([]byte(t.Name.Local), text)
	case xml.Directive:
		return nil, fmt.Errorf("%w: it has a document type", errForeign)
	}
	return text, nil // comments and processing instructions
}

// slowEnd tells the end of a document from the ends that are faults.
func (s *xmlScanner) slowEnd(err error) error {
	switch {
	case errors.Is(err, io.EOF) && s.ended:
		return nil
	case errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), "unexpected EOF"):
		return errCut
	case s.src.err != nil && !errors.Is(s.src.err, io.EOF):
		return s.src.err // the transport's error, which the decoder may have wrapped
	}
	return fmt.Errorf("%w: %w", errMalformed, err)
}
