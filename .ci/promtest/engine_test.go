package promtest

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// server is what makes a Prometheus: storage, and the engine that answers
// queries from it.
type server struct {
	db     *tsdb.DB
	engine *promql.Engine
}

// sample is one value of a series. Times are UNIX milliseconds.
type sample struct {
	series  labels.Labels
	created int64 // when the series began at 0, as the exposition says; 0 for unknown
	value   float64
}

// newServer starts an empty server with start timestamp zero ingestion, which
// Prometheus has behind a feature flag: a sample whose creation is newer than
// the series' last sample is preceded by a 0 at its creation. Without it the
// first value of a series is no increase: nobody knows from what.
func newServer(t *testing.T) *server {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.EnableSTAsZeroSample = true
	db, err := tsdb.Open(t.TempDir(), nil, nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute, EnableAtModifier: true}) // as in Prometheus
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return &server{db, engine}
}

// scrape stores the samples of one scrape, as Prometheus' scraper does.
func (s *server) scrape(t *testing.T, at int64, samples []sample) {
	t.Helper()
	appender := s.db.AppenderV2(context.Background())
	for _, v := range samples {
		if _, err := appender.Append(0, v.series, v.created, at, v.value, nil, nil, storage.AOptions{}); err != nil {
			t.Fatalf("%v at %d: %v", v.series, at, err)
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
}

// query evaluates an expression at one instant, in UNIX milliseconds, and
// returns the values by labels.
func (s *server) query(t *testing.T, expression string, at int64) map[string]float64 {
	t.Helper()
	q, err := s.engine.NewInstantQuery(t.Context(), s.db, nil, expression, time.UnixMilli(at))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	result := q.Exec(t.Context())
	vector, err := result.Vector()
	if err != nil || len(result.Warnings.AsErrors()) > 0 {
		t.Fatalf("%s: %v, %v", expression, err, result.Warnings)
	}
	values := map[string]float64{}
	for _, v := range vector {
		values[v.Metric.String()] = v.F
	}
	return values
}

// parse reads a series such as name{label="x"}.
func parse(t *testing.T, series string) labels.Labels {
	t.Helper()
	l, err := parser.NewParser(parser.Options{}).ParseMetric(series)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
