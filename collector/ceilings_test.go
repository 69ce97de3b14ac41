package collector

import (
	"maps"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

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

// TestOverflowBegins: what is counted on scrapes began with the exporter, what
// is counted from files and kept began with the counts.
func TestOverflowBegins(t *testing.T) {
	scraped, counted := gaugeBy(1, "scraped", "H.", "l"), counterBy(1, "counted_total", "H.", "l")
	c := newCeilings([]*family{scraped, counted})
	page := newSamples()
	page.note(counted, logscan.Usage{Overflow: 7})
	page.countsSince = time.Unix(946684800, 0)
	out := newSamples()
	out.merge(page)
	out.merge(newSamples())
	c.emit(out)
	want := map[string]time.Time{"scraped": c.created, "counted_total": page.countsSince}
	for _, m := range out.metrics {
		var sample dto.Metric
		if err := m.Write(&sample); err != nil {
			t.Fatal(err)
		}
		family := sample.GetLabel()[0].GetValue()
		if created := sample.GetCounter().GetCreatedTimestamp(); sample.Counter != nil && !created.AsTime().Equal(want[family]) {
			t.Errorf("overflow of %s began at %v, want %v", family, created.AsTime(), want[family])
		}
	}
	if got, want := len(out.metrics), 6; got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
}
