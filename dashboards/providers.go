package dashboards

func providers() Dashboard {
	return Dashboard{
		uid: "pmta-providers", title: "PowerMTA / Providers", shows: []string{"provider", "vmta"},
		about:    "Which mailbox provider refuses which VirtualMTA or source IP, with which words, since when? Choose one in a table to see it alone.",
		sections: []section{providerResults(), providerReasons(), providerSpeed(), providerTrust(), providerSources()},
	}
}

func providerResults() section {
	lines := func(selector string) []query {
		return []query{{expr: topRate("provider", selector), legend: "{{provider}}"}}
	}
	ratios := func(part, whole string) []query {
		return []query{{expr: topRatio("provider", part, whole), legend: "{{provider}}"}}
	}
	return section{title: "Results", height: 9, panels: []panel{
		{
			title: "Providers compared", about: "Results of recipients and deferred attempts in the time shown; the providers with most results. Deferred attempts are no results: one recipient may be deferred many times.",
			kind: table, width: 24, unit: "short", none: "no results counted", labels: []string{"provider"}, sortBy: "delivered",
			queries: ofTop("provider", outcomes, flowColumns("provider")), proof: in("gmail-block"),
		},
		{
			title: "Delivered", about: "Deliveries per second of the providers with most of them.",
			kind: timeSeries, width: 8, unit: perSecond, none: "nothing delivered", queries: lines(delivered), proof: in("gmail-block"),
		},
		{
			title: "Bounced", about: "Bounces of all classes per second, of the providers with most of them.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no bounces", queries: lines(anyBounces), proof: in("gmail-block"),
		},
		{
			title: "Deferred", about: "Attempts per second that a provider put off, of the providers with most of them.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no deferrals; they need records t in the accounting file", queries: lines(deferrals), proof: in("yahoo-throttle"),
		},
		{
			title: "Delivered of results", about: "Share of final results that are deliveries.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "no results counted", bounded: true, steps: better(0.9, 0.97),
			queries: ratios(delivered, outcomes), proof: in("gmail-block"),
		},
		{
			title: "Bounced of results", about: "Share of final results that are bounces of any class.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "no results counted", bounded: true, steps: worse(0.05, 0.1),
			queries: ratios(anyBounces, outcomes), proof: in("gmail-block"),
		},
		{
			title: "Deferred for each delivery", about: "Deferred attempts for each delivery, of the providers that defer most. Above 100 %, most attempts are in vain: the provider throttles.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "nothing delivered", steps: worse(0.5, 1),
			queries: []query{{expr: ratio(rate("provider", deferrals), rate("provider", delivered)) + " and " + topCounted("provider", deferrals), legend: "{{provider}}"}},
			proof:   in("yahoo-throttle"),
		},
	}}
}

func providerReasons() section {
	const replies = `pmta_smtp_replies_total{TARGET,PROVIDER}`
	return section{title: "Reasons", height: 10, panels: []panel{
		{
			title: "Top reasons", about: "Why mail bounced or was deferred, by the catalogue of SMTP replies: replies per second of the most frequent reasons.",
			kind: timeSeries, width: 12, unit: "cps", none: "no replies counted",
			queries: []query{{expr: topRate("reason", replies), legend: "{{reason}}"}}, proof: in("gmail-block"),
		},
		{
			title: "Reasons by provider", about: "The most frequent reasons in the time shown. pmta_exporter explain 'REPLY' tells what a reply means and what to do.",
			kind: table, width: 12, unit: "short", none: "no replies counted", labels: []string{"provider", "reason", "permanence"}, sortBy: "replies",
			queries: []query{{expr: topRows(counted("provider, reason, permanence", replies)), legend: "replies"}}, proof: in("gmail-block"),
		},
	}}
}

func providerSpeed() section {
	return section{title: "Time to delivery", height: 9, panels: []panel{
		{
			title: "Delay", about: "How long deliveries took, from reception to delivery: how many fell into each band. Bands that light up far above the usual one are mail that waited.",
			kind: heatMap, width: 12, unit: "s", none: "nothing delivered",
			queries: []query{{expr: sum("le", "increase("+delays+"[$__rate_interval])"), legend: "{{le}}"}}, proof: in("yahoo-throttle"),
		},
		{
			title: "Delay quantiles", about: "Half, 95 % and 99 % of deliveries of the chosen providers took at most so long.",
			kind: timeSeries, width: 12, unit: "s", none: "nothing delivered", proof: in("yahoo-throttle"),
			queries: []query{
				{expr: quantile(0.5, ""), legend: "p50"}, {expr: quantile(0.95, ""), legend: "p95"}, {expr: quantile(0.99, ""), legend: "p99"},
			},
		},
		{
			title: "p50 by provider", about: "Half of the provider's deliveries took at most so long.", kind: timeSeries, width: 12, unit: "s", none: "nothing delivered",
			queries: []query{{expr: topQuantile(0.5), legend: "{{provider}}"}}, proof: in("deferred-growth"),
		},
		{
			title: "p95 by provider", about: "95 % of the provider's deliveries took at most so long.", kind: timeSeries, width: 12, unit: "s", none: "nothing delivered",
			queries: []query{{expr: topQuantile(0.95), legend: "{{provider}}"}}, proof: in("deferred-growth"),
		},
	}}
}

func providerTrust() section {
	const (
		deliveries = `pmta_tls_deliveries_total{TARGET,PROVIDER}`
		encrypted  = `pmta_tls_deliveries_total{TARGET,PROVIDER,protocol!="none"}`
		complaints = `pmta_feedback_reports_total{TARGET,PROVIDER}`
	)
	return section{title: "TLS and complaints", height: 9, panels: []panel{
		{
			title: "TLS share", about: "Share of deliveries over TLS. Needs dlvTlsProtocol among the record fields.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no dlvTlsProtocol in the records", bounded: true, steps: better(0.9, 0.98),
			queries: []query{{expr: topRatio("provider", encrypted, deliveries), legend: "{{provider}}"}},
			proof:   Proof{Scenario: "tls-failures", Same: "in no scenario does a receiver give up TLS and take the mail"},
		},
		{
			title: "Waiting for TLS", about: "Recipients that wait because a connection could not be encrypted as it must be, of the providers with most of them.",
			kind: timeSeries, width: 12, unit: "short", none: "nothing waits for TLS",
			queries: []query{{expr: topGauge("provider", `pmta_waiting_recipients{TARGET,PROVIDER,cause="tls"}`), legend: "{{provider}}"}}, proof: in("tls-failures"),
		},
		{
			title: "TLS protocols", about: "Deliveries per second by TLS protocol; none is plain text.",
			kind: timeSeries, width: 12, unit: perSecond, none: "no dlvTlsProtocol in the records", stacked: true,
			queries: []query{{expr: topRate("protocol", deliveries), legend: "{{protocol}}"}}, proof: in("tls-failures"),
		},
		{
			title: "Complaints of deliveries", about: "Feedback reports in the time shown for each delivery in it. Providers ask for less than 0.1 % and act at 0.3 %. Only providers with a feedback loop report.",
			kind: table, width: 12, unit: "short", none: "no feedback reports; they need records f", labels: []string{"provider"}, sortBy: "complaints",
			queries: []query{
				{expr: topRows(counted("provider", complaints)), legend: "complaints"},
				{expr: ratio(topRows(counted("provider", complaints)), counted("provider", delivered)), legend: "of deliveries", unit: "percentunit"},
			}, proof: in(busy),
		},
	}}
}

func providerSources() section {
	return section{title: "By VirtualMTA and source IP", height: 10, panels: []panel{
		{
			title: "VirtualMTAs at these providers", about: "The VirtualMTAs with most results at the chosen providers in the time shown.",
			kind: table, width: 12, unit: "short", none: "no results counted", labels: []string{"vmta"}, sortBy: "delivered",
			queries: ofTop("vmta", outcomes, flowColumns("vmta")), proof: in("gmail-block"),
		},
		{
			title: "Source IPs at these providers", about: "The source IPs with most results at the chosen providers in the time shown.",
			kind: table, width: 12, unit: "short", none: "no results counted", labels: []string{"source_ip"}, sortBy: "delivered",
			queries: ofTop("source_ip", sourceOutcomes, sourceColumns()), proof: in("gmail-block"),
		},
	}}
}
