package collector

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// A family is a metric family: its name, help, labels and type are one value,
// made in the file of the scraper that fills it, so that a gauge cannot leave
// as a counter and docs/metrics.md cannot drift from the code.
type family struct {
	name, help string
	kind       kind
	labels     []string
	// limit is the most label sets the family has, 0 without labels. Samples may
	// come with another one: see samples.limits.
	limit int
	desc  *prometheus.Desc
}

// kind is the type of a family.
type kind string

const (
	gaugeKind     kind = "gauge"
	counterKind   kind = "counter"
	histogramKind kind = "histogram" // its samples are made elsewhere: see put
)

func (k kind) valueType() prometheus.ValueType {
	if k == counterKind {
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}

func gauge(name, help string) *family { return newFamily(gaugeKind, 0, name, help) }

func counter(name, help string) *family { return newFamily(counterKind, 0, name, help) }

// gaugeBy and counterBy make families with labels, of which there are at most
// limit sets.
func gaugeBy(limit int, name, help string, labels ...string) *family {
	return newFamily(gaugeKind, limit, name, help, labels...)
}

func counterBy(limit int, name, help string, labels ...string) *family {
	return newFamily(counterKind, limit, name, help, labels...)
}

func newFamily(k kind, limit int, name, help string, labels ...string) *family {
	return &family{
		name: name, help: help, kind: k, labels: labels, limit: limit,
		desc: prometheus.NewDesc(name, help, labels, nil),
	}
}

// samples are what one scrape, or one page of it, has to tell.
type samples struct {
	metrics []prometheus.Metric
	whole   map[*family][]*dto.Metric // families that are ready, ordered by labels: see counts
	series  map[*family]int
	limits  map[*family]int // of families whose ceiling the configuration file can change
	// Label sets that went into "other": in this scrape, and, of families that
	// keep count themselves, ever since they count.
	folded, overflew map[*family]float64
	countsSince      time.Time
}

func newSamples() *samples {
	return &samples{
		whole: map[*family][]*dto.Metric{}, series: map[*family]int{}, limits: map[*family]int{},
		folded: map[*family]float64{}, overflew: map[*family]float64{},
	}
}

// add adds one sample. Label values must be clean: see logscan.Label.
func (s *samples) add(f *family, value float64, labels ...string) {
	m, err := prometheus.NewConstMetric(f.desc, f.kind.valueType(), value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(f.desc, err)
	}
	s.put(f, m)
}

// addRow adds a sample of a family whose labels are those of others, which
// share one list: that of labelsOf. The largest queues have seven families,
// and making labels for each was a tenth of the work for 10,000 queues, see
// BenchmarkScrape.
func (s *samples) addRow(f *family, value float64, labels []*dto.LabelPair) {
	s.put(f, &rowSample{f, value, labels})
}

// labelsOf makes the labels that families with the same ones share.
func labelsOf(f *family, labels ...string) []*dto.LabelPair {
	return prometheus.MakeLabelPairs(f.desc, labels)
}

// rowSample is a gauge with shared labels.
type rowSample struct {
	family *family
	value  float64
	labels []*dto.LabelPair
}

// Desc implements prometheus.Metric.
func (r *rowSample) Desc() *prometheus.Desc { return r.family.desc }

// Write implements prometheus.Metric.
func (r *rowSample) Write(m *dto.Metric) error {
	m.Label, m.Gauge = r.labels, &dto.Gauge{Value: &r.value}
	return nil
}

// addSince adds a sample of a counter of our own, with the time at which it
// began, so that its first count is seen as an increase.
func (s *samples) addSince(created time.Time, f *family, value float64, labels ...string) {
	m, err := prometheus.NewConstMetricWithCreatedTimestamp(f.desc, f.kind.valueType(), value, created, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(f.desc, err)
	}
	s.put(f, m)
}

// addNumber adds a figure that PowerMTA reported; what it did not is absent.
func (s *samples) addNumber(f *family, n number, labels ...string) {
	if n.OK {
		s.add(f, n.Value, labels...)
	}
}

// put adds a sample that was made elsewhere.
func (s *samples) put(f *family, m prometheus.Metric) {
	s.metrics = append(s.metrics, m)
	s.series[f]++
}

// fold notes that so many label sets went into "other".
func (s *samples) fold(f *family, n int) { s.folded[f] += float64(n) }

// merge takes over other samples, of other families.
func (s *samples) merge(other *samples) {
	s.metrics = append(s.metrics, other.metrics...)
	maps.Copy(s.whole, other.whole)
	maps.Copy(s.series, other.series)
	maps.Copy(s.limits, other.limits)
	maps.Copy(s.folded, other.folded)
	maps.Copy(s.overflew, other.overflew)
	if !other.countsSince.IsZero() {
		s.countsSince = other.countsSince
	}
}
