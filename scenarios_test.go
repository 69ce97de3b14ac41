package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestScenarios runs the built exporter beside the built simulator, for each
// scenario: what it counted equals the simulator's own ledger, what it shows
// agrees with itself, and the trouble of the scenario can be seen.
func TestScenarios(t *testing.T) {
	for _, s := range pmtatest.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ledgerFile := filepath.Join(dir, "ledger.json")
			p := start(t, "pmtasim", "--dir="+dir, "--scenario="+s.Name, "--warmup=3m", "--speed=60", "--traffic-for=3m",
				"--ledger="+ledgerFile, "--", "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--scan.from=start", "--scan.poll-interval=50ms")
			var ledger pmtatest.Ledger
			ended := false // before the scrape began, so that its pages are of one state
			all := eventually(t, p.url, func(now samples) bool {
				if !ended {
					ended = readLedger(t, ledgerFile, &ledger)
					return false
				}
				return now.sum("pmta_accounting_records_total") == float64(recordsOf(ledger)) && now.sum("pmta_log_lines_total") == float64(linesOf(ledger))
			})
			compareLedger(t, all, ledger)
			compareLists(t, all)
			compareWarmup(t, all, ledger, s.Config)
			if shows := symptoms()[s.Name]; shows == nil || !shows(all) {
				t.Errorf("the trouble does not show; PowerMTA up: %v, deferrals: %v, queues in backoff: %v",
					all["pmta_up"], all.sum("pmta_deferrals_total"), all.sum("pmta_queue_backoff"))
			}
		})
	}
}

// symptoms says for each scenario what an operator must see.
func symptoms() map[string]func(samples) bool {
	ratio := func(s samples, name, outcome string, pairs ...string) float64 {
		return s.sum(name, append(pairs, `outcome="`+outcome+`"`)...) / s.sum(name, pairs...)
	}
	return map[string]func(samples) bool{
		"calm": func(s samples) bool {
			return s["pmta_up"] == 1 && ratio(s, "pmta_outcomes_total", "delivered") > 0.9 && s.sum("pmta_queue_backoff") == 0
		},
		"gmail-block": func(s samples) bool {
			return s.sum("pmta_outcomes_total", `outcome="block_bounce"`, `provider="gmail"`) > 100 &&
				s.sum("pmta_deferrals_total", `provider="gmail"`) > 100 && s.sum("pmta_queue_backoff", `provider="gmail"`) > 0 &&
				s.sum("pmta_queue_backoff", `provider="yahoo"`) == 0
		},
		"yahoo-throttle": func(s samples) bool {
			return s.sum("pmta_waiting_recipients", `provider="yahoo"`, `cause="remote_throttle"`) > 0 &&
				s.sum("pmta_deferrals_total", `provider="yahoo"`) > s.sum("pmta_deferrals_total", `provider="gmail"`) &&
				s.sum("pmta_queue_backoff", `provider="aol"`) > 0
		},
		"backoff-storm": func(s samples) bool {
			return s.sum("pmta_queues", `mode="backoff"`) > s.sum("pmta_queues", `mode="normal"`)
		},
		"stuck-queue": func(s samples) bool {
			return s.sum("pmta_queue_recipients", `domain="comcast.net"`, `vmta="news-1"`) > 0 &&
				s.sum("pmta_vmta_waiting_recipients", `vmta="news-1"`, `cause="source_disabled"`) > 0 &&
				s.sum("pmta_queue_paused", `domain="orange.fr"`, `vmta="news-2"`) == 1
		},
		"deferred-growth": func(s samples) bool {
			return s.sum("pmta_queued_recipients", `state="deferred"`) > 1000 &&
				s.sum("pmta_queued_recipients", `state="deferred"`) > s.sum("pmta_queued_recipients", `state="active"`)
		},
		"hard-bounce-spike": func(s samples) bool {
			return ratio(s, "pmta_sender_domain_outcomes_total", "hard_bounce", `sender_domain="shop.example.net"`) > 0.07
		},
		"vmta-throttled": func(s samples) bool {
			return s.sum("pmta_vmta_waiting_recipients", `vmta="club-1"`, `cause="own_rate_limit"`) > 100 &&
				s.sum("pmta_vmta_waiting_recipients", `cause="own_rate_limit"`) ==
					s.sum("pmta_vmta_waiting_recipients", `vmta="club-1"`, `cause="own_rate_limit"`)
		},
		"warmup-too-fast": func(s samples) bool {
			return s.sum("pmta_warmup_actual_recipients") > 2*s.sum("pmta_warmup_planned_recipients") &&
				s.sum("pmta_deferrals_total", `vmta="cold-1"`) > s.sum("pmta_outcomes_total", `vmta="cold-1"`)
		},
		"tls-failures": func(s samples) bool {
			return s.sum("pmta_waiting_recipients", `cause="tls"`) > 0 && s.sum("pmta_tls_deliveries_total", `protocol="TLSv1.3"`) > 0
		},
		"spool-filling": func(s samples) bool {
			return s["pmta_spool_recipients"]/s["pmta_spool_recipients_limit"] > 0.8
		},
		"license-ending": func(s samples) bool { return s["pmta_up"] == 1 }, // the license is not on any page read here
		"log-errors": func(s samples) bool {
			return s.sum("pmta_log_lines_total", `level="error"`) > 0 && s.sum("pmta_log_events_total", `event="pipe_error"`, `log="pmta.log"`) > 0
		},
		"pmta-down": func(s samples) bool { // it came back after 45 s
			return s["pmta_up"] == 1 && s["pmta_uptime_seconds"] < 180 && s["pmta_sent_recipients_total"] < s.sum("pmta_outcomes_total", `outcome="delivered"`)
		},
	}
}

// readLedger is false while the simulator has not written it.
func readLedger(t *testing.T, file string, l *pmtatest.Ledger) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err == nil {
		err = json.Unmarshal(b, l)
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

func recordsOf(l pmtatest.Ledger) (n int64) {
	for _, count := range l.Records {
		n += count
	}
	return n
}

func linesOf(l pmtatest.Ledger) (n int64) {
	for _, count := range l.LogLines {
		n += count
	}
	return n
}

// truth is what a ledger says each series must be, by the names that Prometheus
// gives them.
func truth(l pmtatest.Ledger) samples {
	all := samples{}
	for kind, record := range map[pmtatest.RecordType]string{
		"d": "delivered", "b": "bounced", "t": "transient", "tq": "transient_queue", "rb": "remote_bounce", "r": "received", "f": "feedback",
	} {
		all[fmt.Sprintf("pmta_accounting_records_total{record=%q}", record)] = float64(l.Records[kind])
	}
	add := func(family string, counts pmtatest.Counts, labels func(pmtatest.Key) string) {
		for k, n := range counts {
			all[family+"{"+labels(k)+"}"] = float64(n)
		}
	}
	add("pmta_outcomes_total", l.Outcomes, func(k pmtatest.Key) string {
		return fmt.Sprintf("outcome=%q,provider=%q,vmta=%q", k.Outcome, k.Provider, k.VMTA)
	})
	add("pmta_source_ip_outcomes_total", l.SourceOutcomes, func(k pmtatest.Key) string {
		return fmt.Sprintf("outcome=%q,provider=%q,source_ip=%q", k.Outcome, k.Provider, k.SourceIP)
	})
	add("pmta_sender_domain_outcomes_total", l.SenderOutcomes, func(k pmtatest.Key) string {
		return fmt.Sprintf("outcome=%q,sender_domain=%q", k.Outcome, k.SenderDomain)
	})
	add("pmta_bounces_total", l.Bounces, func(k pmtatest.Key) string {
		return fmt.Sprintf("category=%q,class=%q,provider=%q", k.Category, k.Class, k.Provider)
	})
	add("pmta_source_ip_deferrals_total", l.SourceDeferrals, func(k pmtatest.Key) string {
		return fmt.Sprintf("provider=%q,source_ip=%q", k.Provider, k.SourceIP)
	})
	byVMTA := func(k pmtatest.Key) string { return fmt.Sprintf("provider=%q,vmta=%q", k.Provider, k.VMTA) }
	add("pmta_deferrals_total", l.Deferrals, byVMTA)
	add("pmta_delivered_bytes_total", l.DeliveredBytes, byVMTA)
	byProvider := func(k pmtatest.Key) string { return fmt.Sprintf("provider=%q", k.Provider) }
	add("pmta_delivery_delay_seconds_count", l.DelayDeliveries, byProvider)
	add("pmta_delivery_delay_seconds_sum", l.DelaySeconds, byProvider)
	add("pmta_queue_errors_total", l.QueueErrors, func(k pmtatest.Key) string {
		return fmt.Sprintf("cause=%q,provider=%q,vmta=%q", k.Cause, k.Provider, k.VMTA)
	})
	add("pmta_remote_bounces_total", l.RemoteBounces, func(k pmtatest.Key) string {
		return fmt.Sprintf("category=%q,class=%q", k.Category, k.Class)
	})
	add("pmta_received_accounting_recipients_total", l.Received, func(k pmtatest.Key) string { return fmt.Sprintf("vmta=%q", k.VMTA) })
	add("pmta_feedback_reports_total", l.Feedback, func(k pmtatest.Key) string {
		return fmt.Sprintf("feedback_type=%q,provider=%q", k.FeedbackType, k.Provider)
	})
	add("pmta_source_ip_feedback_reports_total", l.SourceFeedback, func(k pmtatest.Key) string {
		return fmt.Sprintf("provider=%q,source_ip=%q", k.Provider, k.SourceIP)
	})
	add("pmta_smtp_replies_total", l.Replies, func(k pmtatest.Key) string {
		return fmt.Sprintf("permanence=%q,provider=%q,reason=%q", k.Permanence, k.Provider, k.Reason)
	})
	add("pmta_vmta_smtp_replies_total", l.VMTAReplies, func(k pmtatest.Key) string {
		return fmt.Sprintf("reason=%q,vmta=%q", k.Reason, k.VMTA)
	})
	add("pmta_log_lines_total", l.LogLines, func(k pmtatest.Key) string { return fmt.Sprintf("level=%q,log=%q", k.Level, k.Log) })
	add("pmta_log_events_total", l.LogEvents, func(k pmtatest.Key) string { return fmt.Sprintf("event=%q,log=%q", k.Event, k.Log) })
	return all
}

// compareLedger wants each count of the ledger in its series, and nothing else.
func compareLedger(t *testing.T, all samples, l pmtatest.Ledger) {
	t.Helper()
	sums := samples{}
	for series, want := range truth(l) {
		if got := all[series]; got != want {
			t.Errorf("%s is %v, the ledger says %v", series, got, want)
		}
		family, _, _ := strings.Cut(series, "{")
		sums[family] += want
	}
	if got := all.sum("pmta_log_events_total"); got != sums["pmta_log_events_total"] {
		t.Errorf("sum of pmta_log_events_total is %v, the ledger says %v", got, sums["pmta_log_events_total"])
	}
	delete(sums, "pmta_log_events_total") // few scenarios have any
	for family, want := range sums {
		if got := all.sum(family); got != want || want == 0 {
			t.Errorf("sum of %s is %v, the ledger says %v", family, got, want)
		}
	}
	if len(sums) != 18 {
		t.Errorf("the ledger has %d families besides events of logs, want 18", len(sums))
	}
}

// compareLists wants the lists to agree with the status page.
func compareLists(t *testing.T, all samples) {
	t.Helper()
	want := all[`pmta_backlog_recipients{delivery="smtp"}`]
	if want == 0 {
		t.Error("no backlog to compare the lists with")
	}
	for _, family := range []string{
		"pmta_queue_recipients", "pmta_queued_recipients", "pmta_domain_recipients", "pmta_vmta_recipients", "pmta_spool_recipients",
	} {
		if got := all.sum(family); got != want {
			t.Errorf("sum of %s is %v, the backlog for SMTP is %v", family, got, want)
		}
	}
	if got, want := all.sum("pmta_queue_connections"), all.at(t, "pmta_outbound_connections"); got != want {
		t.Errorf("sum of pmta_queue_connections is %v, pmta_outbound_connections is %v", got, want)
	}
	for _, list := range []string{"queues", "domains", "vmtas"} {
		if all.at(t, `pmta_list_truncated{list="`+list+`"}`) != 0 {
			t.Errorf("the list of %s is truncated", list)
		}
	}
}

// compareWarmup wants today's recipients of cold-1 as the ledger has them,
// beside those of the plan, where the scenario has one.
func compareWarmup(t *testing.T, all samples, l pmtatest.Ledger, config string) {
	t.Helper()
	if !strings.Contains(config, "vmta: cold-1") {
		if n := all.sum("pmta_warmup_actual_recipients"); n != 0 {
			t.Errorf("%v recipients are compared with a plan, want no plan", n)
		}
		return
	}
	today := ""
	for k := range l.Daily {
		today = max(today, k.Day)
	}
	want := map[string]float64{"gmail": 0, "other": 0}
	for k, n := range l.Daily {
		switch {
		case k.Day != today || k.VMTA != "cold-1":
		case k.Provider == "gmail":
			want["gmail"] += float64(n)
		default:
			want["other"] += float64(n)
		}
	}
	day := all.at(t, `pmta_warmup_plan_day{vmta="cold-1"}`) // 2 when midnight came
	planned := map[string]float64{"gmail": 20 * day, "other": 30 * day}
	for provider := range want {
		labels := fmt.Sprintf("{provider=%q,vmta=%q}", provider, "cold-1")
		if got := all.at(t, "pmta_warmup_actual_recipients"+labels); got != want[provider] || got == 0 {
			t.Errorf("%s: %v actual recipients, the ledger says %v", provider, got, want[provider])
		}
		if got := all.at(t, "pmta_warmup_planned_recipients"+labels); got != planned[provider] {
			t.Errorf("%s: %v planned recipients on day %v, want %v", provider, got, day, planned[provider])
		}
	}
}
