// Package pmtaclient asks PowerMTA's management interface, the "web monitor" or
// the command line tool, for its documents and returns them as plain data.
//
// It only reads: GET on a fixed list of paths of one configured server, no
// redirects, no cookies, no proxy; or a fixed list of show commands. A document is returned whole or not at all.
// The interface is that of the PowerMTA 5.0 User's Guide, chapter 5, read as
// leniently as the differences between versions 3.5 to 5.x ask for: every leaf
// is optional and unknown leaves are counted.
package pmtaclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// Options say which PowerMTA to ask and how.
type Options struct {
	// URI is the root of the web monitor, http:// or https:// with host and
	// port, or exec: with the path of PowerMTA's command line tool.
	URI    string
	Format Format // XML or JSON; DOM too with exec:
	TLS    TLSOptions
	// APIKeyFile holds a key for the web monitor, read anew for each request;
	// empty for none. A key is all-powerful in PowerMTA: better have none.
	APIKeyFile string
	// MaxBodyBytes bounds an answer. Decoders stream, so it bounds time
	// rather than memory.
	MaxBodyBytes int64
	// MaxItems is the length of lists to ask the command line tool for. Over
	// HTTP no length can be asked for.
	MaxItems int
}

// execPrefix begins the URI of a command.
const execPrefix = "exec:"

// Validate says what to change in options that cannot work.
func (o Options) Validate() error {
	switch {
	case o.MaxBodyBytes < 1:
		return errors.New("--pmta.max-body-bytes must be at least one byte")
	case strings.HasPrefix(o.URI, execPrefix):
		return o.validateCommand()
	}
	return o.validateWebMonitor()
}

func (o Options) validateWebMonitor() error {
	u, err := url.Parse(o.URI)
	switch {
	case err != nil:
		return errors.New("--pmta.uri is not valid: give one like https://127.0.0.1:8080 or exec:/usr/sbin/pmta")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("--pmta.uri has scheme %q: give one like https://127.0.0.1:8080 or exec:/usr/sbin/pmta", u.Scheme)
	case u.Hostname() == "" || !validPort(u.Port()):
		return errors.New("--pmta.uri has no host, or no port that can be: give one like https://127.0.0.1:8080")
	case u.User != nil:
		return errors.New("--pmta.uri has a user: PowerMTA knows none, access is by http-access lines")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("--pmta.uri has more than a path: give the root of the web monitor")
	case o.Format != XML && o.Format != JSON:
		return fmt.Errorf("--pmta.format is %q, which is not spoken over HTTP: choose xml or json", o.Format)
	}
	return o.TLS.validate(u.Scheme)
}

// validPort takes no port at all for the scheme's own.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func (o Options) validateCommand() error {
	path := strings.TrimPrefix(o.URI, execPrefix)
	switch {
	case !filepath.IsAbs(path):
		return fmt.Errorf("--pmta.uri names the command %.100q: give its whole path, like exec:/usr/sbin/pmta", path)
	case o.Format != XML && o.Format != JSON && o.Format != DOM:
		return fmt.Errorf("--pmta.format is %q: choose xml, json or dom", o.Format)
	case o.TLS != TLSOptions{}:
		return errors.New("--pmta.tls options have no effect with exec: leave them out")
	case o.APIKeyFile != "":
		return errors.New("--pmta.api-key-file has no effect with exec: leave it out")
	case o.MaxItems < 1:
		return errors.New("--pmta.max-items must be at least 1")
	}
	return nil
}

// Client asks one PowerMTA. It is safe for use by several goroutines.
type Client struct {
	transport transport
	format    Format
}

// New returns a client for valid options. It reads the files that they name,
// but asks nothing yet.
func New(o Options) (*Client, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(o.URI, execPrefix); ok {
		return &Client{transport: newCommand(path, o), format: o.Format}, nil
	}
	monitor, err := newWebMonitor(o)
	if err != nil {
		return nil, err
	}
	return &Client{transport: monitor, format: o.Format}, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.transport.close() }

// Offers says what to configure when a page cannot be asked for at all, and
// nothing when it can.
func (c *Client) Offers(p Page) error { return c.transport.offers(p) }

// Insecure reports whether any certificate is accepted.
func (c *Client) Insecure() bool {
	m, ok := c.transport.(*webMonitor)
	return ok && m.tls.InsecureSkipVerify
}

// ListFix says how to get lists of the given length.
func (c *Client) ListFix(items int64) string {
	const step = 1000
	items = (items/step + 1) * step
	if tool, ok := c.transport.(*command); ok && items <= int64(tool.maxItems) {
		return fmt.Sprintf("the command printed fewer than the --pmta.max-items=%d that it was asked for", tool.maxItems)
	} else if ok {
		return fmt.Sprintf("set --pmta.max-items=%d", items)
	}
	return fmt.Sprintf("set \"http-default-max-items %d\" in PowerMTA's configuration, or --pmta.uri=exec:/usr/sbin/pmta on its host", items)
}

// Raw returns an answer as it came.
func (c *Client) Raw(ctx context.Context, p Page) ([]byte, error) {
	var answer []byte
	err := c.transport.exchange(ctx, query{page: p}, func(src *source) error {
		var err error
		answer, err = io.ReadAll(src)
		return err
	})
	return answer, err
}

// read asks for one document and decodes the answer into v.
func (c *Client) read(ctx context.Context, q query, v visitor, a *Answer) error {
	return c.transport.exchange(ctx, q, func(src *source) error {
		err := decode(src, c.format, v)
		a.Bytes = src.bytesRead
		return err
	})
}

// readSmall asks for a document of a few lines.
func (c *Client) readSmall(ctx context.Context, p Page, v textVisitor, a *Answer) error {
	return c.transport.exchange(ctx, query{page: p}, func(src *source) error {
		err := decodeSmall(src, c.format, v)
		a.Bytes = src.bytesRead
		return err
	})
}

// Status reads the status page.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	d := new(Status)
	return whole(d, c.read(ctx, query{page: PageStatus}, newStatusVisitor(d), &d.Answer))
}

// Queues reads the list of queues.
func (c *Client) Queues(ctx context.Context) (*Queues, error) {
	d := new(Queues)
	return whole(d, c.read(ctx, query{page: PageQueues}, newQueuesVisitor(d), &d.Answer))
}

// CheckDomain says what is wrong with the name of a domain to ask for. It
// becomes a word of a command, so that nothing that looks like an option or a
// pattern may pass.
func CheckDomain(domain string) error {
	for _, r := range domain {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_{}", r) {
			return fmt.Errorf("%q is no domain: give one like gmail.com", domain)
		}
	}
	if domain == "" || domain[0] == '-' || len(domain) > 255 {
		return fmt.Errorf("%q is no domain: give one like gmail.com", domain)
	}
	return nil
}

// QueuesOf reads the queues of one domain, such as gmail.com. Over HTTP that
// is not documented and may be refused.
func (c *Client) QueuesOf(ctx context.Context, domain string) (*Queues, error) {
	if err := CheckDomain(domain); err != nil {
		return nil, err
	}
	d := new(Queues)
	return whole(d, c.read(ctx, query{page: PageQueues, domain: domain}, newQueuesVisitor(d), &d.Answer))
}

// Domains reads the list of domains.
func (c *Client) Domains(ctx context.Context) (*Domains, error) {
	d := new(Domains)
	return whole(d, c.read(ctx, query{page: PageDomains}, newDomainsVisitor(d), &d.Answer))
}

// VMTAs reads the list of VirtualMTAs.
func (c *Client) VMTAs(ctx context.Context) (*VMTAs, error) {
	d := new(VMTAs)
	return whole(d, c.read(ctx, query{page: PageVMTAs}, newVMTAsVisitor(d), &d.Answer))
}

// Jobs reads the list of jobs.
func (c *Client) Jobs(ctx context.Context) (*Jobs, error) {
	d := new(Jobs)
	return whole(d, c.read(ctx, query{page: PageJobs}, newJobsVisitor(d), &d.Answer))
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
