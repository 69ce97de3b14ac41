package collector

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"
)

// A family is a metric family: its name, help, labels and value type are one
// value, made in the file of the scraper that fills it, so that a gauge cannot
// leave as a counter and docs/metrics.md cannot drift from the code.
type family struct {
	name, help string
	kind       prometheus.ValueType // UntypedValue for a histogram
	labels     []string
	// limit is the most label sets the family ever has; 0 without labels.
	limit int
	desc  *prometheus.Desc
}

// gauge and counter make families without a ceiling of their own: those
// without labels, or with labels from a closed set of the given size.
func gauge(name, help string) *family {
	return newFamily(prometheus.GaugeValue, name, help, 0)
}

func counter(name, help string) *family {
	return newFamily(prometheus.CounterValue, name, help, 0)
}

func gaugeBy(limit int, name, help string, labels ...string) *family {
	return newFamily(prometheus.GaugeValue, name, help, limit, labels...)
}

func counterBy(limit int, name, help string, labels ...string) *family {
	return newFamily(prometheus.CounterValue, name, help, limit, labels...)
}

func histogramBy(limit int, name, help string, labels ...string) *family {
	return newFamily(prometheus.UntypedValue, name, help, limit, labels...)
}

func newFamily(kind prometheus.ValueType, name, help string, limit int, labels ...string) *family {
	return &family{
		name: name, help: help, kind: kind, labels: labels, limit: limit,
		desc: prometheus.NewDesc(name, help, labels, nil),
	}
}

// An emitter gathers the samples of one scrape and counts them by family.
type emitter struct {
	metrics []prometheus.Metric
	series  map[*family]int
	// Label sets that went into "other": in this scrape, and, of families that
	// keep count themselves, ever.
	folded, overflew map[*family]float64
}

func newEmitter() *emitter {
	return &emitter{series: map[*family]int{}, folded: map[*family]float64{}, overflew: map[*family]float64{}}
}

// add emits one sample. Label values must be clean: see clean.
func (e *emitter) add(f *family, value float64, labels ...string) {
	m, err := prometheus.NewConstMetric(f.desc, f.kind, value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(f.desc, err)
	}
	e.put(f, m)
}

// addNumber emits a figure that PowerMTA reported; what it did not is absent.
func (e *emitter) addNumber(f *family, n number, labels ...string) {
	if n.OK {
		e.add(f, n.Value, labels...)
	}
}

// put emits a sample that was made elsewhere.
func (e *emitter) put(f *family, m prometheus.Metric) {
	e.metrics = append(e.metrics, m)
	e.series[f]++
}

// merge takes over what another emitter gathered.
func (e *emitter) merge(other *emitter) {
	e.metrics = append(e.metrics, other.metrics...)
	for f, n := range other.series {
		e.series[f] += n
	}
	for f, n := range other.folded {
		e.folded[f] += n
	}
	maps.Copy(e.overflew, other.overflew)
}
