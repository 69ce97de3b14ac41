package pmtaclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
)

// errTooLarge ends the reading of an answer at Options.MaxBodyBytes.
var errTooLarge = errors.New("the answer is too large")

// read asks for one page and decodes the answer into v. Every error is an
// *Error.
func (c *Client) read(ctx context.Context, page string, v visitor, a *Answer) error {
	err := c.exchange(ctx, page, v, a)
	if err == nil {
		return nil
	}
	var known *Error
	if !errors.As(err, &known) {
		known = explain(ctx, err)
	}
	known.Page = page
	return known
}

func (c *Client) exchange(ctx context.Context, page string, v visitor, a *Answer) error {
	var local net.Addr
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { local = i.Conn.LocalAddr() }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodGet, c.pageURL(page), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "identity")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := c.checkHead(response, local); err != nil {
		return err
	}
	src := newSource(&limitedReader{r: response.Body, left: c.limit})
	err = decode(src, c.format, v)
	a.Bytes = src.bytesRead
	if errors.Is(err, errForeign) {
		return foreign(err, response, src)
	}
	return err
}

func (c *Client) pageURL(page string) string {
	u := c.root.JoinPath(page)
	u.RawQuery = "format=" + string(c.format)
	return u.String()
}

// checkHead turns every answer but a plain 200 into an error that says what
// to change.
func (c *Client) checkHead(r *http.Response, local net.Addr) error {
	switch {
	case r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusUnauthorized:
		return &Error{
			Kind: KindForbidden,
			Err:  fmt.Errorf("PowerMTA refuses access (%s)", r.Status),
			Fix:  fmt.Sprintf("add the line \"http-access %s monitor\" to PowerMTA's configuration and run \"pmta reload\"", addressOf(local)),
		}
	case r.StatusCode >= 300 && r.StatusCode < 400:
		return c.redirected(r)
	case r.StatusCode != http.StatusOK:
		return &Error{
			Kind: KindBadStatus,
			Err:  fmt.Errorf("answered %s", r.Status),
			Fix:  "check that --pmta.uri is the root of PowerMTA's web monitor",
		}
	case r.Header.Get("Content-Encoding") != "" && r.Header.Get("Content-Encoding") != "identity":
		return &Error{
			Kind: KindNotPMTA,
			Err:  fmt.Errorf("answered in content encoding %.20q, which was not asked for", r.Header.Get("Content-Encoding")),
			Fix:  "check what stands between the exporter and PowerMTA",
		}
	}
	return nil
}

// redirected names the URI that the server wants to be asked at. PowerMTA 5.0
// redirects plain HTTP to HTTPS on the same port unless told not to
// (http-redirect-to-https).
func (c *Client) redirected(r *http.Response) error {
	location := r.Header.Get("Location")
	e := &Error{
		Kind: KindRedirected,
		Err:  fmt.Errorf("answered with a redirect to %.200q, which is not followed", location),
		Fix:  "set --pmta.uri to the root of PowerMTA's web monitor itself",
	}
	target, err := c.root.Parse(location)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" {
		return e
	}
	root := url.URL{Scheme: target.Scheme, Host: target.Host, Path: c.root.Path}
	if root.Scheme != c.root.Scheme || root.Host != c.root.Host {
		e.Fix = "set --pmta.uri=" + strconv.Quote(root.String())
	}
	return e
}

// foreign describes an answer that is not PowerMTA's.
func foreign(err error, r *http.Response, src *source) error {
	return &Error{
		Kind: KindNotPMTA,
		Err:  fmt.Errorf("%w (content type %.60q)", err, r.Header.Get("Content-Type")),
		Fix:  "check that --pmta.uri is the root of PowerMTA's web monitor and that http-access admits this host",
		Head: src.head,
	}
}

// explain finds the kind of an error of the transport or a decoder.
func explain(ctx context.Context, err error) *Error {
	var timeout net.Error
	switch {
	case errors.Is(err, errTooLarge):
		return &Error{Kind: KindTooLarge, Err: err, Fix: "raise --pmta.max-body-bytes if the list is really that long"}
	case errors.Is(err, errFailed):
		return &Error{Kind: KindRefused, Err: err, Fix: "check that PowerMTA itself runs, not only its web monitor"}
	case ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Kind: KindTimeout, Err: errors.New("no complete answer in time"), Fix: "check that PowerMTA is not overloaded, or raise --pmta.timeout and the scrape timeout"}
	case errors.Is(err, errCut) || errors.Is(err, errMalformed):
		return &Error{Kind: KindCut, Err: err, Fix: "nothing of this page is reported; if it stays so, check what stands between the exporter and PowerMTA, such as a proxy"}
	}
	if e := explainTLS(err); e != nil {
		return e
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err // without the URL, which the caller knows
	}
	return &Error{Kind: KindUnreachable, Err: err, Fix: "check --pmta.uri, that PowerMTA's web monitor runs, and its http-mgmt-port"}
}

// addressOf returns the address from which PowerMTA sees us.
func addressOf(local net.Addr) string {
	if tcp, ok := local.(*net.TCPAddr); ok {
		return tcp.IP.String()
	}
	return "ADDRESS-OF-THIS-HOST"
}

// limitedReader fails, rather than ends, at its limit.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var one [1]byte
		if n, err := l.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errCut, err)
	}
	return n, err
}
