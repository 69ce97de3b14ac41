package dashboards

func overview() Dashboard {
	return Dashboard{
		uid: "pmta-overview", title: "PowerMTA / Overview", shows: []string{"provider", "vmta"},
		about:    "Does PowerMTA run, does mail leave, and who refuses it? Begin here; the other dashboards tell why.",
		sections: []section{health(), mail(), hurts()},
	}
}

func health() section {
	return section{title: "Health", height: 4, panels: []panel{
		{
			title: "Exporter", about: "Whether Prometheus reaches the exporter; the worst instance. When it does not, everything below is old.",
			kind: stat, width: 3, unit: "none", none: "not scraped", words: yesNo("up", "down"), steps: better(0.5, 1),
			queries: []query{{expr: "min(up{TARGET})"}}, proof: Proof{Scenario: "calm", Same: ownHealth},
		},
		{
			title: "PowerMTA", about: "Whether PowerMTA's status page answers and says that it runs; the worst instance.",
			kind: stat, width: 3, unit: "none", none: "unknown", words: yesNo("running", "down"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_up{TARGET})"}}, proof: in("pmta-down"),
		},
		{
			title: "Running for", about: "Time since PowerMTA's start; the instance that started last. Orange for the first ten minutes.",
			kind: stat, width: 3, unit: "s", none: "not running", steps: better(0, 600),
			queries: []query{{expr: "min(pmta_uptime_seconds{TARGET})"}}, proof: in("pmta-down"),
		},
		{
			title: "License", about: "Days until the first license ends. Needs --collector.license and a way to ask (see the README); without it, or with a license that never ends, there is nothing to show.",
			kind: stat, width: 3, unit: "d", none: "not asked", steps: better(7, 30),
			queries: []query{{expr: "(min(pmta_license_expiry_timestamp_seconds{TARGET}) - time()) / 86400"}}, proof: in("license-ending"),
		},
		{
			title: "Spool", about: "Recipients in the spool against the most it may hold; the fullest instance. PowerMTA accepts no mail into a full spool.",
			kind: stat, width: 3, unit: "percentunit", none: "unknown", steps: worse(0.7, 0.9),
			queries: []query{{expr: "max(" + ratio("pmta_spool_recipients{TARGET}", "pmta_spool_recipients_limit{TARGET}") + ")"}},
			proof:   in("spool-filling"),
		},
		{
			title: "Outbound connections", about: "Open connections to receivers against the most that are allowed; the fullest instance.",
			kind: stat, width: 3, unit: "percentunit", none: "unknown", steps: worse(0.7, 0.9),
			queries: []query{{expr: "max(" + ratio("pmta_outbound_connections{TARGET}", "pmta_outbound_connections_limit{TARGET}") + ")"}},
			proof:   in("deferred-growth"),
		},
		{
			title: "Inbound connections", about: "Open connections of submitting programs against the most that are allowed; the fullest instance.",
			kind: stat, width: 3, unit: "percentunit", none: "unknown", steps: worse(0.7, 0.9),
			queries: []query{{expr: "max(" + ratio("pmta_inbound_connections{TARGET}", "pmta_inbound_connections_limit{TARGET}") + ")"}},
			proof:   in("spool-filling"),
		},
		{
			title: "Newest record", about: "Age of the newest accounting record that was counted; the oldest instance. It grows when the exporter lags, when PowerMTA writes nothing, and when no mail flows.",
			kind: stat, width: 3, unit: "s", none: "no files followed", steps: worse(300, 900),
			queries: []query{{expr: `time() - min(pmta_exporter_scan_last_record_timestamp_seconds{TARGET,source="accounting"})`}},
			proof:   in(hardships),
		},
	}}
}

func mail() section {
	return section{title: "Mail", height: 9, panels: []panel{
		{
			title: "Recipients in and out", about: "Recipients that PowerMTA accepted and delivered per second, by its own counters. In above out for long fills the spool.",
			kind: timeSeries, width: 12, unit: perSecond, none: "PowerMTA does not answer",
			queries: []query{
				{expr: rate("", "pmta_received_recipients_total{TARGET}"), legend: "in"},
				{expr: rate("", "pmta_sent_recipients_total{TARGET}"), legend: "out"},
			}, proof: in("spool-filling"),
		},
		{
			title: "Backlog by state", about: "Recipients in the listed queues: active have a connection, deferred wait for their next attempt, ready could go, paused were stopped by command. Deferred that grows is the sign to act on.",
			kind: timeSeries, width: 12, unit: "short", none: "no queues are listed", stacked: true,
			queries: []query{{expr: sum("state", queued), legend: "{{state}}"}}, proof: in("deferred-growth"),
		},
		{
			title: "Delivered of results, by provider", about: "Share of final results that are deliveries, for the providers with most results in the time shown. A single line that falls names the provider that refuses.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no results counted", bounded: true, steps: better(0.9, 0.97),
			queries: []query{{expr: topRatio("provider", delivered, outcomes), legend: "{{provider}}"}}, proof: in("gmail-block"),
		},
		{
			title: "Results per second", about: "What became of recipients, and attempts that were deferred. Hard: the address is bad. Block: the sender is refused. Soft: another attempt might have succeeded.",
			kind: timeSeries, width: 12, unit: perSecond, none: "no results counted", queries: flow(), proof: in("gmail-block"),
		},
	}}
}

func hurts() section {
	bounced := func(by, bounces, all string) []query {
		return []query{
			{expr: topRows(counted(by, bounces)), legend: "bounces"},
			{expr: ratio(counted(by, bounces), counted(by, all)) + " and " + topRows(counted(by, bounces)), legend: "of results", unit: "percentunit"},
		}
	}
	return section{title: "Where it hurts", height: 9, panels: []panel{
		{
			title: "Bouncing sending domains", about: "Sending domains with most bounces of all classes in the time shown, and their share of the domain's results.",
			kind: table, width: 8, unit: "short", none: "no bounces", labels: []string{"sender_domain"}, sortBy: "bounces",
			queries: bounced("sender_domain", senderBounces, senderOutcomes), proof: in("hard-bounce-spike"),
		},
		{
			title: "Bouncing source IPs", about: "Source IPs with most bounces of all classes in the time shown, and their share of the IP's results.",
			kind: table, width: 8, unit: "short", none: "no bounces", labels: []string{"source_ip"}, sortBy: "bounces",
			queries: bounced("source_ip", sourceBounces, sourceOutcomes), proof: in("gmail-block"),
		},
		{
			title: "Firing alerts", about: "Alerts of alerts/alerts.rules.yml that fire now, and for how many targets or names.",
			kind: table, width: 8, unit: "short", none: "no alert fires", labels: []string{"alertname", "severity", "instance"}, sortBy: "firing",
			queries: []query{{expr: `count by (alertname, severity, instance) (ALERTS{TARGET,alertstate="firing"})`, legend: "firing"}},
			proof:   Proof{NoData: "Prometheus itself makes ALERTS, and alerts wait for minutes and hours; the rules have tests of their own"},
		},
	}}
}
