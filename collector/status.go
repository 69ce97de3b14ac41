package collector

import (
	"math"
	"slices"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// Short names for what the tables below are full of.
type (
	status  = pmtaclient.Status
	backlog = pmtaclient.Backlog
	number  = pmtaclient.Number
)

// kilobyte is PowerMTA's kb. Whether that is 1,000 or 1,024 bytes is not
// documented; docs/metrics.md says what we take it for.
const kilobyte = 1024

// maxDeliveries bounds the label delivery; at most eight have been seen.
const maxDeliveries = 32

// statusPage tells what the status page says. It does not fetch: the page is
// read first on every scrape, whatever is switched off, because pmta_up and
// PowerMTA's own clock come from it.
type statusPage struct {
	info       *family
	samples    []statusSample
	backlogs   []backlogSample
	spoolFiles *family
}

// statusSample is a family and where on the page its value stands.
type statusSample struct {
	family *family
	value  func(*status) number
}

// backlogSample is likewise one value of each delivery type.
type backlogSample struct {
	family *family
	value  func(*backlog) number
}

func newStatusPage() *statusPage {
	return &statusPage{
		info: gaugeBy(1, "pmta_info",
			"What runs: mta.product, mta.fullHostName, mta.os and mta.cpu of PowerMTA's status page. Always 1.",
			"version", "revision", "hostname", "os", "platform"),
		samples: slices.Concat(processSamples(), trafficSamples(), connectionSamples(), spoolSamples()),
		backlogs: []backlogSample{
			{
				gaugeBy(maxDeliveries, "pmta_backlog_recipients",
					"Recipients queued by delivery type, from status.queue.TYPE.rcp.", "delivery"),
				func(b *backlog) number { return b.Recipients },
			},
			{
				gaugeBy(maxDeliveries, "pmta_backlog_domains",
					"Destination domains with queued mail by delivery type, from status.queue.TYPE.dom.", "delivery"),
				func(b *backlog) number { return b.Domains },
			},
			{
				gaugeBy(maxDeliveries, "pmta_backlog_bytes",
					"Bytes queued by delivery type, from status.queue.TYPE.kb times 1024.", "delivery"),
				func(b *backlog) number { return bytesOf(b.KB) },
			},
		},
		spoolFiles: gaugeBy(2, "pmta_spool_files",
			"Spool files that hold mail or are kept for re-use, from status.spool.files.inUse and .recycled.", "state"),
	}
}

func processSamples() []statusSample {
	return []statusSample{
		{
			gauge("pmta_uptime_seconds", "Time since PowerMTA started, from status.timeNow minus status.startupTime."),
			func(s *status) number {
				uptime, ok := s.Uptime()
				return number{Value: uptime.Seconds(), OK: ok}
			},
		},
		{
			gauge("pmta_shutting_down", "Whether PowerMTA is shutting down, from status.shuttingDown."),
			func(s *status) number { return truth(s.ShuttingDown) },
		},
		{
			gauge("pmta_dns_cached_names", "Names in PowerMTA's DNS cache, from status.resolver.namesCached."),
			func(s *status) number { return s.Resolver.CachedNames },
		},
		{
			gauge("pmta_dns_pending_queries", "DNS queries running or waiting, from status.resolver.queriesPending."),
			func(s *status) number { return s.Resolver.PendingQueries },
		},
		{
			gauge("pmta_dns_active_queries", "DNS queries running, from status.resolver.queriesActive."),
			func(s *status) number { return s.Resolver.ActiveQueries },
		},
	}
}

// trafficSamples fall when PowerMTA restarts and on "pmta reset counters". They
// have no creation timestamp: the start of PowerMTA is known, but of a reset
// the page says nothing, and a time that is wrong is worse than none.
func trafficSamples() []statusSample {
	return []statusSample{
		{
			counter("pmta_received_recipients_total", "Recipients received, from status.traffic.total.in.rcp."),
			func(s *status) number { return s.Received.Recipients },
		},
		{
			counter("pmta_received_messages_total", "Messages received, from status.traffic.total.in.msg."),
			func(s *status) number { return s.Received.Messages },
		},
		{
			counter("pmta_received_bytes_total", "Bytes received, from status.traffic.total.in.kb times 1024."),
			func(s *status) number { return bytesOf(s.Received.KB) },
		},
		{
			counter("pmta_sent_recipients_total", "Recipients delivered, from status.traffic.total.out.rcp."),
			func(s *status) number { return s.Sent.Recipients },
		},
		{
			counter("pmta_sent_messages_total", "Messages delivered, from status.traffic.total.out.msg."),
			func(s *status) number { return s.Sent.Messages },
		},
		{
			counter("pmta_sent_bytes_total", "Bytes delivered, from status.traffic.total.out.kb times 1024."),
			func(s *status) number { return bytesOf(s.Sent.KB) },
		},
		{
			counter("pmta_bounces_processed_total", "Remote bounces processed, from status.traffic.total.bounceProcessed."),
			func(s *status) number { return s.BouncesProcessed },
		},
		{
			counter("pmta_feedback_reports_processed_total", "Feedback reports processed, from status.traffic.total.feedbackLoopProcessed."),
			func(s *status) number { return s.FeedbackReportsProcessed },
		},
	}
}

func connectionSamples() []statusSample {
	return []statusSample{
		{
			gauge("pmta_inbound_connections", "Open inbound SMTP connections, from status.conn.smtpIn.cur."),
			func(s *status) number { return s.Inbound.Current },
		},
		{
			gauge("pmta_inbound_connections_limit", "Most inbound SMTP connections allowed, from status.conn.smtpIn.max."),
			func(s *status) number { return s.Inbound.Limit },
		},
		{
			gauge("pmta_inbound_connections_peak", "Most inbound SMTP connections at once since start, from status.conn.smtpIn.top."),
			func(s *status) number { return s.Inbound.Peak },
		},
		{
			gauge("pmta_outbound_connections", "Open outbound SMTP connections, from status.conn.smtpOut.cur."),
			func(s *status) number { return s.Outbound.Current },
		},
		{
			gauge("pmta_outbound_connections_limit", "Most outbound SMTP connections allowed, from status.conn.smtpOut.max."),
			func(s *status) number { return s.Outbound.Limit },
		},
		{
			gauge("pmta_outbound_connections_peak", "Most outbound SMTP connections at once since start, from status.conn.smtpOut.top."),
			func(s *status) number { return s.Outbound.Peak },
		},
	}
}

func spoolSamples() []statusSample {
	return []statusSample{
		{
			gauge("pmta_spool_directories", "Spool directories, from status.spool.dirs."),
			func(s *status) number { return s.Spool.Directories },
		},
		{
			gauge("pmta_spool_initialized_ratio", "Part of the spool that was read since start, from status.spool.initPct."),
			func(s *status) number { return ratio(s.Spool.InitializedPercent) },
		},
		{
			gauge("pmta_spool_recipients", "Recipients in the spool, from status.spool.totalRcp."),
			func(s *status) number { return s.Spool.Recipients },
		},
		{
			gauge("pmta_spool_recipients_limit", "Most recipients allowed in the spool, which can be exceeded, from status.spool.maxRcp."),
			func(s *status) number { return s.Spool.RecipientsLimit },
		},
	}
}

// page tells what the page reported; what it did not report is absent.
func (p *statusPage) page(s *status) *page {
	out := newSamples()
	label := logscan.Label
	out.add(p.info, 1, label(s.Product.Version), label(s.Product.Revision), label(s.Hostname), label(s.OS), label(s.Platform))
	for _, sample := range p.samples {
		out.addNumber(sample.family, sample.value(s))
	}
	for _, sample := range p.backlogs {
		emitBacklogs(s.Backlogs, sample, out)
	}
	out.addNumber(p.spoolFiles, s.Spool.FilesInUse, "in_use")
	out.addNumber(p.spoolFiles, s.Spool.FilesRecycled, "recycled")
	return &page{samples: out, answer: s.Answer}
}

// emitBacklogs merges delivery types whose names are equal once they are
// labels, so that no two series have equal labels.
func emitBacklogs(backlogs []backlog, sample backlogSample, out *samples) {
	sums := map[string]float64{}
	for i := range backlogs {
		if n := sample.value(&backlogs[i]); n.OK {
			sums[logscan.Label(backlogs[i].Delivery)] += n.Value
		}
	}
	for delivery, n := range sums {
		out.add(sample.family, n, delivery)
	}
}

func (p *statusPage) families() []*family {
	families := []*family{p.info, p.spoolFiles}
	for _, s := range p.samples {
		families = append(families, s.family)
	}
	for _, b := range p.backlogs {
		families = append(families, b.family)
	}
	return families
}

// bytesOf returns whole bytes. PowerMTA writes kilobytes with one decimal, and
// of tenths floating point makes noise such as 4.608102399999999e+06. Each
// figure is rounded by itself, before it is added to others: sums of whole
// numbers are exact, so they do not depend on what is added up under other. Add
// bytes, therefore, and never kilobytes.
func bytesOf(kb number) number {
	kb.Value = math.Round(kb.Value * kilobyte)
	return kb
}

func ratio(percent number) number {
	percent.Value /= 100
	return percent
}

func truth(f pmtaclient.Flag) number { return number{Value: oneIf(f.Value), OK: f.OK} }

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
