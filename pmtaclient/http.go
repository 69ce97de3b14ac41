package pmtaclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// webMonitor is the transport to PowerMTA's web monitor. It only reads: GET on
// the paths of Page, and, when it has an API key, POST of a show command. It
// follows no redirect, keeps no cookie and knows no proxy.
type webMonitor struct {
	root    *url.URL
	tls     TLSOptions
	format  Format
	limit   int64
	keyFile string // empty for none
	client  *http.Client
}

func newWebMonitor(o Options) (*webMonitor, error) {
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
	m := &webMonitor{
		root: root, tls: o.TLS, format: o.Format, limit: o.MaxBodyBytes, keyFile: o.APIKeyFile,
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	_, err = m.key()
	return m, err
}

// key reads the API key, if one is configured.
func (m *webMonitor) key() (secret, error) {
	if m.keyFile == "" {
		return "", nil
	}
	return readAPIKey(m.keyFile)
}

func (m *webMonitor) close() { m.client.CloseIdleConnections() }

func (m *webMonitor) offers(p Page) error {
	if p.path() == "" && m.keyFile == "" {
		return fmt.Errorf("the web monitor tells %q only to holders of an API key: set --pmta.uri=exec:/usr/sbin/pmta, or --pmta.api-key-file", "show "+string(p))
	}
	return nil
}

func (m *webMonitor) exchange(ctx context.Context, q query, read func(*source) error) error {
	key, keyErr := m.key()
	err := m.offers(q.page)
	if err == nil && q.page.path() == "" {
		err = keyErr // http-access may admit us to other pages without a key
	}
	if err != nil {
		err = &Error{Kind: KindForbidden, Err: err}
	} else {
		err = m.roundTrip(ctx, q, key, read)
	}
	if err == nil {
		return nil
	}
	known := explain(ctx, err)
	if known == nil {
		known = m.unreachable(err)
	}
	known.Page = m.object(q)
	if m.keyFile != "" {
		known.explainKey(q.page, key, keyErr)
	}
	return known
}

// explainKey says what is wrong with the key where that is why we were refused,
// and takes the key out of what a server that sends it back made us say.
func (e *Error) explainKey(p Page, key secret, keyErr error) {
	switch {
	case e.Kind != KindForbidden:
	case keyErr != nil:
		e.Fix = "mend the file of the key: " + keyErr.Error()
	case p.path() == "":
		e.Fix = "check the key in --pmta.api-key-file against PowerMTA's http-api-key"
	}
	e.Head = nil
	if key != "" && strings.Contains(e.Err.Error(), string(key)) {
		e.Err = errors.New(strings.ReplaceAll(e.Err.Error(), string(key), hidden))
	}
	if key != "" {
		e.Fix = strings.ReplaceAll(e.Fix, string(key), hidden)
	}
}

// object names in errors what was asked for.
func (m *webMonitor) object(q query) string {
	if path := q.page.path(); path != "" {
		return path
	}
	return "/command " + strings.Join(q.words(0), " ")
}

func (m *webMonitor) roundTrip(ctx context.Context, q query, key secret, read func(*source) error) error {
	var local net.Addr
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { local = i.Conn.LocalAddr() }}
	request, err := m.request(httptrace.WithClientTrace(ctx, trace), q)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "identity")
	if key != "" {
		request.Header.Set("X-API-Key", string(key))
	}
	response, err := m.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := m.checkHead(response, local); err != nil {
		return err
	}
	src := newSource(&limitedReader{r: response.Body, left: m.limit})
	err = read(src)
	if errors.Is(err, errForeign) {
		return foreign(err, response, src)
	}
	return err
}

// request makes the one GET or POST that fetches a document.
func (m *webMonitor) request(ctx context.Context, q query) (*http.Request, error) {
	if q.page.path() == "" {
		return m.commandRequest(ctx, q)
	}
	u := m.root.JoinPath(q.page.path())
	if q.page == PageLocalIPs { // which is XML always
		return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	}
	parameters := url.Values{"format": {string(m.format)}}
	if q.domain != "" {
		parameters.Set("queue", q.domain+"/*") // by analogy with the documented */VMTA
	}
	u.RawQuery = parameters.Encode()
	return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
}

// commandRequest is a form as the guide posts it (section 8.3).
func (m *webMonitor) commandRequest(ctx context.Context, q query) (*http.Request, error) {
	format := string(m.format)
	if q.page.asText() {
		format = "json-text" // an envelope in JSON with the text as data
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := errors.Join(
		form.WriteField("command", strings.Join(q.words(0), " ")),
		form.WriteField("format", format),
		form.Close())
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.root.JoinPath("/command").String(), &body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	return request, nil
}

// checkHead turns every answer but a plain 200 into an error that says what
// to change.
func (m *webMonitor) checkHead(r *http.Response, local net.Addr) error {
	switch {
	case r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusUnauthorized:
		return &Error{
			Kind: KindForbidden,
			Err:  fmt.Errorf("PowerMTA refuses access (%s)", r.Status),
			Fix:  fmt.Sprintf("add the line \"http-access %s monitor\" to PowerMTA's configuration and run \"pmta reload\"", addressOf(local)),
		}
	case r.StatusCode >= 300 && r.StatusCode < 400:
		return m.redirected(r)
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
func (m *webMonitor) redirected(r *http.Response) error {
	location := r.Header.Get("Location")
	e := &Error{
		Kind: KindRedirected,
		Err:  fmt.Errorf("answered with a redirect to %.200q, which is not followed", location),
		Fix:  "set --pmta.uri to the root of PowerMTA's web monitor itself",
	}
	target, err := m.root.Parse(location)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" {
		return e
	}
	root := url.URL{Scheme: target.Scheme, Host: target.Host, Path: m.root.Path}
	if root.Scheme != m.root.Scheme || root.Host != m.root.Host {
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

// unreachable describes an error of the connection.
func (m *webMonitor) unreachable(err error) *Error {
	if e := m.tls.explain(err); e != nil {
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
