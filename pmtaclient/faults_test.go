package pmtaclient_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestH01NobodyThere: no such host and no route, without asking a real name
// server or network.
func TestH01NobodyThere(t *testing.T) {
	system := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = system })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	for uri, says := range map[string]string{
		"http://nobody.invalid:8080":  "lookup nobody.invalid",
		"http://255.255.255.255:8080": "network is unreachable",
	} {
		status, err := newClient(t, pmtaclient.Options{URI: uri}).Status(t.Context())
		checkError(t, err, pmtaclient.KindUnreachable, says, "--pmta.uri")
		if status != nil {
			t.Errorf("%s: status %+v, want none", uri, status)
		}
	}
}

// TestH02LeavesNothingBehind: a page that hung or dripped until the deadline
// costs no goroutine once its client is closed.
func TestH02LeavesNothingBehind(t *testing.T) {
	for _, fault := range []pmtatest.Fault{
		{Kind: pmtatest.FaultHang}, {Kind: pmtatest.FaultDrip, Every: 10 * time.Millisecond}, {Kind: pmtatest.FaultReset},
	} {
		s := pmtatest.NewServer(pmtatest.WithFault("*", fault))
		c := newClient(t, pmtaclient.Options{URI: s.URL})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := c.Status(ctx); err == nil {
			t.Errorf("%s: no error", fault.Kind)
		}
		cancel()
		c.Close()
		s.Close()
		if left := pmtatest.LeftBehind(t.Context(), "/pmtaclient"); left != "" {
			t.Errorf("%s: goroutines are left:\n%s", fault.Kind, left)
		}
	}
}

// TestCommandFaultsOverTime: what a tool does slowly or halfway is no
// answer either.
func TestCommandFaultsOverTime(t *testing.T) {
	for _, c := range []struct {
		name, fault string
		kind        pmtaclient.Kind
	}{
		{"H03 drips", "printf '<rsp><data>'\nwhile :; do printf '<a/>'; sleep 0.05; done\n", pmtaclient.KindTimeout},
		{"H04 killed", "printf '<rsp><data><status>'\nkill -9 $$\n", pmtaclient.KindCut},
		{"H09 says more", "echo '<rsp><data><status><status>running</status></status></data><succ/></rsp> x'\nexit 0\n", pmtaclient.KindCut},
		{"H19 failure", "echo '<rsp><data/></rsp>'\nexit 0\n", pmtaclient.KindRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			tool, client := newCommand(t, pmtaclient.XML)
			if err := tool.SetFault(c.fault); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			begin := time.Now()
			status, err := client.Status(ctx)
			wantError(t, err, c.kind, "show status")
			if took := time.Since(begin); status != nil || took > 5*time.Second {
				t.Errorf("status %+v after %v", status, took)
			}
		})
	}
}

// TestH07KeyStaysHere: neither a loop nor another host is followed, and the
// other host never sees the key, which Go's own client would carry there.
func TestH07KeyStaysHere(t *testing.T) {
	stranger := newServer(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("synthetic_key_0123456789_0123456789\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for to, says := range map[string]string{
		"/status?format=xml":                "not followed",
		stranger.URL + "/status?format=xml": `--pmta.uri="` + stranger.URL + `"`,
	} {
		s := newServer(t, pmtatest.WithFault("*", pmtatest.Fault{Kind: pmtatest.FaultRedirect, Text: to}))
		_, err := newClient(t, pmtaclient.Options{URI: s.URL, APIKeyFile: key}).Status(t.Context())
		checkError(t, err, pmtaclient.KindRedirected, says)
		if n := len(s.Requests()); n != 1 {
			t.Errorf("redirect to %s: %d requests, want 1", to, n)
		}
	}
	if got := stranger.Requests(); len(got) != 0 {
		t.Errorf("the other host was asked: %+v", got)
	}
}

// TestH14Sizes: headers and attributes of megabytes end the reading early, not
// the memory.
func TestH14Sizes(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   pmtaclient.Kind
		says   string
	}{
		"20 MB of headers": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 20<<20))
		}, pmtaclient.KindUnreachable, "headers exceeded"},
		"an attribute of 10 MB": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `<rsp a="`+strings.Repeat("x", 10<<20)+`"><data/><succ/></rsp>`)
		}, pmtaclient.KindCut, "not well formed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			client := newClient(t, pmtaclient.Options{URI: s.URL, MaxBodyBytes: 64 << 20})
			_, err := client.Status(t.Context())
			checkError(t, err, c.kind, c.says)
		})
	}
}

// TestH22OldTLS: a server that speaks no better than TLS 1.0 or 1.1 is refused,
// even where its certificate would do.
func TestH22OldTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		s := tlsServer(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version, Certificates: []tls.Certificate{certificate(t, time.Hour)}})
		_, err := newClient(t, pmtaclient.Options{URI: s.URL, TLS: pmtaclient.TLSOptions{InsecureSkipVerify: true}}).Status(t.Context())
		checkError(t, err, pmtaclient.KindUnreachable, "TLS 1.2", "exec:")
	}
}

// TestH22Expired: a certificate whose time is over is refused with its
// fingerprint; pinned, its dates do not matter.
func TestH22Expired(t *testing.T) {
	expired := certificate(t, -time.Hour)
	s := tlsServer(t, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{expired}})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: expired.Leaf.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	fingerprint := pmtaclient.Fingerprint(expired.Leaf)
	_, err := newClient(t, pmtaclient.Options{URI: s.URL, TLS: pmtaclient.TLSOptions{CAFile: ca}}).Status(t.Context())
	checkError(t, err, pmtaclient.KindCertificate, "expired", "--pmta.tls.pin-sha256="+fingerprint)
	if _, err := newClient(t, pmtaclient.Options{URI: s.URL, TLS: pmtaclient.TLSOptions{PinSHA256: fingerprint}}).Status(t.Context()); err != nil {
		t.Errorf("pinned: %v", err)
	}
}

// certificate makes one for the loopback that ends so long from now.
func certificate(t *testing.T, ends time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(ends)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: end.Add(-24 * time.Hour), NotAfter: end,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// tlsServer serves the scene's status with a configuration of its own.
func tlsServer(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(scene().StatusDocument().XML()) // the client notices what is missing
	}))
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}
