package pmtaclient

import (
	"bytes"
	"context"
	"io"
	"strings"
)

// Sources is the answer of "show disabled sources". No such answer was ever
// published: what it lists is counted, and nothing more is read from it.
type Sources struct {
	Answer
	// Disabled is the number of items that the answer lists; of a text, the
	// number of its lines.
	Disabled int
}

// DisabledSources reads which source IP addresses PowerMTA disabled for some
// queue. Over HTTP that needs an API key.
func (c *Client) DisabledSources(ctx context.Context) (*Sources, error) {
	d := new(Sources)
	return whole(d, c.readSmall(ctx, PageSources, &sourcesVisitor{sources: d}, &d.Answer))
}

// DecodeSources reads such an answer in any format, text among them.
func DecodeSources(r io.Reader, f Format) (*Sources, error) {
	d := new(Sources)
	return whole(d, decodeAllSmall(r, f, &sourcesVisitor{sources: d}, &d.Answer))
}

// sourcesVisitor counts what stands directly below data, titles and totals
// aside.
type sourcesVisitor struct {
	sources *Sources
	depth   int
}

func (v *sourcesVisitor) open([]byte) {
	if v.depth == 0 {
		v.sources.Disabled++
	}
	v.depth++
}

func (v *sourcesVisitor) close() { v.depth-- }

func (v *sourcesVisitor) leaf(name, value []byte) {
	switch {
	case v.depth > 0:
		v.sources.Unknown++
	case string(name) == "data":
		_ = v.text(value) // never fails
	case string(name) == "title" || strings.HasPrefix(string(name), "total"):
	default:
		v.sources.Disabled++
	}
}

func (v *sourcesVisitor) text(answer []byte) error {
	for line := range bytes.Lines(answer) {
		if len(bytes.TrimSpace(line)) > 0 {
			v.sources.Disabled++
		}
	}
	return nil
}
