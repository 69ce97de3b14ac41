package dashboards

func vmtas() Dashboard {
	return Dashboard{
		uid: "pmta-vmtas", title: "PowerMTA / VirtualMTAs and source IPs", shows: []string{"provider", "vmta"},
		about:    "Which VirtualMTA or source IP is worse off than the others? One alone is its own trouble; all together are not.",
		sections: []section{vmtasCompared(), vmtasHeld(), vmtaConnections(), sourceIPs()},
	}
}

func vmtasCompared() section {
	success := ratio(counted("vmta", delivered), counted("vmta", outcomes))
	return section{title: "VirtualMTAs compared", height: 10, panels: []panel{
		{
			title: "One row for each VirtualMTA", about: "Results and deferred attempts in the time shown. The last column is the share of deliveries less that of the VirtualMTA in the middle: far below 0 stands out from the others.",
			kind: table, width: 14, unit: "short", none: "no results counted", labels: []string{"vmta"}, sortBy: "delivered", proof: in("gmail-block"),
			queries: ofTop("vmta", outcomes, append(flowColumns("vmta"),
				query{expr: success + " - scalar(quantile(0.5, " + success + "))", legend: "against the middle", unit: "percentunit"})),
		},
		{
			title: "Queued now", about: "What waits for each VirtualMTA now, for how many domains, its open connections, and its queues in backoff mode with their recipients.",
			kind: table, width: 10, unit: "short", none: "no VirtualMTAs are listed", labels: []string{"vmta"}, sortBy: "recipients", proof: in("gmail-block"),
			queries: []query{
				{expr: topRows(sum("vmta", "pmta_vmta_recipients{TARGET,VMTA}")), legend: "recipients"},
				{expr: sum("vmta", "pmta_vmta_domains{TARGET,VMTA}"), legend: "domains"},
				{expr: sum("vmta", "pmta_vmta_connections{TARGET,VMTA}"), legend: "connections"},
				{expr: sum("vmta", "pmta_vmta_backoff_queues{TARGET,VMTA}"), legend: "in backoff"},
				{expr: sum("vmta", "pmta_vmta_backoff_recipients{TARGET,VMTA}"), legend: "recipients in backoff"},
			},
		},
		{
			title: "Delivered", about: "Deliveries per second of the VirtualMTAs with most of them. One that falls to 0 while the others go on has lost its way out.",
			kind: timeSeries, width: 12, unit: perSecond, none: "nothing delivered", proof: in("vmta-throttled"),
			queries: []query{{expr: topRate("vmta", delivered), legend: "{{vmta}}"}},
		},
		{
			title: "Delivered of results", about: "Share of final results that are deliveries, of the VirtualMTAs with most results.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no results counted", bounded: true, steps: better(0.9, 0.97), proof: in("gmail-block"),
			queries: []query{{expr: topRatio("vmta", delivered, outcomes), legend: "{{vmta}}"}},
		},
	}}
}

func vmtasHeld() section {
	const (
		waiting = `pmta_vmta_waiting_recipients{TARGET,VMTA}`
		ours    = "own_rate_limit|source_disabled"
		theirs  = "remote_throttle|remote_error"
	)
	held := func(causes string) string { return `pmta_vmta_waiting_recipients{TARGET,VMTA,cause=~"` + causes + `"}` }
	lines := func(causes string) []query {
		return []query{{expr: topGauge("vmta", held(causes)), legend: "{{vmta}}"}}
	}
	return section{title: "Throttled while others flow", height: 9, panels: []panel{
		{
			title: "Held by ourselves", about: "Recipients that wait because of the VirtualMTA's own rate limit or because its sources are disabled. One line above an empty panel is a VirtualMTA that stands while the others flow.",
			kind: timeSeries, width: 8, unit: "short", none: "no VirtualMTA is held", queries: lines(ours), proof: in("vmta-throttled"),
		},
		{
			title: "Held by receivers", about: "Recipients that wait because a receiver throttles or turns the VirtualMTA away.",
			kind: timeSeries, width: 8, unit: "short", none: "no VirtualMTA is held", queries: lines(theirs), proof: in("deferred-growth"),
		},
		{
			title: "Share held", about: "Recipients that wait for any of these four causes, of all that are queued for the VirtualMTA. One line near 100 % while the others are low is throttled alone.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "no VirtualMTA is held", proof: in("vmta-throttled"),
			queries: []query{{
				expr: ratio(sum("vmta", held(ours+"|"+theirs)), sum("vmta", "pmta_vmta_recipients{TARGET,VMTA}")) +
					" and " + topSummed("vmta", held(ours+"|"+theirs)),
				legend: "{{vmta}}",
			}},
		},
		{
			title: "Waiting now, by cause", about: "The VirtualMTAs and causes that most recipients wait for now.",
			kind: table, width: 12, unit: "short", none: "nothing waits", labels: []string{"vmta", "cause"}, sortBy: "recipients", proof: in("vmta-throttled"),
			queries: []query{{expr: topRows(sum("vmta, cause", waiting)), legend: "recipients"}},
		},
		{
			title: "Recipients in backoff mode", about: "Recipients of queues in backoff mode, of the VirtualMTAs with most of them.",
			kind: timeSeries, width: 12, unit: "short", none: "no queue is in backoff mode", proof: in("gmail-block"),
			queries: []query{{expr: topGauge("vmta", "pmta_vmta_backoff_recipients{TARGET,VMTA}"), legend: "{{vmta}}"}},
		},
	}}
}

func vmtaConnections() section {
	const (
		byTarget = "job, instance, vmta"
		info     = "pmta_source_ip_info{TARGET,VMTA}"
	)
	lone := info + " and on (" + byTarget + ") count by (" + byTarget + ") (" + info + ") == 1"
	bySource := func(connections string) string {
		return "sum by (source_ip) (" + connections + " * on (" + byTarget + ") group_left (source_ip) (" + lone + "))"
	}
	const peak = "max_over_time(pmta_vmta_connections{TARGET,VMTA}[$__range] @ end())"
	return section{title: "Connections", height: 9, panels: []panel{
		{
			title: "By VirtualMTA", about: "Open outbound connections of the VirtualMTAs with most of them in the time shown.",
			kind: timeSeries, width: 8, unit: "short", none: "no VirtualMTAs are listed", proof: in(busy),
			queries: []query{{expr: topGauge("vmta", "pmta_vmta_connections{TARGET,VMTA}"), legend: "{{vmta}}"}},
		},
		{
			title: "By VirtualMTA and provider", about: "Open outbound connections of listed queues now, where there are most.",
			kind: table, width: 8, unit: "short", none: "no connections", labels: []string{"vmta", "provider"}, sortBy: "connections", proof: in(busy),
			queries: []query{{expr: topRows(sum("vmta, provider", `pmta_queued_connections{TARGET,PROVIDER,VMTA}`)), legend: "connections"}},
		},
		{
			title: "By source IP, where a VirtualMTA has one", about: "PowerMTA reports no connections per source IP. These are the connections of VirtualMTAs that were seen with one IP only (pmta_source_ip_info); those of VirtualMTAs with several IPs are not here.",
			kind: timeSeries, width: 8, unit: "short", none: "no VirtualMTA with exactly one source IP", proof: in(busy),
			queries: []query{{
				expr:   bySource("pmta_vmta_connections{TARGET,VMTA}") + " and topk(10, " + bySource(peak) + " > 0)",
				legend: "{{source_ip}}",
			}},
		},
	}}
}

func sourceIPs() section {
	return section{title: "Source IPs", height: 9, panels: []panel{
		{
			title: "Delivered of results", about: "Share of final results that are deliveries, of the source IPs with most results at the chosen providers.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "no results counted", bounded: true, steps: better(0.9, 0.97), proof: in("gmail-block"),
			queries: []query{{expr: topRatio("source_ip", sourceDelivered, sourceOutcomes), legend: "{{source_ip}}"}},
		},
		{
			title: "Blocked", about: "Block bounces per second of the source IPs with most of them: refused for the sender's sake.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no block bounces", proof: in("gmail-block"),
			queries: []query{{expr: topRate("source_ip", `pmta_source_ip_outcomes_total{TARGET,PROVIDER,outcome="block_bounce"}`), legend: "{{source_ip}}"}},
		},
		{
			title: "Deferred", about: "Deferred attempts per second of the source IPs with most of them.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no deferrals; they need records t", proof: in("yahoo-throttle"),
			queries: []query{{expr: topRate("source_ip", `pmta_source_ip_deferrals_total{TARGET,PROVIDER}`), legend: "{{source_ip}}"}},
		},
		{
			title: "Source IPs and their VirtualMTAs", about: "Which VirtualMTA used which source IP, as the accounting files tell, and how many results the IP had at the chosen providers in the time shown.",
			kind: table, width: 24, unit: "short", none: "no source IPs seen", labels: []string{"source_ip", "vmta"}, sortBy: "results", proof: in("yahoo-throttle"),
			queries: []query{{
				expr: topRows("max by (source_ip, vmta) (pmta_source_ip_info{TARGET,VMTA}) * on (source_ip) group_left () " +
					counted("source_ip", sourceOutcomes)),
				legend: "results",
			}},
		},
	}}
}
