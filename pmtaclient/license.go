package pmtaclient

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// License is the answer of "show license". The guide shows it as text only; in
// XML and JSON it is expected under the same words.
type License struct {
	Answer
	Product, Serial, Units string
	// Expires is the day on which the license ends, at midnight; zero when it
	// never ends or PowerMTA does not say.
	Expires time.Time
}

// License reads the license. Over HTTP that needs an API key.
func (c *Client) License(ctx context.Context) (*License, error) {
	d := new(License)
	return whole(d, c.readSmall(ctx, PageLicense, &licenseVisitor{d}, &d.Answer))
}

// DecodeLicense reads a license as the command line tool prints it in any
// format, text among them.
func DecodeLicense(r io.Reader, f Format) (*License, error) {
	d := new(License)
	return whole(d, decodeAllSmall(r, f, &licenseVisitor{d}, &d.Answer))
}

// licenseVisitor takes leaves by their names alone, wherever they stand.
type licenseVisitor struct{ license *License }

func (*licenseVisitor) open([]byte) {}
func (*licenseVisitor) close()      {}

func (v *licenseVisitor) leaf(name, value []byte) {
	if string(name) != "data" { // text within the envelope
		v.license.field(name, value)
	} else if v.text(value) != nil {
		v.license.Unknown++
	}
}

// field stores one leaf, or one line of text.
func (l *License) field(name, value []byte) {
	switch strings.ToLower(string(name)) {
	case "product":
		l.note(&l.Product, value)
	case "serial":
		l.note(&l.Serial, value)
	case "units":
		l.note(&l.Units, value)
	case "expires":
		l.noteExpiry(value)
	case "version", "platform", "instances", "licensee", "issued", "copyright", "options", "comment", "title":
	default:
		l.Unknown++
	}
}

// text reads lines of the form "  expires: 2100-03-20".
func (v *licenseVisitor) text(answer []byte) error {
	before := v.license.Unknown
	known := false
	for line := range bytes.Lines(answer) {
		label, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			if len(bytes.TrimSpace(line)) > 0 {
				v.license.Unknown++
			}
			continue
		}
		unknown := v.license.Unknown
		v.license.field(bytes.TrimSpace(label), bytes.TrimSpace(value))
		known = known || v.license.Unknown == unknown
	}
	if !known {
		v.license.Unknown = before
		return fmt.Errorf("%w: no line of a license in it", errForeign)
	}
	return nil
}

// noteExpiry reads a day, an instant or "never".
func (l *License) noteExpiry(value []byte) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || bytes.EqualFold(value, []byte("never")) {
		return
	}
	for _, layout := range []string{time.DateOnly, timeLayout} {
		if t, err := time.Parse(layout, string(value)); err == nil {
			l.Expires = t
			return
		}
	}
	l.Unparsable++
}
