package collector

import (
	"maps"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// TestOverflowAddsUp: what scrapes fold is a count over all of them, and what
// files fold is taken over as it is.
func TestOverflowAddsUp(t *testing.T) {
	scraped, counted := gaugeBy(1, "scraped", "H.", "l"), counterBy(1, "counted_total", "H.", "l")
	c := newCeilings([]*family{scraped, counted})
	for n, want := range []map[string]float64{
		{"family=counted_total ": 10, "family=scraped ": 3},
		{"family=counted_total ": 11, "family=scraped ": 6},
		{"family=counted_total ": 12, "family=scraped ": 9},
	} {
		out := newSamples()
		out.fold(scraped, 3)
		out.note(counted, logscan.Usage{Series: 1, Limit: 1, Overflow: uint64(10 + n)})
		c.emit(out)
		if got := values(t, out, c.overflow); !maps.Equal(got, want) {
			t.Errorf("scrape %d: overflow %v, want %v", n+1, got, want)
		}
	}
}
