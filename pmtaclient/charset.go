package pmtaclient

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// encodingPattern finds the name of the encoding in an XML declaration.
var encodingPattern = regexp.MustCompile(`encoding\s*=\s*["']([A-Za-z0-9._-]*)["']`)

// declaredEncoding returns the encoding that an XML declaration names, in lower
// case; UTF-8 where it names none.
func declaredEncoding(declaration []byte) string {
	if m := encodingPattern.FindSubmatch(declaration); m != nil {
		return string(bytes.ToLower(m[1]))
	}
	return "utf-8"
}

// setEncoding translates the rest of the answer to UTF-8. PowerMTA writes
// UTF-8; proxies and old versions may declare what it once was.
func (s *xmlScanner) setEncoding(name string) error {
	switch name {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	case "iso-8859-1", "latin1", "windows-1252", "cp1252": // the latter has all that the former has
		s.src = newSource(charmap.Windows1252.NewDecoder().Reader(s.src))
		return nil
	}
	return fmt.Errorf("%w: its encoding is %.20q", errForeign, name)
}

// cleanReader replaces bytes that are no UTF-8, and characters that XML 1.0
// forbids, by U+FFFD. The scanner lets them pass, to be replaced where they
// would become labels; encoding/xml would refuse the whole answer.
func cleanReader(r io.Reader) io.Reader {
	return transform.NewReader(r, transform.Chain(runes.ReplaceIllFormed(), runes.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
			return utf8.RuneError
		}
		return c
	})))
}
