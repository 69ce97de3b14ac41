package pmtaclient_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// canary is an API key that must never be seen.
const canary = "canary_0123456789_0123456789_0123456789"

func keyFile(t *testing.T, key string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

// TestP9KeyStaysSecret uses a key on every page, sound and faulty, and looks
// for it in all that comes out.
func TestP9KeyStaysSecret(t *testing.T) {
	faults := []pmtatest.Fault{
		{},
		{Kind: pmtatest.FaultStatus, N: 403},
		{Kind: pmtatest.FaultStatus, N: 500},
		{Kind: pmtatest.FaultReset},
		{Kind: pmtatest.FaultRedirect, Text: "https://elsewhere.example/"},
		{Kind: pmtatest.FaultFailure, Text: "no"},
	}
	for _, fault := range faults {
		s := newServer(t, pmtatest.WithAccess(), pmtatest.WithAPIKey(canary), pmtatest.WithFault("*", fault))
		o := pmtaclient.Options{URI: s.URL, APIKeyFile: keyFile(t, canary+"\n", 0o600)}
		c := newClient(t, o)
		var seen strings.Builder
		fmt.Fprintf(&seen, "%v %+v %#v", o, o, c)
		for _, p := range pmtaclient.Pages() {
			answer, err := c.Raw(t.Context(), p)
			fmt.Fprintf(&seen, "%s %v %+v", answer, err, err)
			if fault.Kind == "" && err != nil && p != pmtaclient.PageSources {
				t.Errorf("%s: %v", p, err)
			}
		}
		if document, err := json.Marshal(o); err == nil {
			seen.Write(document)
		}
		if strings.Contains(seen.String(), canary) {
			t.Errorf("%q lets the key out", fault.Kind)
		}
		for _, r := range s.Requests() {
			if r.Header.Get("X-Api-Key") != canary {
				t.Errorf("%s was asked without the key", r.Path)
			}
		}
	}
}

// TestP9KeySentBack: a server that says the key back does not get it into our
// words.
func TestP9KeySentBack(t *testing.T) {
	for _, fault := range []pmtatest.Fault{
		{Kind: pmtatest.FaultRedirect, Text: "https://elsewhere.example/" + canary}, {Kind: pmtatest.FaultFailure, Text: "bad key " + canary},
	} {
		for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON} {
			s := newServer(t, pmtatest.WithFault("*", fault))
			c := newClient(t, pmtaclient.Options{URI: s.URL, Format: format, APIKeyFile: keyFile(t, canary, 0o600)})
			_, err := c.Status(t.Context())
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
				t.Errorf("%s: error %v, want one without the key", fault.Kind, err)
			}
		}
	}
}

// TestWrongKey: what is refused only for the key is told so.
func TestWrongKey(t *testing.T) {
	s := newServer(t, pmtatest.WithAPIKey(strings.Replace(canary, "0", "9", 1)))
	c := newClient(t, pmtaclient.Options{URI: s.URL, APIKeyFile: keyFile(t, canary, 0o600)})
	_, err := c.License(t.Context())
	wantError(t, err, pmtaclient.KindForbidden, "check the key")
}

// TestKeyFileLost: pages that http-access admits us to need no key.
func TestKeyFileLost(t *testing.T) {
	s := newServer(t, pmtatest.WithAPIKey(canary))
	path := keyFile(t, canary, 0o600)
	c := newClient(t, pmtaclient.Options{URI: s.URL, APIKeyFile: path})
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
	_, err := c.License(t.Context())
	wantError(t, err, pmtaclient.KindForbidden, "chmod 600")
}

// Without a key nothing is ever posted.
func TestP8PostsOnlyWithKey(t *testing.T) {
	s := newServer(t)
	c := newClient(t, pmtaclient.Options{URI: s.URL})
	for _, p := range []pmtaclient.Page{pmtaclient.PageVersion, pmtaclient.PageLicense, pmtaclient.PageSources} {
		_, err := c.Raw(t.Context(), p)
		wantError(t, err, pmtaclient.KindForbidden, "--pmta.api-key-file", "exec:")
	}
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("requests %+v, want none", got)
	}
}

func TestKeyFile(t *testing.T) {
	for _, c := range []struct{ name, path, says string }{
		{"missing", "/nowhere/key", "/nowhere/key"},
		{"used by others", keyFile(t, canary, 0o640), "chmod 600"},
		{"too short", keyFile(t, "short_"+canary[:4], 0o600), "32 to 128"},
		{"odd characters", keyFile(t, canary+"!", 0o600), "32 to 128"},
		{"a directory", privateDir(t), "regular file"},
	} {
		_, err := pmtaclient.New(pmtaclient.Options{URI: "http://127.0.0.1:1", Format: pmtaclient.XML, MaxBodyBytes: 1, APIKeyFile: c.path})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary[:9]) {
			t.Errorf("%s: error %v, want %q in it and no key", c.name, err, c.says)
		}
	}
}

func privateDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKeyChanges: a new key counts from the next request on.
func TestKeyChanges(t *testing.T) {
	s := newServer(t, pmtatest.WithAccess(), pmtatest.WithAPIKey(canary))
	path := keyFile(t, strings.Replace(canary, "0", "9", 1), 0o600)
	c := newClient(t, pmtaclient.Options{URI: s.URL, APIKeyFile: path})
	_, err := c.Status(t.Context())
	wantError(t, err, pmtaclient.KindForbidden)
	if err := os.WriteFile(path, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = c.Status(t.Context())
	wantError(t, err, pmtaclient.KindForbidden, "--pmta.api-key-file")
}
