package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestM05OddRequests sends what no Prometheus sends: each gets a good answer or
// a short refusal, and leaves no label behind.
func TestM05OddRequests(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(pmtatest.State{Status: "running"}))
	defer server.Close()
	root, _ := inProcess(t, "--pmta.uri="+server.URL)
	addr := strings.TrimPrefix(root, "http://")
	const host = "Host: x\r\nConnection: close\r\n\r\n"
	for _, c := range []struct {
		name, request string
		code          int
		has           string // part of the body; empty for no body
	}{
		{"GET", "GET /metrics HTTP/1.1\r\n" + host, 200, "\npmta_up 1\n"},
		{"HTTP/1.0, no host", "GET /metrics HTTP/1.0\r\n\r\n", 200, "\npmta_up 1\n"},
		{"HTTP/1.1, no host", "GET /metrics HTTP/1.1\r\n\r\n", 400, "missing required Host"},
		{"HEAD", "HEAD /metrics HTTP/1.1\r\n" + host, 200, ""},
		{"HEAD, HTTP/1.0", "HEAD /metrics HTTP/1.0\r\n\r\n", 200, ""},
		{"POST", "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n" + host, 405, "GET"},
		{"OPTIONS", "OPTIONS /metrics HTTP/1.1\r\n" + host, 405, "GET"},
		{"TRACE", "TRACE /metrics HTTP/1.1\r\n" + host, 405, "GET"},
		{"an invented method", "BREW1 /metrics HTTP/1.1\r\n" + host, 405, "GET"},
		{"another invented method", "BREW2 /metrics HTTP/1.1\r\n" + host, 405, "GET"},
		{"unknown parameters", "GET /metrics?x=1&x=2&=& HTTP/1.1\r\n" + host, 200, "\npmta_up 1\n"},
		{"no query at all", "GET /metrics?x=%zz HTTP/1.1\r\n" + host, 400, "invalid URL escape"},
		{"one family", "GET /metrics?name[]=pmta_up HTTP/1.1\r\n" + host, 200, "\npmta_up 1\n"},
		{"a family that is none", "GET /metrics?name[]=x HTTP/1.1\r\n" + host, 200, ""},
		{"an unknown collector", "GET /metrics?collect[]=x HTTP/1.1\r\n" + host, 400, "choose from"},
		{"a long collector", "GET /metrics?collect[]=" + strings.Repeat("x", 32<<10) + " HTTP/1.1\r\n" + host, 400, "choose from"},
		{"a query of 1 MB", "GET /metrics?x=" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\n" + host, 431, "Too Large"},
		{"a header of 1 MB", "GET /metrics HTTP/1.1\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n" + host, 431, "Too Large"},
		{"TLS to the plain port", "\x16\x03\x01\x00\x05hello\r\n\r\n", 400, "Bad Request"},
		{"a path outside", "GET /../../etc/passwd HTTP/1.0\r\n\r\n", 307, ""},
	} {
		code, body := exchange(t, addr, c.request)
		if code != c.code || !strings.Contains(body, c.has) || c.has == "" && strings.Contains(body, "pmta_up") {
			t.Errorf("%s: status %d, body %.200q, want %d and %q", c.name, code, body, c.code, c.has)
		}
		if code != http.StatusOK && len(body) > 300 {
			t.Errorf("%s: the refusal has %d bytes", c.name, len(body))
		}
	}
	for series := range scrape(t, root+"/metrics") {
		if strings.Contains(series, "BREW") || strings.HasPrefix(series, "promhttp_") && strings.Contains(series, "method=") {
			t.Errorf("a request left the series %s", series)
		}
	}
}

// exchange sends bytes on a connection of their own and reads the answer.
func exchange(t *testing.T, addr, request string) (code int, body string) {
	t.Helper()
	dialer := net.Dialer{Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = io.WriteString(conn, request) }() // the server may answer before it has read all
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil && response.StatusCode == http.StatusOK {
		t.Errorf("%.40q: %v", request, err)
	}
	return response.StatusCode, string(all)
}
