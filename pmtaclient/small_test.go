package pmtaclient_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

func sampleText(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestLicense reads the one published license, and synthetic ones under the
// same words in the other forms.
func TestLicense(t *testing.T) {
	day := time.Date(2100, 3, 20, 0, 0, 0, 0, time.UTC)
	want := pmtaclient.License{Product: "PowerMTA", Serial: "238478", Units: "0", Expires: day}
	never := want
	never.Expires = time.Time{}
	odd := want
	odd.Expires, odd.Unparsable, odd.Unknown = time.Time{}, 1, 1
	text := sampleText(t, "license-5.0.cli.txt")
	const inXML = "<rsp><data><license><product>PowerMTA</product><units>0</units><serial>238478</serial><expires>2100-03-20</expires></license></data><succ/></rsp>"
	for _, c := range []struct {
		name, answer string
		want         pmtaclient.License
	}{
		{"published", text, want},
		{"never ends", strings.Replace(text, "2100-03-20", "never", 1), never},
		{"with a time", strings.Replace(text, "2100-03-20", "2100-03-20 00:00:00", 1), want},
		{"odd day and line", strings.Replace(text, "2100-03-20", "soon\nno label", 1), odd},
		{"XML", inXML, want},
		{"JSON", `{"data":{"product":"PowerMTA","serial":"238478","units":0,"expires":"2100-03-20"},"status":"success"}`, want},
		{"text in JSON", `{"data":"product: PowerMTA\nserial: 238478\nunits: 0\nexpires: 2100-03-20\n","status":"success","message":""}`, want},
	} {
		got, err := pmtaclient.DecodeLicense(strings.NewReader(c.answer), pmtaclient.XML)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Bytes = 0; *got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, *got, c.want)
		}
	}
	for name, answer := range map[string]string{
		"nothing": "", "prose": "You may not.\n", "cut": "<rsp><data><serial>1</ser",
		"failure": `{"data":{},"status":"fail","message":"no"}`, "long": strings.Repeat("serial: 1\n", 10_000),
	} {
		if got, err := pmtaclient.DecodeLicense(strings.NewReader(answer), pmtaclient.XML); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}

// TestVersion reads the published answers and, in DOM, a synthetic one.
func TestVersion(t *testing.T) {
	for _, c := range []struct {
		name, answer              string
		version, revision, system string
	}{
		{"text", sampleText(t, "version-5.0r1.cli.txt"), "5.0r1", "v5_0r1@190913.ba26ec5", ""},
		{"text in JSON", sampleText(t, "command-show-version-text-5.0r5.http.json"), "5.0r5", "v5_0r5@200706.c291ebf", ""},
		{"JSON", sampleText(t, "command-show-version-5.0r5.http.json"), "5.0r5", "v5_0r5@200706.c291ebf", "Linux"},
		{"DOM", "product.name=\"PowerMTA\"\nproduct.version=\"4.0\"\nos.name=\"Linux\"\n", "4.0", "", "Linux"},
	} {
		got, err := pmtaclient.DecodeVersion(strings.NewReader(c.answer), pmtaclient.DOM)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := pmtaclient.Product{Name: "PowerMTA", Version: c.version, Revision: c.revision}
		if got.Product != want || got.OS != c.system || got.Unknown != 0 || got.Unparsable != 0 {
			t.Errorf("%s: %+v, want %+v on %q", c.name, *got, want, c.system)
		}
	}
	if got, err := pmtaclient.DecodeVersion(strings.NewReader("usage: pmta\n"), pmtaclient.XML); err == nil {
		t.Errorf("%+v, want an error", got)
	}
}

// TestDisabledSources reads synthetic answers: none was ever published.
func TestDisabledSources(t *testing.T) {
	for _, c := range []struct {
		name, answer      string
		disabled, unknown int
	}{
		{"XML", "<rsp><data><title>x</title><source><ip>192.0.2.1</ip></source><source><ip>192.0.2.2</ip></source></data><succ/></rsp>", 2, 2},
		{"leaves", "<rsp><data><source>192.0.2.1</source><totalSources>1</totalSources></data><succ/></rsp>", 1, 0},
		{"none", "<rsp><data/><succ/></rsp>", 0, 0},
		{"JSON", `{"data":{"sources":[{"ip":"192.0.2.1"}]},"status":"success"}`, 1, 1},
		{"text", "192.0.2.1 a.example/v\n\n192.0.2.2 b.example/v\n", 2, 0},
	} {
		got, err := pmtaclient.DecodeSources(strings.NewReader(c.answer), pmtaclient.XML)
		if err != nil || got.Disabled != c.disabled || got.Unknown != c.unknown {
			t.Errorf("%s: %+v, %v, want %d disabled, %d unknown", c.name, got, err, c.disabled, c.unknown)
		}
	}
}

func FuzzSmall(f *testing.F) {
	for _, name := range []string{
		"license-5.0.cli.txt", "version-5.0r1.cli.txt", "command-show-version-5.0r5.http.json", "command-show-version-text-5.0r5.http.json",
	} {
		f.Add(sampleText(f, name))
	}
	f.Fuzz(func(t *testing.T, answer string) {
		license, errLicense := pmtaclient.DecodeLicense(strings.NewReader(answer), pmtaclient.XML)
		version, errVersion := pmtaclient.DecodeVersion(strings.NewReader(answer), pmtaclient.XML)
		sources, errSources := pmtaclient.DecodeSources(strings.NewReader(answer), pmtaclient.XML)
		if (license == nil) != (errLicense != nil) || (version == nil) != (errVersion != nil) || (sources == nil) != (errSources != nil) {
			t.Errorf("part of an answer: %v %v, %v %v, %v %v", license, errLicense, version, errVersion, sources, errSources)
		}
	})
}
