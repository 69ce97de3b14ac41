// Package pmtaclient asks PowerMTA's management interface, the "web monitor",
// for its documents and returns them as plain data.
//
// It only reads: GET on a fixed list of paths of one configured server, no
// redirects, no cookies, no proxy. A document is returned whole or not at all.
// The interface is that of the PowerMTA 5.0 User's Guide, chapter 5, read as
// leniently as the differences between versions 3.5 to 5.x ask for: every leaf
// is optional and unknown leaves are counted.
package pmtaclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say which PowerMTA to ask and how.
type Options struct {
	// URI is the root of the web monitor: http:// or https://, host and port.
	URI    string
	Format Format // XML or JSON
	TLS    TLSOptions
	// MaxBodyBytes bounds an answer. Decoders stream, so it bounds time
	// rather than memory.
	MaxBodyBytes int64
}

// Validate says what to change in options that cannot work.
func (o Options) Validate() error {
	u, err := url.Parse(o.URI)
	switch {
	case err != nil:
		return errors.New("--pmta.uri is not valid: give one like https://127.0.0.1:8080")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("--pmta.uri has scheme %q: give one like https://127.0.0.1:8080", u.Scheme)
	case u.Host == "":
		return errors.New("--pmta.uri has no host: give one like https://127.0.0.1:8080")
	case u.User != nil:
		return errors.New("--pmta.uri has a user: PowerMTA knows none, access is by http-access lines")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("--pmta.uri has more than a path: give the root of the web monitor")
	case o.Format != XML && o.Format != JSON:
		return fmt.Errorf("--pmta.format is %q, which is not spoken over HTTP: choose xml or json", o.Format)
	case o.MaxBodyBytes < 1:
		return errors.New("--pmta.max-body-bytes must be at least one byte")
	}
	return o.TLS.validate(u.Scheme)
}

// Client asks one PowerMTA. It is safe for use by several goroutines.
type Client struct {
	root   *url.URL
	format Format
	limit  int64
	http   *http.Client
}

// New returns a client for valid options. It reads the CA file, but asks
// nothing yet.
func New(o Options) (*Client, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	root, err := url.Parse(strings.TrimSuffix(o.URI, "/"))
	if err != nil {
		return nil, err
	}
	config, err := o.TLS.config()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:                  nil, // whatever the environment says
		TLSClientConfig:        config,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
	}
	return &Client{
		root:   root,
		format: o.Format,
		limit:  o.MaxBodyBytes,
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status reads the status page.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	d := new(Status)
	return whole(d, c.read(ctx, "/status", newStatusVisitor(d), &d.Answer))
}

// Queues reads the list of queues.
func (c *Client) Queues(ctx context.Context) (*Queues, error) {
	d := new(Queues)
	return whole(d, c.read(ctx, "/queues", newQueuesVisitor(d), &d.Answer))
}

// Domains reads the list of domains.
func (c *Client) Domains(ctx context.Context) (*Domains, error) {
	d := new(Domains)
	return whole(d, c.read(ctx, "/domains", newDomainsVisitor(d), &d.Answer))
}

// VMTAs reads the list of VirtualMTAs.
func (c *Client) VMTAs(ctx context.Context) (*VMTAs, error) {
	d := new(VMTAs)
	return whole(d, c.read(ctx, "/vmtas", newVMTAsVisitor(d), &d.Answer))
}

// Jobs reads the list of jobs.
func (c *Client) Jobs(ctx context.Context) (*Jobs, error) {
	d := new(Jobs)
	return whole(d, c.read(ctx, "/jobs", newJobsVisitor(d), &d.Answer))
}

// DecodeStatus reads a status document, as PowerMTA's command line tool
// prints it in any format.
func DecodeStatus(r io.Reader, f Format) (*Status, error) {
	d := new(Status)
	return whole(d, decodeAll(r, f, newStatusVisitor(d), &d.Answer))
}

// DecodeQueues reads a list of queues, likewise.
func DecodeQueues(r io.Reader, f Format) (*Queues, error) {
	d := new(Queues)
	return whole(d, decodeAll(r, f, newQueuesVisitor(d), &d.Answer))
}

// whole returns a document only when all of it was read.
func whole[D any](document *D, err error) (*D, error) {
	if err != nil {
		return nil, err
	}
	return document, nil
}

func decodeAll(r io.Reader, f Format, v visitor, a *Answer) error {
	src := newSource(r)
	err := decode(src, f, v)
	a.Bytes = src.bytesRead
	return err
}
