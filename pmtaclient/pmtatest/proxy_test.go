package pmtatest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newProxy stands before a server of its own.
func newProxy(t *testing.T, opts ...Option) (*Server, *Proxy) {
	t.Helper()
	s := newServer(t, opts...)
	p := NewProxy(s.URL)
	t.Cleanup(p.Close)
	return s, p
}

// getThrough asks for a page through a proxy, on a connection of its own.
func getThrough(ctx context.Context, p *Proxy, path string) (code int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return 0, "", err
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

func TestProxyPasses(t *testing.T) {
	state := State{Status: "running"}
	_, p := newProxy(t, WithState(state))
	want := string(state.StatusDocument().XML())
	for _, toxic := range []Toxic{
		{},
		{Kind: ToxicDelay, Every: time.Millisecond},
		{Kind: ToxicDelay, Upstream: true, Every: time.Millisecond},
		{Kind: ToxicDrip, Every: time.Nanosecond},
		{Kind: ToxicDrip, Upstream: true, Every: time.Nanosecond},
		{Kind: ToxicReset, N: 1 << 20},
		{Kind: ToxicReset, Path: "/queues"},
	} {
		p.SetToxic(toxic)
		code, body, err := getThrough(t.Context(), p, "/status?format=xml")
		if code != http.StatusOK || body != want || err != nil {
			t.Errorf("%+v: %d %q, %v, want 200 %q", toxic, code, body, err, want)
		}
	}
}

func TestProxyBreaks(t *testing.T) {
	s, p := newProxy(t)
	for _, c := range []struct {
		toxic Toxic
		want  error // of a client that waits 100 ms where it waits in vain
	}{
		{Toxic{Kind: ToxicReset}, syscall.ECONNRESET},
		{Toxic{Kind: ToxicReset, N: 1000}, syscall.ECONNRESET},
		{Toxic{Kind: ToxicReset, N: 10, Upstream: true}, syscall.ECONNRESET},
		{Toxic{Kind: ToxicCut}, io.EOF},
		{Toxic{Kind: ToxicCut, N: 1000}, io.ErrUnexpectedEOF},
		{Toxic{Kind: ToxicStall}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicStall, N: 1000}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicStall, N: 10, Upstream: true}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicDelay, Every: time.Hour}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicDelay, Every: time.Hour, Upstream: true}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicDrip, Every: 50 * time.Millisecond}, context.DeadlineExceeded},
		{Toxic{Kind: ToxicDrip, Every: 50 * time.Millisecond, Upstream: true}, context.DeadlineExceeded},
	} {
		p.SetToxic(c.toxic)
		patience := time.Minute
		if errors.Is(c.want, context.DeadlineExceeded) {
			patience = 100 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		code, _, err := getThrough(ctx, p, "/status?format=xml")
		cancel()
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %d, %v, want %v", c.toxic, code, err, c.want)
		}
	}
	// A request that ends early is none: the server refuses it or says nothing.
	p.SetToxic(Toxic{Kind: ToxicCut, N: 10, Upstream: true})
	seen := len(s.Requests())
	if code, _, err := getThrough(t.Context(), p, "/status?format=xml"); err == nil && code != http.StatusBadRequest {
		t.Errorf("a request that was cut: %d", code)
	}
	if got := len(s.Requests()); got != seen {
		t.Errorf("the server took %d cut requests for whole ones", got-seen)
	}
}

// TestProxyOfOnePage keeps one connection: the toxic strikes the page alone.
func TestProxyOfOnePage(t *testing.T) {
	_, p := newProxy(t)
	p.SetToxic(Toxic{Kind: ToxicCut, N: 20, Path: "/queues"})
	c := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer c.CloseIdleConnections()
	for _, path := range []string{"/status", "/queues", "/status", "/domains?x=/queues"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		if broken := strings.HasPrefix(path, "/queues"); (err != nil) != broken {
			t.Errorf("%s: %v, want an error: %v", path, err, broken)
		}
	}
}

// TestProxyWithoutServer ends connections, and is closed twice without harm.
func TestProxyWithoutServer(t *testing.T) {
	s, p := newProxy(t)
	s.Close()
	if code, _, err := getThrough(t.Context(), p, "/status"); err == nil {
		t.Errorf("without a server: %d, want an error", code)
	}
	p.Close()
	p.Close()
	if _, _, err := getThrough(t.Context(), p, "/status"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("once closed: %v, want a refusal", err)
	}
}
