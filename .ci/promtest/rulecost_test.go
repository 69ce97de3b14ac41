package promtest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// The size of a large sender with --scan.max-series=100000.
const (
	costVMTAs     = 200
	costProviders = 60
	costDomains   = 500
	costSamples   = 125 // 31 minutes at 15 seconds
)

// costSeries are the largest families of such a sender, and what the rules
// recorded of them before. That has four times the samples here of what a
// minute's interval leaves, so that half an hour stands for two.
func costSeries() []labels.Labels {
	var all []labels.Labels
	add := func(name string, more ...string) {
		all = append(all, labels.FromStrings(append([]string{"__name__", name, "job", "powermta", "instance", "mail1:10587"}, more...)...))
	}
	outcomes := []string{"delivered", "hard_bounce", "block_bounce", "soft_bounce", "deleted"}
	add("pmta_exporter_scan_records_total", "source", "accounting")
	for v := range costVMTAs {
		vmta, ip := fmt.Sprintf("vmta-%d", v), fmt.Sprintf("192.0.2.%d", v)
		for p := range costProviders {
			provider := fmt.Sprintf("provider-%d", p)
			add("pmta_deferrals_total", "vmta", vmta, "provider", provider)
			add("pmta_queue_errors_total", "vmta", vmta, "provider", provider, "cause", "connection")
			for _, o := range outcomes {
				add("pmta_outcomes_total", "vmta", vmta, "provider", provider, "outcome", o)
				add("pmta_source_ip_outcomes_total", "source_ip", ip, "provider", provider, "outcome", o)
			}
			if v < 5000/costProviders { // the ceiling of families summed over queues
				add("pmta_queued_recipients", "vmta", vmta, "provider", provider, "state", "deferred")
				add("pmta_queued_connections", "vmta", vmta, "provider", provider)
			}
		}
	}
	for d := range costDomains {
		for _, o := range outcomes {
			add("pmta_sender_domain_outcomes_total", "sender_domain", fmt.Sprintf("%d.example", d), "outcome", o)
		}
	}
	for _, o := range outcomes[:4] {
		for v := range costVMTAs {
			add("pmta:outcomes:sum", "entity", "vmta", "vmta", fmt.Sprintf("vmta-%d", v), "outcome", o)
			add("pmta:outcomes:sum", "entity", "source_ip", "source_ip", fmt.Sprintf("192.0.2.%d", v), "outcome", o)
		}
		for p := range costProviders {
			add("pmta:outcomes:sum", "entity", "provider", "provider", fmt.Sprintf("provider-%d", p), "outcome", o)
		}
		for d := range costDomains {
			add("pmta:outcomes:sum", "entity", "sender_domain", "sender_domain", fmt.Sprintf("%d.example", d), "outcome", o)
		}
	}
	for p := range costProviders {
		for _, slo := range []string{"delivery", "delay"} {
			add("pmta:slo_good:sum", "slo", slo, "provider", fmt.Sprintf("provider-%d", p))
			add("pmta:slo_all:sum", "slo", slo, "provider", fmt.Sprintf("provider-%d", p))
		}
		for r := range 29 {
			add("pmta_smtp_replies_total", "provider", fmt.Sprintf("provider-%d", p), "reason", fmt.Sprintf("reason-%d", r), "permanence", "transient")
		}
	}
	return all
}

// TestRuleCost measures the processor time of each group for a large sender, the
// median of three evaluations, on a machine that may do other things meanwhile. RULE_COST names the most that
// one may take, such as 200ms; without it 1s, for slow machines.
func TestRuleCost(t *testing.T) {
	most := time.Second
	if text := os.Getenv("RULE_COST"); text != "" {
		var err error
		if most, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	s, series := newServer(t), costSeries()
	s.fill(t, series, costSamples)
	at := int64(costSamples-1) * 15_000
	samples := 0
	for _, g := range readRules(t) {
		var times []time.Duration
		for range 3 { // a garbage collection falls into one of them
			start := processorTime(t)
			for _, r := range g.Rules {
				samples += s.count(t, r.Expr, at)
			}
			times = append(times, processorTime(t)-start)
		}
		slices.Sort(times)
		if took := times[1]; took > most {
			t.Errorf("group %s took %v, want at most %v", g.Name, took, most)
		} else if took > 10*time.Millisecond {
			t.Logf("%-28s %v", g.Name, took.Round(time.Millisecond))
		}
	}
	t.Logf("%d series; one evaluation of all rules reads %d samples", len(series), samples/3)
}

// processorTime is what this process has used of all cores.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// fill stores n samples of each series, 15 seconds apart.
func (s *server) fill(t *testing.T, series []labels.Labels, n int) {
	t.Helper()
	refs := make([]storage.SeriesRef, len(series))
	for i := range n {
		appender := s.db.AppenderV2(context.Background())
		for j, l := range series {
			ref, err := appender.Append(refs[j], l, 0, int64(i)*15_000, float64(i*(j%7)), nil, nil, storage.AOptions{})
			if err != nil {
				t.Fatal(err)
			}
			refs[j] = ref
		}
		if err := appender.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

// count evaluates an expression and returns how many samples that read.
func (s *server) count(t *testing.T, expression string, at int64) int {
	t.Helper()
	q, err := s.engine.NewInstantQuery(t.Context(), s.db, nil, expression, time.UnixMilli(at))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if result := q.Exec(t.Context()); result.Err != nil {
		t.Fatal(result.Err)
	}
	return int(q.Stats().Samples.TotalSamples)
}
