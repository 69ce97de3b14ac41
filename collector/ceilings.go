package collector

import (
	"maps"
	"sync"
	"time"
)

// ceilings publishes how many label sets each family has and may have, so that
// a family that runs full is seen before something is missed.
type ceilings struct {
	labelled                []*family
	series, limit, overflow *family
	created                 time.Time

	mu       sync.Mutex
	overflew map[*family]float64
	limits   map[*family]int // newest, of those that the configuration file can change
}

func newCeilings(families []*family) *ceilings {
	c := &ceilings{created: time.Now(), overflew: map[*family]float64{}, limits: map[*family]int{}}
	for _, f := range families {
		if len(f.labels) > 0 {
			c.labelled = append(c.labelled, f)
		}
	}
	n := len(c.labelled)
	c.series = gaugeBy(n, "pmta_exporter_series",
		"Label sets that the family had in this scrape.", "family")
	c.limit = gaugeBy(n, "pmta_exporter_series_limit",
		"Most label sets that the family may have.", "family")
	c.overflow = counterBy(n, "pmta_exporter_series_overflow_total",
		"Label sets of scrapes, or counts from files, that had no series of their own because the family was full.", "family")
	return c
}

func (c *ceilings) families() []*family { return []*family{c.series, c.limit, c.overflow} }

// emit adds up what this scrape folded and publishes all.
func (c *ceilings) emit(out *samples) {
	c.mu.Lock()
	for f, n := range out.folded {
		c.overflew[f] += n
	}
	maps.Copy(c.limits, out.limits)
	overflew, limits := maps.Clone(c.overflew), maps.Clone(c.limits)
	c.mu.Unlock()
	for _, f := range c.labelled {
		out.add(c.series, float64(out.series[f]), f.name)
		limit, changed := limits[f]
		if !changed {
			limit = f.limit
		}
		out.add(c.limit, float64(limit), f.name)
		if n, ok := out.overflew[f]; ok { // kept over restarts, with the counts
			out.addSince(out.countsSince, c.overflow, n, f.name)
		} else {
			out.addSince(c.created, c.overflow, overflew[f], f.name)
		}
	}
}
