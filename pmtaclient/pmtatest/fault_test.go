package pmtatest

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	doc := State{Status: "running"}.StatusDocument()
	xml, json := string(doc.XML()), string(doc.JSON())
	tests := []struct {
		fault        Fault
		format       string
		code         int
		body         string
		header, want string
	}{
		{Fault{Kind: FaultStatus, N: 503}, "xml", 503, string(htmlAnswer(503, "Service Unavailable").body), "Content-Type", typeHTML},
		{Fault{Kind: FaultHTML}, "xml", 200, string(htmlAnswer(200, "PowerMTA").body), "Content-Type", typeHTML},
		{Fault{Kind: FaultRedirect, Text: "http://192.0.2.1/x"}, "xml", 302, "<a href=\"http://192.0.2.1/x\">Found</a>.\n\n", "Location", "http://192.0.2.1/x"},
		{Fault{Kind: FaultEmpty}, "xml", 200, "", "Content-Length", "0"},
		{Fault{Kind: FaultCutDocument, N: 100}, "xml", 200, xml[:100], "Content-Type", typeXML},
		{Fault{Kind: FaultCutDocument, N: 1 << 20}, "json", 200, json, "Content-Type", typeJSON},
		{Fault{Kind: FaultDrip, Every: time.Nanosecond}, "xml", 200, xml, "Content-Type", typeXML},
		{Fault{Kind: FaultFlood, N: 2}, "xml", 200, strings.Repeat(" ", 2<<20) + xml, "Content-Type", typeXML},
		{Fault{Kind: FaultTrailing, Text: "<x/>"}, "xml", 200, xml + "<x/>", "Content-Type", typeXML},
		{Fault{Kind: FaultFormat}, "xml", 200, json, "Content-Type", typeJSON},
		{Fault{Kind: FaultFormat}, "json", 200, xml, "Content-Type", typeXML},
		{Fault{Kind: FaultFailure, Text: "busy"}, "xml", 200, strings.Replace(xml, "<succ/>", "", 1), "Content-Type", typeXML},
		{
			Fault{Kind: FaultFailure, Text: "busy"},
			"json", 200,
			strings.Replace(json, `"success","message":""`, `"fail","message":"busy"`, 1), "Content-Type", typeJSON,
		},
	}
	s := newServer(t, WithState(State{Status: "running"}))
	for _, test := range tests {
		s.SetFaults(map[string]Fault{"/status": test.fault})
		res, body := get(t, s, "/status?format="+test.format)
		if res.StatusCode != test.code || body != test.body || res.Header.Get(test.header) != test.want {
			t.Errorf("%s for %s = %d %q %v, want %d %q and %s: %s", test.fault.Kind, test.format,
				res.StatusCode, body, res.Header, test.code, test.body, test.header, test.want)
		}
	}
}

func TestFaultCut(t *testing.T) {
	for _, n := range []int{0, 10, 1 << 20} {
		s := newServer(t, WithFault("/status", Fault{Kind: FaultCut, N: n}))
		res, err := client(t, s).Do(request(t.Context(), t, s))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) > n {
			t.Errorf("body cut after %d bytes = %d bytes, %v, want unexpected EOF", n, len(body), err)
		}
		res.Body.Close()
	}
}

func TestFaultReset(t *testing.T) {
	secure := NewTLSServer(WithFault("*", Fault{Kind: FaultReset}))
	defer secure.Close()
	plain := newServer(t, WithFault("*", Fault{Kind: FaultReset}))
	for _, s := range []*Server{plain, secure} {
		if res, err := client(t, s).Do(request(t.Context(), t, s)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("GET %s = %v, %v, want a reset connection", s.URL, res, err)
		}
	}
}

// TestFaultHang also shows that Close does not wait for a client.
func TestFaultHang(t *testing.T) {
	s := newServer(t, WithFault("*", Fault{Kind: FaultHang}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if res, err := client(t, s).Do(request(ctx, t, s)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("GET = %v, %v, want no answer within the deadline", res, err)
	}
	seen := len(s.Requests()) // the first may have expired on its way
	ended := make(chan error)
	go func() {
		_, err := client(t, s).Do(request(t.Context(), t, s))
		ended <- err
	}()
	for deadline := time.Now().Add(10 * time.Second); len(s.Requests()) == seen; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the second request did not arrive")
		}
	}
	s.Close()
	if err := <-ended; err == nil {
		t.Error("a hung request got an answer from Close, want an error")
	}
}

func TestFaultGzip(t *testing.T) {
	s := newServer(t, WithFault("*", Fault{Kind: FaultGzip}))
	req := request(t.Context(), t, s)
	req.Header.Set("Accept-Encoding", "identity")
	res, err := client(t, s).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if want := string(State{}.StatusDocument().XML()); string(body) != want || err != nil {
		t.Errorf("unpacked body = %q, %v, want %q", body, err, want)
	}
	if got := res.Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("Content-Encoding = %q, want gzip", got)
	}
}

func TestFaultOfOnePage(t *testing.T) {
	broken := Fault{Kind: FaultStatus, N: 500}
	s := newServer(t, WithFault("*", broken), WithFault("/status", Fault{}))
	want := func(why string, status, queues int) {
		t.Helper()
		for path, code := range map[string]int{"/status": status, "/queues": queues} {
			if res, _ := get(t, s, path+"?format=xml"); res.StatusCode != code {
				t.Errorf("%s: GET %s = %d, want %d", why, path, res.StatusCode, code)
			}
		}
	}
	want("all but one by options", http.StatusOK, http.StatusInternalServerError)
	s.SetFaults(map[string]Fault{"/status": broken})
	want("only one", http.StatusInternalServerError, http.StatusOK)
	s.SetFaults(map[string]Fault{"*": broken, "/status": {}})
	want("all but one", http.StatusOK, http.StatusInternalServerError)
	s.SetFaults(nil)
	want("none", http.StatusOK, http.StatusOK)
}

func request(ctx context.Context, t testing.TB, s *Server) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/status?format=xml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}
