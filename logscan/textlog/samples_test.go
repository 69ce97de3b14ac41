package textlog

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// samples returns the published log lines by the name of their file. Those of
// queue-events.txt are no log lines, but PowerMTA's own words.
func samples(tb testing.TB) map[string]string {
	tb.Helper()
	found := map[string]string{}
	for _, name := range []string{"log-commands-2003.txt", "log-data-2003.txt", "log-errors.txt", "log-trace-2019.txt", "queue-events.txt"} {
		text, err := os.ReadFile(filepath.Join("../../testdata/samples-logs", name))
		if err != nil {
			tb.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

// TestPublishedNames: the log files that a web monitor lists and that a fresh
// start leaves have four names.
func TestPublishedNames(t *testing.T) {
	got := map[string]bool{}
	for _, list := range []string{"log-directory-listing.txt", "log-names-webmonitor-5.0r1.txt"} {
		text, err := os.ReadFile("../../testdata/samples-logs/" + list)
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(string(text)) {
			got[Name(name)] = true
		}
	}
	want := []string{"log", "pmta-startuperr.log", "pmta.log", "pmtahttp.log"}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
		t.Errorf("names of published logs = %q, want %q", names, want)
	}
}

// describe shows what was understood of a log, a row per line: its level, its
// event, the line.
func describe(t *testing.T, c *Catalogue, text string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range cutUp(t, 1<<20, text, 11, true).lines {
		kind, line := line[0], line[len("= "):]
		level, event := c.Classify([]byte(line))
		if kind != '=' {
			level, event = "(continued)", None
		}
		fmt.Fprintf(&b, "  %-11s %-18s %s\n", level, event, strings.TrimRight(line, "\r\n"))
	}
	return b.String()
}

func TestPublishedSamples(t *testing.T) {
	const golden = "testdata/samples.golden"
	c, found := defaultCatalogue(t), samples(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(found)) {
		b.WriteString(name + "\n" + describe(t, c, found[name]))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("samples read as\n%s\nwant\n%s", b.String(), want)
	}
}
