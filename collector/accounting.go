package collector

import (
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// scanCollector tells what the scanner counted from accounting files up to its
// last commit. The counting goes on in the background, not on scrape.
type scanCollector struct {
	scanner *logscan.Scanner

	records                                         *family
	outcomes, sourceIPOutcomes, senderOutcomes      *family
	bounces, deferrals, sourceIPDeferrals           *family
	deliveredBytes, delay, tlsDeliveries, sourceIPs *family

	health *scanFamilies
}

// newScanCollector makes the families; the scanner knows their ceilings.
func newScanCollector(scanner *logscan.Scanner, providers int) *scanCollector {
	s := scanner.Snapshot()
	return &scanCollector{
		scanner: scanner,
		records: counterBy(s.Records.Limit, "pmta_accounting_records_total",
			"Accounting records by the column type.", "record"),
		outcomes: counterBy(s.Outcomes.Limit, "pmta_outcomes_total",
			"Final results of recipients, from d and b accounting records by dsnStatus, dsnDiag and bounceCat.", "provider", "vmta", "outcome"),
		sourceIPOutcomes: counterBy(s.SourceIPOutcomes.Limit, "pmta_source_ip_outcomes_total",
			"Final results of recipients, from d and b accounting records by dlvSourceIp.", "source_ip", "provider", "outcome"),
		senderOutcomes: counterBy(s.SenderDomainOutcomes.Limit, "pmta_sender_domain_outcomes_total",
			"Final results of recipients, from d and b accounting records by the domain of orig.", "sender_domain", "outcome"),
		bounces: counterBy(s.Bounces.Limit, "pmta_bounces_total",
			"Bounces, from b accounting records by bounceCat and class; what an operator deleted is not among them.", "provider", "category", "class"),
		deferrals: counterBy(s.Deferrals.Limit, "pmta_deferrals_total",
			"Attempts that ended in a temporary error of one recipient, from t accounting records.", "provider", "vmta"),
		sourceIPDeferrals: counterBy(s.SourceIPDeferrals.Limit, "pmta_source_ip_deferrals_total",
			"Attempts that ended in a temporary error of one recipient, from t accounting records by dlvSourceIp.", "source_ip", "provider"),
		deliveredBytes: counterBy(s.DeliveredBytes.Limit, "pmta_delivered_bytes_total",
			"Bytes delivered, from dlvSize of d accounting records.", "provider", "vmta"),
		delay: newFamily(histogramKind, providers, "pmta_delivery_delay_seconds",
			"Time from timeQueued to timeLogged of d accounting records.", "provider"),
		tlsDeliveries: counterBy(s.TLSDeliveries.Limit, "pmta_tls_deliveries_total",
			"Deliveries by TLS protocol, from dlvTlsProtocol of d accounting records; none for plain text.", "provider", "protocol"),
		sourceIPs: gaugeBy(s.SourceIPs.Limit, "pmta_source_ip_info",
			"Source IPs and the VirtualMTAs that used them, from dlvSourceIp and vmta of d, b and t accounting records. Always 1.", "source_ip", "vmta"),
		health: newScanFamilies(),
	}
}

func (c *scanCollector) families() []*family {
	return append([]*family{
		c.records, c.outcomes, c.sourceIPOutcomes, c.senderOutcomes, c.bounces, c.deferrals, c.sourceIPDeferrals,
		c.deliveredBytes, c.delay, c.tlsDeliveries, c.sourceIPs,
	}, c.health.families()...)
}

// page tells the last committed counts.
func (c *scanCollector) page() *page {
	out := newSamples()
	s := c.scanner.Snapshot()
	emitCounts(out, c.records, s.Records, func(t acct.Type) []string { return []string{string(t)} })
	emitCounts(out, c.outcomes, s.Outcomes, func(k logscan.OutcomeKey) []string {
		return []string{k.Provider, k.VMTA, string(k.Outcome)}
	})
	emitCounts(out, c.sourceIPOutcomes, s.SourceIPOutcomes, func(k logscan.SourceIPOutcomeKey) []string {
		return []string{k.SourceIP, k.Provider, string(k.Outcome)}
	})
	emitCounts(out, c.senderOutcomes, s.SenderDomainOutcomes, func(k logscan.SenderDomainOutcomeKey) []string {
		return []string{k.SenderDomain, string(k.Outcome)}
	})
	emitCounts(out, c.bounces, s.Bounces, func(k logscan.BounceKey) []string {
		return []string{k.Provider, k.Category, string(k.Class)}
	})
	byVMTA := func(k logscan.VMTAKey) []string { return []string{k.Provider, k.VMTA} }
	emitCounts(out, c.deferrals, s.Deferrals, byVMTA)
	emitCounts(out, c.deliveredBytes, s.DeliveredBytes, byVMTA)
	emitCounts(out, c.sourceIPDeferrals, s.SourceIPDeferrals, func(k logscan.SourceIPKey) []string {
		return []string{k.SourceIP, k.Provider}
	})
	emitCounts(out, c.tlsDeliveries, s.TLSDeliveries, func(k logscan.TLSKey) []string {
		return []string{k.Provider, string(k.Protocol)}
	})
	for pair := range s.SourceIPs.All() {
		out.add(c.sourceIPs, 1, pair.Key.SourceIP, pair.Key.VMTA)
	}
	out.note(c.sourceIPs, s.SourceIPs.Usage)
	for i := range s.Delays {
		out.put(c.delay, newDelayHistogram(c.delay.desc, &s.Delays[i]))
	}
	c.health.emit(&s.Accounting, out)
	c.health.emitState(s.Durability, out)
	return &page{samples: out}
}

// emitCounts adds one counted family.
func emitCounts[K comparable](out *samples, f *family, counts logscan.Counts[K], labels func(K) []string) {
	for s := range counts.All() {
		out.addSince(s.Created, f, float64(s.Value), labels(s.Key)...)
	}
	out.note(f, counts.Usage)
}

// note takes over how full a family is that holds itself to its ceiling, in
// its own measure.
func (s *samples) note(f *family, u logscan.Usage) {
	s.series[f] = u.Series
	s.overflew[f] = float64(u.Overflow)
}
