package collector

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// fullExporter has every collector on and follows no files yet.
func fullExporter(t testing.TB) *Exporter {
	t.Helper()
	o := options(t, "http://127.0.0.1:1", pmtaclient.XML)
	o.Scanner = newScanner(t, filepath.Join(t.TempDir(), "*.csv"))
	o = withLookups(t, o, "127.0.0.1:1")
	return newExporter(t, o)
}

// defaultReplies takes a while, and many tests want it.
var defaultReplies = sync.OnceValues(reply.Default)

// rulesOf returns the rules of the embedded data, but for the providers.
func rulesOf(t testing.TB, providers *provider.Catalogue) logscan.Rules {
	t.Helper()
	bounces, err := bounce.Default()
	if err != nil {
		t.Fatal(err)
	}
	replies, err := defaultReplies()
	if err != nil {
		t.Fatal(err)
	}
	events, err := textlog.Default()
	if err != nil {
		t.Fatal(err)
	}
	return logscan.Rules{Providers: providers, Bounces: bounces, Replies: replies, LogEvents: events}
}

// newScanner follows the files of a glob from their start.
func newScanner(t testing.TB, glob string) *logscan.Scanner {
	t.Helper()
	o := scanOptions(t)
	o.Accounting = []string{glob}
	return startScanner(t, o)
}

// scanOptions name no files yet.
func scanOptions(t testing.TB) logscan.Options {
	t.Helper()
	return logscan.Options{
		From: logscan.FromStart, PollInterval: time.Second, MaxBackfillAge: time.Hour, MaxBackfillBytes: 1 << 30,
		MaxRecordBytes: 1 << 20, MaxSeries: 20_000, MaxSenderDomains: 500,
		Rules: rulesOf(t, catalogue(t)), Logger: log.NewNopLogger(),
	}
}

func startScanner(t testing.TB, o logscan.Options) *logscan.Scanner {
	t.Helper()
	s, err := logscan.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMetricsDocument holds docs/metrics.md to the code.
func TestMetricsDocument(t *testing.T) {
	file := filepath.Join("..", "docs", "metrics.md")
	want := metricsDocument(fullExporter(t))
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/metrics.md differs from the code: run go test ./collector -update")
	}
}

const metricsPreface = `# Metrics

Made from the code by ` + "`go test ./collector -update`" + `; a test fails when this page drifts.

*Most* is the ceiling of label sets with default flags. Beyond it the open label becomes ` + "`other`" + `, and
` + "`pmta_exporter_series_overflow_total`" + ` counts; ` + "`pmta_exporter_series`" + ` and its limit say how full a family is. For
` + "`pmta_sender_domain_outcomes_total`" + ` the ceiling is of sending domains, for those
that begin with ` + "`pmta_log_`" + ` of logs.

A family that is counted by VirtualMTA or source IP takes no new name once three quarters of its named label sets are in use, because the
rest is kept for further label sets of names already shown; so with many names it ends at about 75 % of *most*, and only
` + "`pmta_source_ip_info`" + `, which counts nothing, goes on to 100 %.
`

// sections are the parts of docs/metrics.md.
func sections(e *Exporter) []struct {
	title, about string
	families     []*family
} {
	var scraped, counted, looked, own []*family
	for _, f := range e.families {
		switch {
		case strings.HasPrefix(f.name, "pmta_exporter_"):
			own = append(own, f)
		case slices.Contains(e.scan.families(), f):
			counted = append(counted, f)
		case slices.Contains(e.dnsbl.families(), f):
			looked = append(looked, f)
		default:
			scraped = append(scraped, f)
		}
	}
	return []struct {
		title, about string
		families     []*family
	}{
		{
			"Read from PowerMTA on each scrape",
			"What PowerMTA did not report is absent, never 0 and never remembered. Its kb is taken for 1,024 bytes (the guide does not say which it is), and figures are rounded to whole bytes.",
			scraped,
		},
		{
			"Counted from accounting files and text logs in the background",
			"These start at 0 with the exporter unless `--state.directory` keeps them. Only mail to other hosts counts (dlvType smtp or empty), but for the records by type. The families of files that no flag names are absent.",
			counted,
		},
		{
			"Looked up in the DNS in the background",
			"With `--collector.dnsbl` only, but for the hostnames that the configuration has. A family is about an address as long as something is known: silence, refusals and failures are neither 1 nor 0.",
			looked,
		},
		{"About the exporter itself", "Besides these there are the usual go_*, process_* and promhttp_*.", own},
	}
}

func metricsDocument(e *Exporter) []byte {
	doc := metricsPreface
	for _, s := range sections(e) {
		doc += "\n## " + s.title + "\n\n" + s.about + "\n\n| metric | type | labels | most | meaning |\n| --- | --- | --- | ---: | --- |\n"
		rows := []string{}
		for _, f := range s.families {
			most := ""
			if f.limit > 0 {
				most = fmt.Sprint(f.limit)
			}
			rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", f.name, f.kind, strings.Join(f.labels, ", "), most, f.help))
		}
		slices.Sort(rows)
		doc += strings.Join(rows, "")
	}
	doc += "| `pmta_exporter_build_info` | gauge | version, revision, branch, goversion, goos, goarch, tags | 1 | What this exporter was built from. Always 1. |\n"
	return []byte(doc)
}

// TestFamiliesKeepTheRules lints every family, emitted or not.
func TestFamiliesKeepTheRules(t *testing.T) {
	var text strings.Builder
	for _, f := range fullExporter(t).families {
		if !strings.HasSuffix(f.help, ".") || strings.Count(f.help, "\n") > 0 {
			t.Errorf("%s: the help %q is no sentence with a full stop", f.name, f.help)
		}
		if !strings.HasPrefix(f.name, "pmta_") {
			t.Errorf("%s lacks the prefix pmta_", f.name)
		}
		if len(f.labels) > 0 && f.limit == 0 {
			t.Errorf("%s has labels and no ceiling", f.name)
		}
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
		if f.kind == histogramKind {
			fmt.Fprintf(&text, "%s_bucket{le=\"+Inf\"} 1\n%s_sum 1\n%s_count 1\n", f.name, f.name, f.name)
			continue
		}
		var pairs []string
		for _, l := range f.labels {
			pairs = append(pairs, l+`="x"`)
		}
		fmt.Fprintf(&text, "%s{%s} 1\n", f.name, strings.Join(pairs, ","))
	}
	problems, err := promlint.New(strings.NewReader(text.String())).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
