package collector

import (
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// TestGoldenTextLogs shows what the published text logs give. Events that none
// of them tells of are left out.
func TestGoldenTextLogs(t *testing.T) {
	o := scanOptions(t)
	for _, name := range []string{"log-commands-2003.txt", "log-data-2003.txt", "log-errors.txt", "log-trace-2019.txt"} {
		o.Logs = append(o.Logs, filepath.Join("..", "testdata", "samples-logs", name))
	}
	s := startScanner(t, o)
	commitPoll(t, s)
	c := newScanCollector(s)
	p, err := c.page()
	if err != nil {
		t.Fatal(err)
	}
	if _, series := total(t, p.samples, c.logs.events.family); series != 4*len(o.LogEvents.Events()) {
		t.Errorf("%d series of events, want one for each event and log", series)
	}
	if _, series := total(t, p.samples, c.records.family); series != 0 {
		t.Errorf("%d series of accounting records, want none where no such file is followed", series)
	}
	var metrics []prometheus.Metric
	for _, m := range p.samples.all() {
		var out dto.Metric
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		if m.Desc() != c.logs.events.family.desc || out.GetCounter().GetValue() > 0 {
			metrics = append(metrics, m)
		}
	}
	golden(t, "textlogs", c.families(), metrics, c.health.lastRecord) // which depends on the time zone
}

// TestLogCeilings: the labels of a log are bounded by the number of logs.
func TestLogCeilings(t *testing.T) {
	o := scanOptions(t)
	o.Logs = []string{filepath.Join(t.TempDir(), "*.log")}
	f := newLogFamilies(startScanner(t, o).Snapshot())
	for _, family := range f.families() {
		if family.limit < 10 || family.limit > 1000/len(textlog.Levels()) {
			t.Errorf("%s has room for %d logs, want 10 to 200", family.name, family.limit)
		}
	}
}
