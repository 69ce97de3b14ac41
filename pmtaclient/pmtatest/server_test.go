package pmtatest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

const testKey = "0123456789abcdef0123456789abcdef"

// get fetches without following redirects.
func get(t testing.TB, s *Server, path string) (*http.Response, string) {
	t.Helper()
	return do(t, s, ask{method: http.MethodGet, path: path})
}

// ask is a request; only method and path must be given.
type ask struct {
	method, path string
	header       http.Header
	form         url.Values
}

func do(t testing.TB, s *Server, a ask) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.method, s.URL+a.path, strings.NewReader(a.form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if a.header != nil {
		req.Header = a.header
	}
	if a.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client(t, s).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// client trusts the server's certificate and nothing else.
func client(t testing.TB, s *Server) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}
	if cert := s.Certificate(); cert != nil {
		transport.TLSClientConfig.RootCAs.AddCert(cert)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newServer(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s := NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

func TestPages(t *testing.T) {
	state := twoQueues()
	state.Status = "running"
	state.Jobs = []Job{{"job", 4, 6.5}}
	s := newServer(t, WithState(state), WithMaxItems(1))
	tests := []struct{ path, want string }{
		{"/status?format=xml", string(state.StatusDocument().XML())},
		{"/status?format=json", string(state.StatusDocument().JSON())},
		{"/queues?format=xml", string(state.QueuesDocument(1, QueueFilter{}).XML())},
		{"/queues?format=xml&queue=*/news-1", string(state.QueuesDocument(1, QueueFilter{VMTA: "news-1"}).XML())},
		{"/queues?format=xml&queue=*/other", string(state.QueuesDocument(1, QueueFilter{VMTA: "other"}).XML())},
		{"/domains?format=json", string(state.DomainsDocument(1).JSON())},
		{"/vmtas?format=xml", string(state.VMTAsDocument(1).XML())},
		{"/jobs?format=json", string(state.JobsDocument(1).JSON())},
	}
	for _, test := range tests {
		res, body := get(t, s, test.path)
		if res.StatusCode != http.StatusOK || body != test.want {
			t.Errorf("GET %s = %d %s, want 200 %s", test.path, res.StatusCode, body, test.want)
		}
	}
	_, body := do(t, s, ask{method: http.MethodPost, path: "/status", form: url.Values{"format": {"json"}}})
	if want := string(state.StatusDocument().JSON()); body != want {
		t.Errorf("POST /status = %s, want %s", body, want)
	}
}

func TestPagesThatAreNotData(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		method, path string
		code         int
	}{
		{http.MethodGet, "/status", http.StatusOK},
		{http.MethodGet, "/ui", http.StatusOK},
		{http.MethodGet, "/metrics?format=xml", http.StatusNotFound},
		{http.MethodGet, "/queues?format=xml&queue=gmail.com/*", http.StatusBadRequest},
		{http.MethodGet, "/queues?format=xml&queue=*/", http.StatusBadRequest},
		{http.MethodDelete, "/queues?format=xml", http.StatusMethodNotAllowed},
		{http.MethodPost, "/command", http.StatusForbidden},
	}
	for _, test := range tests {
		res, body := do(t, s, ask{method: test.method, path: test.path})
		if res.StatusCode != test.code || !strings.HasPrefix(body, "<!DOCTYPE html>") {
			t.Errorf("%s %s = %d %s, want %d and HTML", test.method, test.path, res.StatusCode, body, test.code)
		}
	}
	if res, _ := get(t, s, "/"); res.Header.Get("Location") != "/ui" {
		t.Errorf("GET / = %d to %q, want a redirect to /ui", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestDefaultListLengthIsTen(t *testing.T) {
	s := newServer(t, WithState(State{Queues: withFiller(nil)}))
	_, body := get(t, s, "/queues?format=xml")
	if n := strings.Count(body, "<queue>"); n != 10 || !strings.Contains(body, "<totalQueuesWithRcp>1428<") {
		t.Errorf("/queues lists %d queues of %s, want 10 of 1428", n, body[len(body)-100:])
	}
}

func TestAccess(t *testing.T) {
	loopback, all := netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("0.0.0.0/0")
	tests := []struct {
		name  string
		rules []Access
		key   string
		code  int
	}{
		{"first match refuses", []Access{{loopback, AccessNone}, {all, AccessAdmin}}, "", http.StatusForbidden},
		{"first match admits", []Access{{loopback, AccessMonitor}, {all, AccessNone}}, "", http.StatusOK},
		{"no match", []Access{{netip.MustParsePrefix("10.0.0.0/8"), AccessAdmin}}, "", http.StatusForbidden},
		{"no rules", nil, "", http.StatusForbidden},
		{"key overrides rules", nil, testKey, http.StatusOK},
		{"wrong key", nil, "wrong", http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, WithAccess(test.rules...), WithAPIKey(testKey))
			header := http.Header{"X-Api-Key": {test.key}}
			res, body := do(t, s, ask{method: http.MethodGet, path: "/status?format=xml", header: header})
			if res.StatusCode != test.code {
				t.Errorf("GET /status = %d %s, want %d", res.StatusCode, body, test.code)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	state := status50b1()
	s := newServer(t, WithState(state), WithAPIKey(testKey))
	header := http.Header{"X-Api-Key": {testKey}}
	tests := []struct{ command, format, want string }{
		{"show status", "json", string(state.StatusDocument().JSON())},
		{"show version", "json", string(state.VersionDocument().JSON())},
		{"show version", "json-text", string(Document{text: state.VersionText() + "\n"}.JSON())},
		{"show license", "json-text", string(Document{text: state.LicenseText()}.JSON())},
		{"show disk", "json", `{"data":{},"status":"fail","message":"unknown command"}`},
	}
	for _, test := range tests {
		form := url.Values{"command": {test.command}, "format": {test.format}}
		if _, body := do(t, s, ask{http.MethodPost, "/command", header.Clone(), form}); body != test.want {
			t.Errorf("%s as %s = %s, want %s", test.command, test.format, body, test.want)
		}
	}
}

func TestRedirectToHTTPS(t *testing.T) {
	s := newServer(t, WithRedirectToHTTPS())
	res, _ := get(t, s, "/queues?format=xml")
	want := strings.Replace(s.URL, "http:", "https:", 1) + "/queues?format=xml"
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusFound || got != want {
		t.Errorf("GET /queues = %d to %q, want 302 to %q", res.StatusCode, got, want)
	}

	secure := NewTLSServer(WithRedirectToHTTPS())
	defer secure.Close()
	if res, _ := get(t, secure, "/status?format=xml"); res.StatusCode != http.StatusOK {
		t.Errorf("GET /status over HTTPS = %d, want 200", res.StatusCode)
	}
}

func TestCertificates(t *testing.T) {
	first, second := NewTLSServer(), NewTLSServer()
	defer first.Close()
	defer second.Close()
	if first.Certificate().Equal(second.Certificate()) {
		t.Error("two servers share a certificate, want one each")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, second.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	var unknown x509.UnknownAuthorityError
	if res, err := client(t, first).Do(req); !errors.As(err, &unknown) {
		t.Errorf("trusting the wrong certificate = %v, %v, want UnknownAuthorityError", res, err)
	}
}

func TestSetDown(t *testing.T) {
	s := newServer(t)
	if err := s.SetDown(true); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := client(t, s).Do(req); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("GET while down = %v, %v, want connection refused", res, err)
	}
	if err := s.SetDown(false); err != nil {
		t.Fatal(err)
	}
	if res, _ := get(t, s, "/status?format=xml"); res.StatusCode != http.StatusOK {
		t.Errorf("GET /status when up again = %d, want 200", res.StatusCode)
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	s := newServer(t)
	do(t, s, ask{method: http.MethodGet, path: "/queues?format=xml", header: http.Header{"X-Test": {"yes"}}})
	for range maxRecorded - 1 {
		get(t, s, "/status")
	}
	first := s.Requests()[0]
	got := fmt.Sprint(first.Method, first.Path, first.Query, first.Header.Get("X-Test"))
	if want := "GET/queuesmap[format:[xml]]yes"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
	get(t, s, "/status")
	if got := s.Requests(); len(got) != maxRecorded || got[0].Path != "/status" {
		t.Errorf("%d requests from %s on, want the latest %d", len(got), got[0].Path, maxRecorded)
	}
}

func TestStateSources(t *testing.T) {
	s := newServer(t)
	s.SetState(State{Status: "set"})
	if _, body := get(t, s, "/status?format=json"); !strings.Contains(body, `"status":"set"`) {
		t.Errorf("/status after SetState = %s", body)
	}
	live := newServer(t, WithSource(func() State { return State{Status: "live"} }))
	if _, body := get(t, live, "/status?format=json"); !strings.Contains(body, `"status":"live"`) {
		t.Errorf("/status of a source = %s", body)
	}
}

func TestCloseWaitsForAnswers(t *testing.T) {
	started, release := make(chan bool), make(chan bool)
	order := make(chan string, 2)
	s := newServer(t, WithSource(func() State {
		started <- true
		<-release
		order <- "answer"
		return State{}
	}))
	go func() { _, _ = client(t, s).Do(request(t.Context(), t, s)) }()
	<-started
	go func() {
		s.Close()
		order <- "close"
	}()
	dialer := net.Dialer{}
	for conn, err := dialer.DialContext(t.Context(), "tcp", s.addr); err == nil; {
		_ = conn.Close()
		conn, err = dialer.DialContext(t.Context(), "tcp", s.addr)
	}
	close(release)
	if first, second := <-order, <-order; first != "answer" || second != "close" {
		t.Errorf("order of ends = %s, %s, want the answer before Close", first, second)
	}
}

func TestListenOnTakenPort(t *testing.T) {
	s := newServer(t)
	if _, err := Listen(strings.TrimPrefix(s.URL, "http://")); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Listen on a taken port = %v, want EADDRINUSE", err)
	}
}
