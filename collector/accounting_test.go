package collector

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// scanned copies published accounting files into one folder, reads them from
// their start, and emits what was counted.
func scanned(t *testing.T, files ...string) (*scanCollector, *samples) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join("..", "testdata", "samples-logs", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newScanner(t, filepath.Join(dir, "*.csv"))
	commitPoll(t, s)
	c := newScanCollector(s)
	p, err := c.page()
	if err != nil {
		t.Fatal(err)
	}
	return c, p.samples
}

// commitPoll polls once and returns what was committed then.
func commitPoll(t *testing.T, s *logscan.Scanner) *logscan.Snapshot {
	t.Helper()
	s.Poll(t.Context())
	ended, end := context.WithCancel(t.Context())
	end()
	s.Run(ended)
	return s.Snapshot()
}

// TestGoldenAccounting shows what the published files with a header give. The
// combinations that stay at 0 are left out, all but those of one provider.
func TestGoldenAccounting(t *testing.T) {
	c, e := scanned(t, "acct-d-v4.0-2014.csv", "acct-mixed-epoch-ug.csv", "bounce-11-columns-2016.csv",
		"bounce-custom-fields-2016.csv", "bounce-custom-fields-2017.csv", "delivered-custom-header-fields.csv")
	var metrics []prometheus.Metric
	for _, m := range e.all() {
		var out dto.Metric
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		if m.Desc() != c.bounces.family.desc || out.GetCounter().GetValue() > 0 || labelOf(&out, "provider") == "gmail" {
			metrics = append(metrics, m)
		}
	}
	golden(t, "accounting", c.families(), metrics)
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// TestZeroStart: every provider and category is there before the first record,
// so that the first bounce is an increase.
func TestZeroStart(t *testing.T) {
	c, e := scanned(t)
	providers := len(catalogue(t).Names())
	if sum, series := total(t, e, c.bounces.family); sum != 0 || series != providers*18 {
		t.Errorf("%d bounce series of %v in all, want %d of 0", series, sum, providers*18)
	}
	if _, series := total(t, e, c.records.family); series != 9 {
		t.Errorf("%d record types, want 9", series)
	}
}

// TestCreationAndHistograms looks at what only protobuf carries: when each
// series began, and the native form of the delay beside the classic one.
func TestCreationAndHistograms(t *testing.T) {
	c, e := scanned(t, "acct-d-v4.0-2014.csv")
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(scrapeResult{c.families(), e.all()})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]*dto.Metric{}
	for _, f := range families {
		first[f.GetName()] = f.GetMetric()[0]
	}
	if first[c.outcomes.family.name].GetCounter().GetCreatedTimestamp() == nil {
		t.Errorf("%s is missing or has no creation timestamp", c.outcomes.family.name)
	}
	h := first[c.delay.name].GetHistogram()
	if h.GetCreatedTimestamp() == nil || len(h.GetBucket()) != 16 || h.GetSchema() != 3 || len(h.GetPositiveSpan()) != 1 || h.GetSampleCount() != 1 {
		t.Errorf("%s is %v, want one sample in 16 classic buckets and one native one", c.delay.name, h)
	}
}
