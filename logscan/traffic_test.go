package logscan

import (
	"cmp"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// catalogueReplies are the examples of patterns, each with what it must be
// counted as: the words of its own row.
func catalogueReplies(patterns []reply.Pattern) []logtest.Reply {
	var all []logtest.Reply
	for _, p := range patterns {
		providers := p.Providers
		if len(providers) == 0 {
			providers = []string{""}
		}
		for _, provider := range providers {
			for _, example := range p.Examples {
				all = append(all, logtest.Reply{
					Provider: provider, Text: example, Reason: string(p.Reason), Class: string(p.Class),
					Permanence: digitOf(example), Final: strings.Contains(p.Expression, "$"),
				})
			}
		}
	}
	return all
}

var firstDigit = regexp.MustCompile(`^(?i:smtp;|x-pmta;|bounce-queue;|reply:|\s)*([45])(?:\d\d(?:[ -]|$)|\.\d{1,3}\.\d{1,3}(?:[^.\d]|$))`)

// digitOf says how permanent a reply is by its first digit.
func digitOf(text string) string {
	m := firstDigit.FindStringSubmatch(text)
	switch {
	case m == nil:
		return ""
	case m[1] == "4":
		return "transient"
	}
	return "permanent"
}

// shownBy is what a snapshot shows, in the form of the generator's truth.
// Combinations that stand at 0 are left out.
func shownBy(s *Snapshot) logtest.Truth {
	t := logtest.Truth{}
	code := map[string]string{
		"delivered": "d", "bounced": "b", "transient": "t", "transient_queue": "tq",
		"remote_bounce": "rb", "remote_status": "rs", "received": "r", "feedback": "f",
	}
	enter(t, "records", s.Records, func(k acct.Type) []string { return []string{cmp.Or(code[string(k)], string(k))} })
	enter(t, "outcomes", s.Outcomes, func(k OutcomeKey) []string { return []string{k.Provider, k.VMTA, string(k.Outcome)} })
	enter(t, "source_ip_outcomes", s.SourceIPOutcomes, func(k SourceIPOutcomeKey) []string { return []string{k.SourceIP, k.Provider, string(k.Outcome)} })
	enter(t, "sender_domain_outcomes", s.SenderDomainOutcomes, func(k SenderDomainOutcomeKey) []string { return []string{k.SenderDomain, string(k.Outcome)} })
	enter(t, "bounces", s.Bounces, func(k BounceKey) []string { return []string{k.Provider, k.Category, string(k.Class)} })
	enter(t, "deferrals", s.Deferrals, func(k VMTAKey) []string { return []string{k.Provider, k.VMTA} })
	enter(t, "source_ip_deferrals", s.SourceIPDeferrals, func(k SourceIPKey) []string { return []string{k.SourceIP, k.Provider} })
	enter(t, "delivered_bytes", s.DeliveredBytes, func(k VMTAKey) []string { return []string{k.Provider, k.VMTA} })
	enter(t, "tls_deliveries", s.TLSDeliveries, func(k TLSKey) []string { return []string{k.Provider, string(k.Protocol)} })
	enter(t, "source_ips", s.SourceIPs, func(k SourceIPVMTAKey) []string { return []string{k.SourceIP, k.VMTA} })
	enter(t, "smtp_replies", s.Replies, func(k ReplyKey) []string { return []string{k.Provider, string(k.Reason), string(k.Permanence)} })
	enter(t, "vmta_smtp_replies", s.VMTAReplies, func(k VMTAReplyKey) []string { return []string{k.VMTA, string(k.Reason)} })
	enter(t, "queue_errors", s.QueueErrors, func(k QueueErrorKey) []string { return []string{k.Provider, k.VMTA} })
	enter(t, "remote_bounces", s.RemoteBounces, func(k RemoteBounceKey) []string { return []string{k.Category, string(k.Class)} })
	enter(t, "received", s.Received, func(k ReceivedKey) []string { return []string{k.VMTA} })
	enter(t, "feedback", s.Feedback, func(k FeedbackKey) []string { return []string{k.Provider, string(k.Type)} })
	enter(t, "source_ip_feedback", s.SourceIPFeedback, func(k SourceIPKey) []string { return []string{k.SourceIP, k.Provider} })
	for _, d := range s.Delays {
		t[logtest.Series{Figure: "delays", Labels: [3]string{d.Provider}}] += int64(d.Count)
		t[logtest.Series{Figure: "delay_seconds", Labels: [3]string{d.Provider}}] += int64(d.Sum)
	}
	return t
}

func enter[K comparable](t logtest.Truth, figure string, counts Counts[K], labels func(K) []string) {
	for s := range counts.All() {
		series := logtest.Series{Figure: figure}
		copy(series.Labels[:], labels(s.Key))
		if s.Value > 0 {
			t[series] += int64(s.Value)
		}
	}
}

// expectTruth holds what was counted to what was written.
func expectTruth(t testing.TB, got, want logtest.Truth) {
	t.Helper()
	wrong := 0
	for series := range maps.Keys(union(got, want)) {
		if got[series] == want[series] {
			continue
		}
		if wrong++; wrong <= 20 {
			t.Errorf("%s %q = %d, want %d", series.Figure, series.Labels, got[series], want[series])
		}
	}
	if wrong > 20 {
		t.Errorf("%d label sets are wrong", wrong)
	}
}

func union(a, b logtest.Truth) logtest.Truth {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// wideOptions leave room for all label sets of the traffic.
func wideOptions(t testing.TB) Options {
	o := testOptions(t)
	o.MaxSeries, o.MaxSenderDomains = 1_000_000, 10_000
	return o
}

// someTraffic is the given number of records behind their header.
func someTraffic(traffic *logtest.Traffic, records int) []byte {
	text := []byte(logtest.TrafficColumns)
	for range records {
		text = traffic.Append(text)
	}
	return text
}

func TestL8CountsEqualTheTruth(t *testing.T) {
	o := wideOptions(t)
	for name, mix := range map[string]logtest.Mix{"busy server": logtest.BusyServer(), "failures only": logtest.FailuresOnly()} {
		t.Run(name, func(t *testing.T) {
			traffic := logtest.NewTraffic(1, mix, catalogueReplies(o.Replies.Patterns()))
			s := newScanner(t, o)
			feedAll(t, s, someTraffic(traffic, 30_000))
			s.commit(s.last.Committed)
			expectTruth(t, shownBy(s.last), traffic.Truth)
		})
	}
}

// feedAll gives a scanner a file from memory.
func feedAll(t testing.TB, s *Scanner, text []byte) {
	t.Helper()
	if n := s.consume(newTestFile(s), text, false); n != len(text) {
		t.Fatalf("%d bytes passed, want %d", n, len(text))
	}
}
