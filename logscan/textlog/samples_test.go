package textlog

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
