package collector

import (
	"errors"
	"slices"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// scanCollector tells what the scanner counted from files up to its last commit:
// from accounting files itself, from text logs through logFamilies. The
// counting goes on in the background, not on scrape.
type scanCollector struct {
	scanner *logscan.Scanner

	records                   *counts[acct.Type]
	outcomes                  *counts[logscan.OutcomeKey]
	sourceIPOutcomes          *counts[logscan.SourceIPOutcomeKey]
	senderOutcomes            *counts[logscan.SenderDomainOutcomeKey]
	bounces                   *counts[logscan.BounceKey]
	deferrals, deliveredBytes *counts[logscan.VMTAKey]
	sourceIPDeferrals         *counts[logscan.SourceIPKey]
	tlsDeliveries             *counts[logscan.TLSKey]
	sourceIPs                 *counts[logscan.SourceIPVMTAKey]
	replies                   *counts[logscan.ReplyKey]
	vmtaReplies               *counts[logscan.VMTAReplyKey]
	queueErrors               *counts[logscan.QueueErrorKey]
	remoteBounces             *counts[logscan.RemoteBounceKey]
	received                  *counts[logscan.ReceivedKey]
	feedback                  *counts[logscan.FeedbackKey]
	sourceIPFeedback          *counts[logscan.SourceIPKey]
	delay                     *family

	warmup *warmupFamilies
	logs   *logFamilies
	health *scanFamilies
}

// newScanCollector makes the families; the scanner knows their ceilings.
func newScanCollector(scanner *logscan.Scanner) *scanCollector {
	s := scanner.Snapshot()
	byVMTA := func(k logscan.VMTAKey) []string { return []string{k.Provider, k.VMTA} }
	return &scanCollector{
		scanner: scanner,
		records: newCounts(counterBy(s.Records.Limit, "pmta_accounting_records_total",
			"Accounting records by the column type.", "record"),
			func(t acct.Type) []string { return []string{string(t)} }),
		outcomes: newCounts(counterBy(s.Outcomes.Limit, "pmta_outcomes_total",
			"Final results of recipients, from d and b accounting records by dsnStatus, dsnDiag and bounceCat.", "provider", "vmta", "outcome"),
			func(k logscan.OutcomeKey) []string { return []string{k.Provider, k.VMTA, string(k.Outcome)} }),
		sourceIPOutcomes: newCounts(counterBy(s.SourceIPOutcomes.Limit, "pmta_source_ip_outcomes_total",
			"Final results of recipients, from d and b accounting records by dlvSourceIp.", "source_ip", "provider", "outcome"),
			func(k logscan.SourceIPOutcomeKey) []string {
				return []string{k.SourceIP, k.Provider, string(k.Outcome)}
			}),
		senderOutcomes: newCounts(counterBy(s.SenderDomainOutcomes.Limit, "pmta_sender_domain_outcomes_total",
			"Final results of recipients, from d and b accounting records by the domain of orig.", "sender_domain", "outcome"),
			func(k logscan.SenderDomainOutcomeKey) []string { return []string{k.SenderDomain, string(k.Outcome)} }),
		bounces: newCounts(counterBy(s.Bounces.Limit, "pmta_bounces_total",
			"Bounces, from b accounting records by bounceCat and class; what an operator deleted is not among them.", "provider", "category", "class"),
			func(k logscan.BounceKey) []string { return []string{k.Provider, k.Category, string(k.Class)} }),
		deferrals: newCounts(counterBy(s.Deferrals.Limit, "pmta_deferrals_total",
			"Attempts that ended in a temporary error of one recipient, from t accounting records.", "provider", "vmta"), byVMTA),
		sourceIPDeferrals: newCounts(counterBy(s.SourceIPDeferrals.Limit, "pmta_source_ip_deferrals_total",
			"Attempts that ended in a temporary error of one recipient, from t accounting records by dlvSourceIp.", "source_ip", "provider"),
			func(k logscan.SourceIPKey) []string { return []string{k.SourceIP, k.Provider} }),
		deliveredBytes: newCounts(counterBy(s.DeliveredBytes.Limit, "pmta_delivered_bytes_total",
			"Bytes delivered, from dlvSize of d accounting records.", "provider", "vmta"), byVMTA),
		delay: newFamily(histogramKind, s.MaxDelays, "pmta_delivery_delay_seconds",
			"Time from timeQueued to timeLogged of d accounting records.", "provider"),
		tlsDeliveries: newCounts(counterBy(s.TLSDeliveries.Limit, "pmta_tls_deliveries_total",
			"Deliveries by TLS protocol, from dlvTlsProtocol of d accounting records; none for plain text.", "provider", "protocol"),
			func(k logscan.TLSKey) []string { return []string{k.Provider, string(k.Protocol)} }),
		sourceIPs: newCounts(gaugeBy(s.SourceIPs.Limit, "pmta_source_ip_info",
			"Source IPs and the VirtualMTAs that used them, from dlvSourceIp and vmta of d, b and t accounting records. Always 1.", "source_ip", "vmta"),
			func(k logscan.SourceIPVMTAKey) []string { return []string{k.SourceIP, k.VMTA} }),
		replies: newCounts(counterBy(s.Replies.Limit, "pmta_smtp_replies_total",
			"Reasons for bounces and deferrals, from dsnDiag and dsnStatus of b, t and tq accounting records through the catalogue of replies.", "provider", "reason", "permanence"),
			func(k logscan.ReplyKey) []string { return []string{k.Provider, string(k.Reason), string(k.Permanence)} }),
		vmtaReplies: newCounts(counterBy(s.VMTAReplies.Limit, "pmta_vmta_smtp_replies_total",
			"Reasons for bounces and deferrals, from dsnDiag and dsnStatus of b, t and tq accounting records by vmta.", "vmta", "reason"),
			func(k logscan.VMTAReplyKey) []string { return []string{k.VMTA, string(k.Reason)} }),
		queueErrors: newCounts(counterBy(s.QueueErrors.Limit, "pmta_queue_errors_total",
			"Attempts that ended in a temporary error of a whole queue, from tq accounting records by dsnStatus and dsnDiag.", "provider", "vmta", "cause"),
			func(k logscan.QueueErrorKey) []string { return []string{k.Provider, k.VMTA, string(k.Cause)} }),
		remoteBounces: newCounts(counterBy(s.RemoteBounces.Limit, "pmta_remote_bounces_total",
			"Bounces that came back as mail after delivery, from rb accounting records by bounceCat and class.", "category", "class"),
			func(k logscan.RemoteBounceKey) []string { return []string{k.Category, string(k.Class)} }),
		received: newCounts(counterBy(s.Received.Limit, "pmta_received_accounting_recipients_total",
			"Recipients of messages submitted to PowerMTA, from r accounting records by vmta, which may be a pool.", "vmta"),
			func(k logscan.ReceivedKey) []string { return []string{k.VMTA} }),
		feedback: newCounts(counterBy(s.Feedback.Limit, "pmta_feedback_reports_total",
			"Recipients in feedback reports (complaints), from f accounting records by feedbackType.", "provider", "feedback_type"),
			func(k logscan.FeedbackKey) []string { return []string{k.Provider, string(k.Type)} }),
		sourceIPFeedback: newCounts(counterBy(s.SourceIPFeedback.Limit, "pmta_source_ip_feedback_reports_total",
			"Recipients in feedback reports (complaints), from f accounting records by dlvSourceIp.", "source_ip", "provider"),
			func(k logscan.SourceIPKey) []string { return []string{k.SourceIP, k.Provider} }),
		warmup: newWarmupFamilies(), logs: newLogFamilies(s), health: newScanFamilies(),
	}
}

func (c *scanCollector) families() []*family {
	return append([]*family{
		c.records.family, c.outcomes.family, c.sourceIPOutcomes.family, c.senderOutcomes.family, c.bounces.family, c.deferrals.family,
		c.sourceIPDeferrals.family, c.replies.family, c.vmtaReplies.family, c.queueErrors.family, c.remoteBounces.family, c.received.family,
		c.feedback.family, c.sourceIPFeedback.family, c.deliveredBytes.family, c.delay, c.tlsDeliveries.family, c.sourceIPs.family,
	}, slices.Concat(c.warmup.families(), c.logs.families(), c.health.families())...)
}

// page tells the last committed counts of what is followed.
func (c *scanCollector) page() (*page, error) {
	out := newSamples()
	s := c.scanner.Snapshot()
	out.countsSince = s.Accounting.Created
	var err error
	if s.Accounting.Followed {
		err = c.emit(s, out)
	}
	if s.Logs.Followed {
		err = errors.Join(err, c.logs.emit(s, out))
	}
	c.health.emit(sourceAccounting, &s.Accounting, out)
	c.health.emit(sourceLog, &s.Logs, out)
	c.health.emitState(s.Durability, out)
	return &page{samples: out, gaps: c.gaps(s), counted: s}, err
}

// emit tells what was counted from accounting files.
func (c *scanCollector) emit(s *logscan.Snapshot, out *samples) error {
	for i := range s.Delays {
		out.put(c.delay, newDelayHistogram(c.delay.desc, &s.Delays[i]))
	}
	out.limits[c.delay] = s.MaxDelays
	c.warmup.emit(s.Daily, out)
	return errors.Join(
		c.records.emit(out, s.Records),
		c.outcomes.emit(out, s.Outcomes),
		c.sourceIPOutcomes.emit(out, s.SourceIPOutcomes),
		c.senderOutcomes.emit(out, s.SenderDomainOutcomes),
		c.bounces.emit(out, s.Bounces),
		c.deferrals.emit(out, s.Deferrals),
		c.sourceIPDeferrals.emit(out, s.SourceIPDeferrals),
		c.replies.emit(out, s.Replies),
		c.vmtaReplies.emit(out, s.VMTAReplies),
		c.queueErrors.emit(out, s.QueueErrors),
		c.remoteBounces.emit(out, s.RemoteBounces),
		c.received.emit(out, s.Received),
		c.feedback.emit(out, s.Feedback),
		c.sourceIPFeedback.emit(out, s.SourceIPFeedback),
		c.deliveredBytes.emit(out, s.DeliveredBytes),
		c.tlsDeliveries.emit(out, s.TLSDeliveries),
		c.sourceIPs.emit(out, s.SourceIPs),
	)
}

// note takes over how full a family is that holds itself to its ceiling, in
// its own measure.
func (s *samples) note(f *family, u logscan.Usage) {
	s.series[f], s.limits[f] = u.Series, u.Limit
	s.overflew[f] = float64(u.Overflow)
}
