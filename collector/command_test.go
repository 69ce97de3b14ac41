package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// licensed is the scene with a license that ends.
func licensed() pmtatest.State {
	s := scene()
	s.License = pmtatest.License{
		Product: "PowerMTA", Version: "5.0", Serial: "123456", Units: 2,
		Issued: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	return s
}

// commandOptions are those of an exporter that runs a stand-in for the command
// line tool.
func commandOptions(t *testing.T, format pmtaclient.Format, collectors ...string) (*pmtatest.Command, Options) {
	t.Helper()
	tool, err := pmtatest.NewCommand(t.TempDir(), licensed(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, "http://127.0.0.1:1", pmtaclient.XML, "status")
	client, err := pmtaclient.New(pmtaclient.Options{URI: "exec:" + tool.Path, Format: format, MaxBodyBytes: 1 << 30, MaxItems: 1000})
	if err != nil {
		t.Fatal(err)
	}
	o.Client, o.Enabled = client, collectors
	return tool, o
}

// TestGoldenCommand reads the scene by the command in each of its formats: the
// golden is that of the web monitor.
func TestGoldenCommand(t *testing.T) {
	for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON, pmtaclient.DOM} {
		t.Run(string(format), func(t *testing.T) {
			_, o := commandOptions(t, format, "status", "queues", "domains", "vmtas", "jobs")
			goldenScrape(t, "scene", newExporter(t, o))
		})
	}
}

// TestGoldenLicense reads the license by the command, and over HTTP with a key.
func TestGoldenLicense(t *testing.T) {
	t.Run("exec", func(t *testing.T) {
		_, o := commandOptions(t, pmtaclient.XML, "license")
		goldenScrape(t, "license", newExporter(t, o))
	})
	t.Run("http", func(t *testing.T) {
		s := newServer(t, pmtatest.WithState(licensed()), pmtatest.WithAPIKey(testKey))
		o := options(t, s.URL, pmtaclient.XML, "license")
		client, err := pmtaclient.New(pmtaclient.Options{URI: s.URL, Format: pmtaclient.XML, MaxBodyBytes: 1 << 20, APIKeyFile: keyFile(t)})
		if err != nil {
			t.Fatal(err)
		}
		o.Client = client
		goldenScrape(t, "license", newExporter(t, o))
	})
}

const testKey = "synthetic_key_0123456789_0123456789"

func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sumOf scrapes and adds up a family; it says also how many series there are.
func sumOf(t *testing.T, e *Exporter, family string) (sum float64, series int) {
	t.Helper()
	for _, f := range e.families {
		if f.name == family {
			for _, v := range values(t, scrape(t, e), f) {
				sum += v
				series++
			}
			return sum, series
		}
	}
	t.Fatalf("no family %s", family)
	return 0, 0
}

// TestDisabledSources counts what a synthetic answer lists.
func TestDisabledSources(t *testing.T) {
	tool, o := commandOptions(t, pmtaclient.XML, "sources")
	e := newExporter(t, o)
	if _, series := sumOf(t, e, "pmta_disabled_sources"); series != 0 {
		t.Error("a figure without an answer")
	}
	err := tool.SetAnswer("--xml show disabled sources", "<rsp><data>"+
		"<source><ip>192.0.2.1</ip><queue>a.example/v</queue></source><source><ip>192.0.2.2</ip></source></data><succ/></rsp>")
	if err != nil {
		t.Fatal(err)
	}
	if got, series := sumOf(t, e, "pmta_disabled_sources"); got != 2 || series != 1 {
		t.Errorf("%v in %d series, want 2 in one", got, series)
	}
}

// TestWatchedDomains: queues that a cut list lacks are asked for by name, and
// none is counted twice. A refusal costs those queues alone and is told once.
func TestWatchedDomains(t *testing.T) {
	for _, c := range []struct {
		name       string
		opts       []pmtatest.Option
		recipients float64
		lines      int
	}{
		{"answered", []pmtatest.Option{pmtatest.WithDomainFilter()}, 50 + 30 + 20, 0},
		{"refused", nil, 50 + 30, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, append(c.opts, pmtatest.WithMaxItems(2))...)
			var logged strings.Builder
			o := options(t, s.URL, pmtaclient.XML, "queues")
			o.Watch, o.Logger = []string{"gmail.com", "yahoo.rollup"}, log.NewLogfmtLogger(&logged)
			e := newExporter(t, o)
			for range 2 {
				if got, _ := sumOf(t, e, "pmta_queue_recipients"); got != c.recipients {
					t.Errorf("%v recipients, want %v", got, c.recipients)
				}
			}
			if n := strings.Count(logged.String(), "Cannot read the queues of a watched domain"); n != c.lines {
				t.Errorf("told %d times, want %d:\n%s", n, c.lines, logged.String())
			}
		})
	}
}
