package pmtaclient_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// scene is a state of PowerMTA in which every list has something to tell.
func scene() pmtatest.State {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return pmtatest.State{
		Host:    pmtatest.Host{Name: "PowerMTA", Version: "5.0r1", FullHostName: "mail.example.com", OSName: "Linux", CPUType: "x86_64"},
		TimeNow: at, StartupTime: at.Add(-time.Hour), Status: "running",
		Volumes:    pmtatest.Volumes{Total: pmtatest.Volume{In: pmtatest.Amount{Rcp: 10, Msg: 9, KB: 8.5}}},
		QueueTypes: []pmtatest.QueueType{{Name: "smtp", Rcp: 12, Dom: 2, KB: 40}, {Name: "httpDelivery"}},
		Queues: []pmtatest.Queue{
			{
				Domain: "bücher.de", VMTA: "{default}", Rcp: 7, KB: 20.5, Conn: 2, Mode: pmtatest.ModeNormal,
				Events: []pmtatest.Event{{Type: "error", Time: at.Add(-time.Minute), Text: `421 <busy> & "tired"`}},
			},
			{Domain: "a.example", VMTA: "v", Rcp: 5, KB: 19.5, Mode: pmtatest.ModeBackoff, Paused: true, RetryTime: at.Add(time.Minute)},
		},
		Jobs: []pmtatest.Job{{ID: "weekly", Rcp: 12, KB: 40}},
	}
}

func newClient(t *testing.T, o pmtaclient.Options) *pmtaclient.Client {
	t.Helper()
	if o.Format == "" {
		o.Format = pmtaclient.XML
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = 1 << 20
	}
	c, err := pmtaclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newServer(t *testing.T, opts ...pmtatest.Option) *pmtatest.Server {
	t.Helper()
	s := pmtatest.NewServer(append([]pmtatest.Option{pmtatest.WithState(scene()), pmtatest.WithMaxItems(0)}, opts...)...)
	t.Cleanup(s.Close)
	return s
}

// readAll reads every page of a client.
func readAll(t *testing.T, c *pmtaclient.Client) []any {
	t.Helper()
	ctx := t.Context()
	var pages []any
	note := func(page any, a pmtaclient.Answer, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Bytes == 0 || a.Unknown != 0 || a.Unparsable != 0 {
			t.Errorf("answer %+v, want all leaves known and readable", a)
		}
		pages = append(pages, page)
	}
	s, err := c.Status(ctx)
	note(s, s.Answer, err)
	q, err := c.Queues(ctx)
	note(q, q.Answer, err)
	d, err := c.Domains(ctx)
	note(d, d.Answer, err)
	m, err := c.VMTAs(ctx)
	note(m, m.Answer, err)
	j, err := c.Jobs(ctx)
	note(j, j.Answer, err)
	s.Bytes, q.Bytes, d.Bytes, m.Bytes, j.Bytes = 0, 0, 0, 0, 0
	return pages
}

func TestXMLAndJSONSayTheSame(t *testing.T) {
	s := newServer(t)
	inXML := readAll(t, newClient(t, pmtaclient.Options{URI: s.URL, Format: pmtaclient.XML}))
	inJSON := readAll(t, newClient(t, pmtaclient.Options{URI: s.URL + "/", Format: pmtaclient.JSON}))
	if !reflect.DeepEqual(inXML, inJSON) {
		t.Errorf("XML says\n%+v\nJSON says\n%+v", inXML, inJSON)
	}
	queues := inXML[1].(*pmtaclient.Queues)
	want := []string{"bücher.de {default} 7", "a.example v 5"}
	var got []string
	for _, q := range queues.Queues {
		got = append(got, q.Domain+" "+q.VMTA+" "+string(rune('0'+int(q.Recipients.Value))))
	}
	if !slices.Equal(got, want) || queues.Queues[0].Newest.Cause != pmtaclient.CauseRemoteThrottle {
		t.Errorf("queues %v, newest error %v, want %v, %v", got, queues.Queues[0].Newest, want, pmtaclient.CauseRemoteThrottle)
	}
}

// TestP8OnlyReads proves that the client changes nothing: GET, on the fixed
// paths, without following and without cookies.
func TestP8OnlyReads(t *testing.T) {
	s := newServer(t)
	readAll(t, newClient(t, pmtaclient.Options{URI: s.URL}))
	var paths []string
	for _, r := range s.Requests() {
		paths = append(paths, r.Path)
		if r.Method != http.MethodGet || r.Query.Encode() != "format=xml" || r.Header.Get("Cookie") != "" {
			t.Errorf("request %+v, want GET with format=xml alone", r)
		}
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding %q, want identity", got)
		}
	}
	if want := []string{"/status", "/queues", "/domains", "/vmtas", "/jobs"}; !slices.Equal(paths, want) {
		t.Errorf("asked for %v, want %v", paths, want)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault pmtatest.Fault
		kind  pmtaclient.Kind
		says  []string
	}{
		{"H04 reset", pmtatest.Fault{Kind: pmtatest.FaultReset}, pmtaclient.KindUnreachable, []string{"--pmta.uri"}},
		{"H04 shorter than announced", pmtatest.Fault{Kind: pmtatest.FaultCut, N: 900}, pmtaclient.KindCut, []string{"ends early", "proxy"}},
		{"H05 cut in the document", pmtatest.Fault{Kind: pmtatest.FaultCutDocument, N: 900}, pmtaclient.KindCut, []string{"ends early", "proxy"}},
		{"H06 403", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 403}, pmtaclient.KindForbidden, []string{`"http-access 127.0.0.1 monitor"`}},
		{"H06 401", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 401}, pmtaclient.KindForbidden, []string{`"http-access 127.0.0.1 monitor"`}},
		{"H06 404", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 404}, pmtaclient.KindBadStatus, []string{"404", "--pmta.uri"}},
		{"H06 500", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 500}, pmtaclient.KindBadStatus, []string{"500"}},
		{"H06 503", pmtatest.Fault{Kind: pmtatest.FaultStatus, N: 503}, pmtaclient.KindBadStatus, []string{"503"}},
		{
			"H07 to HTTPS",
			pmtatest.Fault{Kind: pmtatest.FaultRedirect, Text: "https://pmta.example:8080/status?format=xml"},
			pmtaclient.KindRedirected,
			[]string{`--pmta.uri="https://pmta.example:8080"`},
		},
		{"H07 to the browser's pages", pmtatest.Fault{Kind: pmtatest.FaultRedirect, Text: "/ui"}, pmtaclient.KindRedirected, []string{"--pmta.uri", "root"}},
		{"H07 to elsewhere", pmtatest.Fault{Kind: pmtatest.FaultRedirect, Text: "file:///etc/passwd"}, pmtaclient.KindRedirected, []string{"not followed"}},
		{"H08 HTML", pmtatest.Fault{Kind: pmtatest.FaultHTML}, pmtaclient.KindNotPMTA, []string{"text/html", "http-access"}},
		{"H08 JSON instead", pmtatest.Fault{Kind: pmtatest.FaultFormat}, pmtaclient.KindNotPMTA, []string{"application/json"}},
		{"H08 empty", pmtatest.Fault{Kind: pmtatest.FaultEmpty}, pmtaclient.KindCut, []string{"ends early"}},
		{"H09 garbage", pmtatest.Fault{Kind: pmtatest.FaultTrailing, Text: "x"}, pmtaclient.KindCut, []string{"after its end"}},
		{"H12 too long", pmtatest.Fault{Kind: pmtatest.FaultFlood, N: 2}, pmtaclient.KindTooLarge, []string{"--pmta.max-body-bytes"}},
		{"H13 gzip", pmtatest.Fault{Kind: pmtatest.FaultGzip}, pmtaclient.KindNotPMTA, []string{"gzip"}},
		{"H19 failure", pmtatest.Fault{Kind: pmtatest.FaultFailure, Text: "no"}, pmtaclient.KindRefused, []string{"PowerMTA itself runs"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, pmtatest.WithFault("/status", c.fault))
			status, err := newClient(t, pmtaclient.Options{URI: s.URL}).Status(t.Context())
			checkError(t, err, c.kind, c.says...)
			if status != nil {
				t.Errorf("status %+v, want none", status)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// checkError wants an *Error of a kind whose text holds what it says.
func checkError(t *testing.T, err error, kind pmtaclient.Kind, says ...string) {
	t.Helper()
	wantError(t, err, kind, append(says, "fetch /status: ")...)
}

func TestJSONFailureSaysWhy(t *testing.T) {
	s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultFailure, Text: "shutting down"}))
	_, err := newClient(t, pmtaclient.Options{URI: s.URL, Format: pmtaclient.JSON}).Status(t.Context())
	checkError(t, err, pmtaclient.KindRefused, `"shutting down"`)
}

func TestForeignHeadIsKeptForDebugging(t *testing.T) {
	s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultHTML}))
	_, err := newClient(t, pmtaclient.Options{URI: s.URL}).Status(t.Context())
	var e *pmtaclient.Error
	if !errors.As(err, &e) || !strings.HasPrefix(string(e.Head), "<!DOCTYPE html>") || len(e.Head) > 64 {
		t.Errorf("head %q, want the first 64 bytes", e.Head)
	}
	if strings.Contains(err.Error(), "DOCTYPE") {
		t.Errorf("error %q quotes the answer", err)
	}
}

func TestH06RefusedByHTTPAccess(t *testing.T) {
	s := newServer(t, pmtatest.WithAccess(pmtatest.Access{From: netip.MustParsePrefix("192.0.2.0/24"), Level: pmtatest.AccessAdmin}))
	_, err := newClient(t, pmtaclient.Options{URI: s.URL}).Status(t.Context())
	checkError(t, err, pmtaclient.KindForbidden, `add the line "http-access 127.0.0.1 monitor"`)
}

func TestH01Unreachable(t *testing.T) {
	_, err := newClient(t, pmtaclient.Options{URI: "http://127.0.0.1:1"}).Status(t.Context())
	checkError(t, err, pmtaclient.KindUnreachable, "connection refused", "--pmta.uri")
}

func TestH02H03Deadline(t *testing.T) {
	for _, fault := range []pmtatest.Fault{
		{Kind: pmtatest.FaultHang},
		{Kind: pmtatest.FaultDrip, Every: 20 * time.Millisecond},
	} {
		s := newServer(t, pmtatest.WithFault("*", fault))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := newClient(t, pmtaclient.Options{URI: s.URL}).Status(ctx)
		checkError(t, err, pmtaclient.KindTimeout, "--pmta.timeout")
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s: gave up after %v, want about 100ms", fault.Kind, took)
		}
	}
}

func TestCertificates(t *testing.T) {
	s := pmtatest.NewTLSServer(pmtatest.WithState(scene()))
	t.Cleanup(s.Close)
	fingerprint := pmtaclient.Fingerprint(s.Certificate())
	other := pmtatest.NewTLSServer()
	t.Cleanup(other.Close)
	ca, otherCA := certificateFile(t, s), certificateFile(t, other)
	withColons := strings.ToUpper(fingerprint[:2] + ":" + fingerprint[2:])
	wrong := strings.Repeat("00", 32)
	for _, c := range []struct {
		name string
		tls  pmtaclient.TLSOptions
		fail bool
	}{
		{"H22 nothing configured", pmtaclient.TLSOptions{}, true},
		{"pinned", pmtaclient.TLSOptions{PinSHA256: fingerprint}, false},
		{"pinned, as openssl writes it", pmtaclient.TLSOptions{PinSHA256: withColons}, false},
		{"H22 another certificate pinned", pmtaclient.TLSOptions{PinSHA256: wrong}, true},
		{"CA file", pmtaclient.TLSOptions{CAFile: ca}, false},
		{"CA file and pin", pmtaclient.TLSOptions{CAFile: ca, PinSHA256: fingerprint}, false},
		{"CA file and another pin", pmtaclient.TLSOptions{CAFile: ca, PinSHA256: wrong}, true},
		{"another CA file", pmtaclient.TLSOptions{CAFile: otherCA}, true},
		{"H22 another name", pmtaclient.TLSOptions{CAFile: ca, ServerName: "pmta.example"}, true},
		{"pinned under another name", pmtaclient.TLSOptions{PinSHA256: fingerprint, ServerName: "pmta.example"}, false},
		{"not verified", pmtaclient.TLSOptions{InsecureSkipVerify: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newClient(t, pmtaclient.Options{URI: s.URL, TLS: c.tls}).Status(t.Context())
			if c.fail {
				checkError(t, err, pmtaclient.KindCertificate, "--pmta.tls.pin-sha256="+fingerprint)
			} else if err != nil {
				t.Errorf("error %v, want none", err)
			}
		})
	}
}

// A pin does not help when the CA file says otherwise: the fix is another one.
func TestH22PinnedAgainstCAFile(t *testing.T) {
	s, other := pmtatest.NewTLSServer(), pmtatest.NewTLSServer()
	t.Cleanup(s.Close)
	t.Cleanup(other.Close)
	o := pmtaclient.TLSOptions{PinSHA256: pmtaclient.Fingerprint(s.Certificate()), CAFile: certificateFile(t, other)}
	_, err := newClient(t, pmtaclient.Options{URI: s.URL, TLS: o}).Status(t.Context())
	checkError(t, err, pmtaclient.KindCertificate, "it is the pinned one, but --pmta.tls.ca-file does not vouch for it")
}

// certificateFile holds a server's certificate.
func certificateFile(t *testing.T, s *pmtatest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWrongScheme(t *testing.T) {
	plain := newServer(t)
	_, err := newClient(t, pmtaclient.Options{URI: strings.Replace(plain.URL, "http:", "https:", 1)}).Status(t.Context())
	checkError(t, err, pmtaclient.KindUnreachable, "does not speak TLS", "http://")

	redirecting := newServer(t, pmtatest.WithRedirectToHTTPS())
	_, err = newClient(t, pmtaclient.Options{URI: redirecting.URL}).Status(t.Context())
	checkError(t, err, pmtaclient.KindRedirected, `--pmta.uri="`+strings.Replace(redirecting.URL, "http:", "https:", 1)+`"`)
}

func TestOptionsThatCannotWork(t *testing.T) {
	good := pmtaclient.Options{URI: "https://127.0.0.1:8080", Format: pmtaclient.XML, MaxBodyBytes: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*pmtaclient.Options){
		"not valid":              func(o *pmtaclient.Options) { o.URI = "http://[" },
		`scheme "ftp"`:           func(o *pmtaclient.Options) { o.URI = "ftp://127.0.0.1" },
		"no host":                func(o *pmtaclient.Options) { o.URI = "http:///x" },
		"has a user":             func(o *pmtaclient.Options) { o.URI = "http://user:canary@127.0.0.1" },
		"more than a path":       func(o *pmtaclient.Options) { o.URI = "http://127.0.0.1/?format=xml" },
		`--pmta.format is "dom"`: func(o *pmtaclient.Options) { o.Format = pmtaclient.DOM },
		"at least one byte":      func(o *pmtaclient.Options) { o.MaxBodyBytes = 0 },
		"64 hexadecimal":         func(o *pmtaclient.Options) { o.TLS.PinSHA256 = "ab:cd" },
		"contradicts":            func(o *pmtaclient.Options) { o.TLS.CAFile, o.TLS.InsecureSkipVerify = "x", true },
		"no effect":              func(o *pmtaclient.Options) { o.URI, o.TLS.CAFile = "http://127.0.0.1", "x" },
		"read --pmta.tls.ca":     func(o *pmtaclient.Options) { o.TLS.CAFile = filepath.Join(t.TempDir(), "missing") },
		"no PEM":                 func(o *pmtaclient.Options) { o.TLS.CAFile = notPEM },
	} {
		o := good
		change(&o)
		_, err := pmtaclient.New(o)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("options %+v: error %v, want one that says %q", o, err, says)
		}
	}
}
