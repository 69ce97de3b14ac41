package collector

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

var update = flag.Bool("update", false, "write the golden files and docs/metrics.md anew")

// golden compares samples with testdata/golden/NAME.prom, on a pedantic
// registry and through the linter. Families that differ from run to run are
// left out.
func golden(t *testing.T, name string, families []*family, metrics []prometheus.Metric, without ...*family) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	result := scrapeResult{families: families}
	for _, m := range metrics {
		if !isOf(m, without) {
			result.metrics = append(result.metrics, m)
		}
	}
	if err := registry.Register(result); err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s: %s", name, p.Metric, p.Text)
	}
	file := filepath.Join("..", "testdata", "golden", name+".prom")
	if *update {
		writeGolden(t, file, registry)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := testutil.GatherAndCompare(registry, bytes.NewReader(want)); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func isOf(m prometheus.Metric, families []*family) bool {
	for _, f := range families {
		if m.Desc() == f.desc {
			return true
		}
	}
	return false
}

func writeGolden(t *testing.T, file string, g prometheus.Gatherer) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// scrapeResult lets a registry gather the samples of one scrape.
type scrapeResult struct {
	families []*family
	metrics  []prometheus.Metric
}

// Describe implements prometheus.Collector.
func (r scrapeResult) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range r.families {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (r scrapeResult) Collect(ch chan<- prometheus.Metric) {
	for _, m := range r.metrics {
		ch <- m
	}
}

// all returns the samples of one scrape, those of whole families among them.
func (s *samples) all() []prometheus.Metric {
	metrics := slices.Clone(s.metrics)
	for f, whole := range s.whole {
		for _, m := range whole {
			metrics = append(metrics, readyMetric{f, m})
		}
	}
	return metrics
}

// readyMetric is a sample of a whole family.
type readyMetric struct {
	family *family
	ready  *dto.Metric
}

// Desc implements prometheus.Metric.
func (m readyMetric) Desc() *prometheus.Desc { return m.family.desc }

// Write implements prometheus.Metric.
func (m readyMetric) Write(out *dto.Metric) error {
	out.Label, out.Counter, out.Gauge = m.ready.Label, m.ready.Counter, m.ready.Gauge
	return nil
}
