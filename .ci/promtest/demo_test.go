package promtest

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/config"
)

// TestDemoIsWhatTheTestsUse reads the demo's configuration as Prometheus does.
// The recordings have its job and its scrape interval.
func TestDemoIsWhatTheTestsUse(t *testing.T) {
	c, err := config.LoadFile(filepath.Join("..", "..", "dashboards", "demo", "prometheus.yml"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.ScrapeConfigs); n != 1 {
		t.Fatalf("%d jobs, want one", n)
	}
	s := c.ScrapeConfigs[0]
	if s.JobName != job || time.Duration(s.ScrapeInterval) != interval {
		t.Errorf("job %q every %s, want %q every %s", s.JobName, s.ScrapeInterval, job, interval)
	}
}
