package collector

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestBytesAreWhole reads sizes with PowerMTA's one decimal, most of them
// added up under other: no series carries what floating point makes of tenths.
func TestBytesAreWhole(t *testing.T) {
	state := scene()
	state.Volumes.Total.In.KB, state.Volumes.Total.Out.KB = 4500.1, 0.3
	// The two strange names become equal labels; JSON, because XML has them as tags.
	state.QueueTypes = []pmtatest.QueueType{{Name: "v\u202d", KB: 0.1}, {Name: "v\u202e", KB: 0.7}, {Name: "smtp", KB: 123456789.9}}
	state.Queues, state.Jobs = nil, nil
	for i := range 200 {
		name, kb := strconv.Itoa(i), 20+float64(i%10)/10
		state.Queues = append(state.Queues, pmtatest.Queue{Domain: name + ".example", VMTA: "v" + name, Rcp: 1, KB: kb, Mode: pmtatest.ModeNormal})
		state.Jobs = append(state.Jobs, pmtatest.Job{ID: name, Rcp: 1, KB: kb})
	}
	o := options(t, newServer(t, pmtatest.WithState(state)).URL, pmtaclient.JSON)
	o.MaxQueues, o.MaxDomains, o.MaxVMTAs, o.MaxJobs = 3, 3, 3, 3
	e := newExporter(t, o)
	const want = 200 * 20.45 * kilobyte // tenths round up as far as down
	families := 0
	for name, all := range gather(t, e.families, scrape(t, e).all()) {
		if !strings.Contains(name, "_bytes") || strings.HasPrefix(name, "pmta_scrape") {
			continue
		}
		families++
		sum := 0.0
		for _, m := range all {
			v := m.GetGauge().GetValue() + m.GetCounter().GetValue()
			if v != math.Trunc(v) {
				t.Errorf("%s %v is %v, want whole bytes", name, m.GetLabel(), v)
			}
			sum += v
		}
		if isList := name != "pmta_backlog_bytes" && !strings.HasSuffix(name, "_total"); isList && sum != want {
			t.Errorf("sum of %s is %v, want %v", name, sum, want)
		}
	}
	if families != 7 {
		t.Errorf("looked at %d families of bytes, want 7", families)
	}
}

// gather returns the metrics of these families by name, with all that only
// protobuf carries.
func gather(t testing.TB, families []*family, metrics []prometheus.Metric) map[string][]*dto.Metric {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(scrapeResult{families, metrics})
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string][]*dto.Metric{}
	for _, f := range gathered {
		byName[f.GetName()] = f.GetMetric()
	}
	return byName
}
