package collector

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// TestCleanIsLabel: the short way gives what the long way does.
func TestCleanIsLabel(t *testing.T) {
	for _, raw := range []string{"", "gmail.com", "{default}", "a b", "bücher.de", "a\x00b", "a\xffb", strings.Repeat("a", 200)} {
		if got, want := clean(raw), logscan.Label(raw); got != want {
			t.Errorf("clean(%q) = %q, want %q", raw, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "gmail.com", "\xff\x00", "\u202e", strings.Repeat("é", 100), "<script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := clean(raw)
		if got == "" || len(got) > 128 || !model.LabelValue(got).IsValid() {
			t.Fatalf("clean(%q) = %q", raw, got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) && r != utf8.RuneError {
				t.Fatalf("clean(%q) = %q with %U", raw, got, r)
			}
		}
		if again := clean(got); again != got {
			t.Fatalf("clean(%q) = %q, cleaned again %q", raw, got, again)
		}
	})
}
