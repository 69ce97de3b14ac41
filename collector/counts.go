package collector

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// counts shows one family that is counted from files.
//
// There may be tens of thousands of label sets. Each keeps its place among
// logscan.Counts, and new ones come behind it, so their labels and times of
// creation are made once, and their order is found anew only when there are
// more. All that a scrape makes is a value for each: a quarter of the work of
// const metrics, see BenchmarkScrapeCounted.
type counts[K comparable] struct {
	family *family
	labels func(K) []string

	mu    sync.Mutex    // scrapes may come together
	rows  []*dto.Metric // in the places of logscan.Counts; what is the same on each scrape
	order []int         // places, ordered by labels
}

func newCounts[K comparable](f *family, labels func(K) []string) *counts[K] {
	return &counts[K]{family: f, labels: labels}
}

// emit adds the whole family, in order.
func (c *counts[K]) emit(out *samples, committed logscan.Counts[K]) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	values := make([]float64, 0, len(c.rows))
	for s := range committed.All() {
		if len(values) == len(c.rows) {
			if err := c.add(s); err != nil {
				return err
			}
		}
		values = append(values, float64(s.Value))
	}
	if len(c.order) < len(c.rows) {
		c.sort()
	}
	out.whole[c.family] = c.metrics(values)
	out.note(c.family, committed.Usage)
	return nil
}

// metrics joins values with what stays the same. All are made at once: one by
// one they cost as much again.
func (c *counts[K]) metrics(values []float64) []*dto.Metric {
	made := make([]struct {
		metric  dto.Metric
		counter dto.Counter
	}, len(values))
	ordered := make([]*dto.Metric, 0, len(values))
	for _, i := range c.order {
		if i >= len(values) { // of two scrapes, that of the older commit may come later
			continue
		}
		m := &made[i]
		m.metric.Label = c.rows[i].Label
		if c.family.kind == gaugeKind {
			m.metric.Gauge = c.rows[i].Gauge
		} else {
			m.counter.Value, m.counter.CreatedTimestamp = &values[i], c.rows[i].Counter.CreatedTimestamp
			m.metric.Counter = &m.counter
		}
		ordered = append(ordered, &m.metric)
	}
	return ordered
}

// add takes in a label set that is new. A gauge only says that it is there.
func (c *counts[K]) add(s logscan.Series[K]) error {
	f := c.family
	metric, err := prometheus.NewConstMetric(f.desc, f.kind.valueType(), 1, c.labels(s.Key)...)
	if err == nil && f.kind == counterKind {
		metric, err = prometheus.NewConstMetricWithCreatedTimestamp(f.desc, prometheus.CounterValue, 0, s.Created, c.labels(s.Key)...)
	}
	if err != nil {
		return err
	}
	row := new(dto.Metric)
	if err := metric.Write(row); err != nil {
		return err
	}
	c.rows = append(c.rows, row)
	return nil
}

// sort finds the order, and lays the labels side by side in it: writing them
// out one after the other, the processor else waits for memory half of the
// time.
func (c *counts[K]) sort() {
	for i := len(c.order); i < len(c.rows); i++ {
		c.order = append(c.order, i)
	}
	slices.SortFunc(c.order, func(a, b int) int { return byLabels(c.rows[a], c.rows[b]) })
	names := c.rows[0].Label
	values := make([]string, len(c.rows)*len(names))
	pairs := make([]dto.LabelPair, len(values))
	labels := make([]*dto.LabelPair, len(values))
	next := 0
	for _, i := range c.order {
		begin := next
		for j, was := range c.rows[i].Label {
			values[next] = *was.Value
			pairs[next].Name, pairs[next].Value = names[j].Name, &values[next]
			labels[next] = &pairs[next]
			next++
		}
		c.rows[i].Label = labels[begin:next:next]
	}
}
