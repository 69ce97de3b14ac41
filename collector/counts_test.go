package collector

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// shown returns the label sets of one family on one scrape with their values,
// as they are written out.
func shown(t *testing.T, c *scanCollector, s *logscan.Snapshot) []string {
	t.Helper()
	out := newSamples()
	if err := c.outcomes.emit(out, s.Outcomes); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range out.whole[c.outcomes.family] {
		all = append(all, strings.Join(valuesOf(m), " "))
	}
	return all
}

func valuesOf(m *dto.Metric) (values []string) {
	for _, l := range m.Label {
		values = append(values, l.GetValue())
	}
	return values
}

// TestCountsGrow: label sets that come later take their place in the order, a
// scrape of an older commit shows what that had, and scrapes may come together.
func TestCountsGrow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acct.csv")
	write := func(text string) {
		t.Helper()
		appendTo(t, file, text)
	}
	write("type,vmta,rcpt\nd,m,a@gmail.com\n")
	s := newScanner(t, file)
	older := commitPoll(t, s)
	c := newScanCollector(s)
	want := []string{"delivered gmail m"}
	if got := shown(t, c, older); !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
	write("d,z,a@gmail.com\nb,a,a@gmail.com\nb,m,a@gmail.com\n")
	newer := commitPoll(t, s)
	var scrapes sync.WaitGroup
	for range 4 {
		scrapes.Go(func() {
			want := []string{"delivered gmail m", "delivered gmail z", "soft_bounce gmail a", "soft_bounce gmail m"}
			if got := shown(t, c, newer); !slices.Equal(got, want) {
				t.Errorf("shown %q, want %q", got, want)
			}
		})
	}
	scrapes.Wait()
	if got := shown(t, c, older); !slices.Equal(got, want) {
		t.Errorf("of the older commit %q is shown, want %q", got, want)
	}
}
