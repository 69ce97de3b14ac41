package pmtaclient

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Version is the answer of "show version": what the status page has under mta.
type Version struct {
	Answer
	Product                Product
	Hostname, OS, Platform string
}

// Version reads the version. Over HTTP that needs an API key; the status page
// tells the same to everybody.
func (c *Client) Version(ctx context.Context) (*Version, error) {
	v := newVersionVisitor()
	err := c.readSmall(ctx, PageVersion, v, &v.status.Answer)
	return whole(v.version(), err)
}

// DecodeVersion reads a version as the command line tool prints it in any
// format, text among them.
func DecodeVersion(r io.Reader, f Format) (*Version, error) {
	v := newVersionVisitor()
	err := decodeAllSmall(r, f, v, &v.status.Answer)
	return whole(v.version(), err)
}

// versionVisitor reads the document as the part of a status that it is.
type versionVisitor struct{ *statusVisitor }

func newVersionVisitor() *versionVisitor {
	v := &versionVisitor{newStatusVisitor(new(Status))}
	v.open([]byte("mta"))
	return v
}

func (v *versionVisitor) version() *Version {
	s := v.status
	return &Version{Answer: s.Answer, Product: s.Product, Hostname: s.Hostname, OS: s.OS, Platform: s.Platform}
}

func (v *versionVisitor) leaf(name, value []byte) {
	if string(name) != "data" {
		v.statusVisitor.leaf(name, value)
	} else if v.text(value) != nil {
		v.status.Unknown++
	}
}

// text reads the line "PowerMTA v5.0r1 (2019-09-13 16:27:31, 64-bit;
// v5_0r1@190913.ba26ec5)." and takes the full stop off.
func (v *versionVisitor) text(answer []byte) error {
	name, rest, _ := bytes.Cut(bytes.TrimSpace(answer), []byte(" v"))
	number, build, ok := bytes.Cut(rest, []byte(" ("))
	if !ok || len(name) == 0 || len(number) == 0 {
		return fmt.Errorf("%w: it is no version", errForeign)
	}
	_, revision, _ := bytes.Cut(bytes.TrimRight(build, ")."), []byte("; "))
	v.status.Product = Product{Name: string(name), Version: string(number), Revision: string(revision)}
	return nil
}
