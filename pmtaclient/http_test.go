package pmtaclient

import (
	"net/http"
	"testing"
)

// TestP8NoProxyNoCookies looks at what no test over the loopback can see: Go
// never sends that through a proxy.
func TestP8NoProxyNoCookies(t *testing.T) {
	m, err := newWebMonitor(Options{URI: "http://127.0.0.1:1", Format: XML})
	if err != nil {
		t.Fatal(err)
	}
	transport, ok := m.client.Transport.(*http.Transport)
	if !ok || transport.Proxy != nil || !transport.DisableCompression || transport.MaxResponseHeaderBytes != 64<<10 || m.client.Jar != nil {
		t.Errorf("transport %+v, want no proxy, no compression, headers of at most 64 KiB, no cookies", transport)
	}
}
