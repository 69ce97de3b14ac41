package collector

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// render makes metric families of the samples of one scrape.
//
// A registry made for the scrape would do the same, and compare tens of
// thousands of samples for it: a tenth of the work for 10,000 queues, see
// BenchmarkScrape. What it looks for, label sets that occur twice and labels
// that differ within a family, cannot come about: a family makes its samples
// itself, and tables add up what is equal. The tests gather the same samples
// through a pedantic registry.
func (e *Exporter) render(out *samples) gathered {
	var problems []error
	filled := map[*family]*dto.MetricFamily{}
	for i, m := range out.metrics {
		sample := new(dto.Metric)
		if err := m.Write(sample); err != nil {
			problems = append(problems, fmt.Errorf("sample %d: %w", i, err))
			continue
		}
		f := e.byDesc[m.Desc()]
		if filled[f] == nil {
			filled[f] = f.proto(make([]*dto.Metric, 0, out.series[f]))
		}
		filled[f].Metric = append(filled[f].Metric, sample)
	}
	var families []*dto.MetricFamily
	for _, f := range e.families {
		switch {
		case len(out.whole[f]) > 0:
			families = append(families, f.proto(out.whole[f]))
		case filled[f] != nil:
			slices.SortFunc(filled[f].Metric, byLabels)
			families = append(families, filled[f])
		}
	}
	return gathered{families, errors.Join(problems...)}
}

// byLabels orders samples of one family, so that two scrapes can be compared
// line by line.
func byLabels(a, b *dto.Metric) int {
	for i := range a.Label {
		if order := strings.Compare(*a.Label[i].Value, *b.Label[i].Value); order != 0 {
			return order
		}
	}
	return 0
}

// proto is the family with these samples.
func (f *family) proto(samples []*dto.Metric) *dto.MetricFamily {
	types := map[kind]dto.MetricType{
		gaugeKind: dto.MetricType_GAUGE, counterKind: dto.MetricType_COUNTER, histogramKind: dto.MetricType_HISTOGRAM,
	}
	return &dto.MetricFamily{
		Name: &f.name, Help: &f.help, Type: types[f.kind].Enum(), Metric: samples,
	}
}

// besides gathers what own holds and what was gathered, by name. No family is
// in both.
func besides(own prometheus.Gatherer, g gathered) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := own.Gather()
		families = append(families, g.families...)
		slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
		return families, errors.Join(err, g.err)
	})
}
