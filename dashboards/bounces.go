package dashboards

func bounces() Dashboard {
	return Dashboard{
		uid: "pmta-bounces", title: "PowerMTA / Bounces and errors", shows: []string{"provider", "vmta"},
		about:    "Which addresses are bad, who is refused, and in which words? Hard: suppress the address. Block: the sender is refused. Soft: it may succeed later.",
		sections: []section{bounceClasses(), bounceSenders(), bounceSources(), bounceReasons(), bounceReturns()},
	}
}

func bounceClasses() section {
	const counts = `pmta_bounces_total{TARGET,PROVIDER}`
	of := func(class string) string { return `pmta_bounces_total{TARGET,PROVIDER,class="` + class + `"}` }
	return section{title: "Classes and categories", height: 9, panels: []panel{
		{
			title: "Bounces by class", about: "Bounces per second. Block often comes before throttling.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no bounces counted", stacked: true, proof: in("gmail-block"),
			queries: []query{
				{expr: rate("", of("hard")), legend: "hard"}, {expr: rate("", of("block")), legend: "block"}, {expr: rate("", of("soft")), legend: "soft"},
			},
		},
		{
			title: "Bounced of results, by class", about: "Share of final results. Many providers punish more than 5 % hard bounces.",
			kind: timeSeries, width: 8, unit: "percentunit", none: "no results counted", steps: worse(0.05, 0.1), proof: in("hard-bounce-spike"),
			queries: []query{
				{expr: ratio(rate("", hardBounces), rate("", outcomes)), legend: "hard"},
				{expr: ratio(rate("", blockBounces), rate("", outcomes)), legend: "block"},
				{expr: ratio(rate("", softBounces), rate("", outcomes)), legend: "soft"},
			},
		},
		{
			title: "Bounces by category", about: "Bounces per second by PowerMTA's bounceCat; the most frequent ones.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no bounces counted", stacked: true,
			queries: []query{{expr: topRate("category", counts), legend: "{{category}}"}}, proof: in("gmail-block"),
		},
		{
			title: "Categories by provider", about: "The most frequent bounces in the time shown.",
			kind: table, width: 24, unit: "short", none: "no bounces", labels: []string{"provider", "category", "class"}, sortBy: "bounces",
			queries: []query{{expr: topRows(counted("provider, category, class", counts)), legend: "bounces"}}, proof: in("gmail-block"),
		},
	}}
}

func bounceSenders() section {
	of := func(outcome string) string {
		return counted("sender_domain", `pmta_sender_domain_outcomes_total{TARGET,outcome="`+outcome+`"}`)
	}
	return section{title: "By sending domain", height: 9, panels: []panel{
		{
			title: "Hard bounces of results, by sending domain", about: "A high share of hard bounces is a stale or bought list: find out whose it is before providers do.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no results counted", steps: worse(0.05, 0.07),
			queries: []query{{expr: topRatio("sender_domain", senderHard, senderOutcomes), legend: "{{sender_domain}}"}}, proof: in("hard-bounce-spike"),
		},
		{
			title: "Sending domains compared", about: "Results in the time shown, of the sending domains with most of them.",
			kind: table, width: 12, unit: "short", none: "no results counted", labels: []string{"sender_domain"}, sortBy: "hard",
			queries: ofTop("sender_domain", senderOutcomes, []query{
				{expr: of("delivered"), legend: "delivered"},
				{expr: of("soft_bounce"), legend: "soft"},
				{expr: of("block_bounce"), legend: "block"},
				{expr: of("hard_bounce"), legend: "hard"},
			}), proof: in("hard-bounce-spike"),
		},
	}}
}

func bounceSources() section {
	return section{title: "By source IP", height: 9, panels: []panel{
		{
			title: "Bounced of results, by source IP", about: "One IP above the others is blocked or listed; all together, look at the content or the list of addresses.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no results counted", steps: worse(0.05, 0.1),
			queries: []query{{expr: topRatio("source_ip", sourceBounces, sourceOutcomes), legend: "{{source_ip}}"}}, proof: in("gmail-block"),
		},
		{
			title: "Source IPs compared", about: "Results and deferred attempts in the time shown, of the source IPs with most results.",
			kind: table, width: 12, unit: "short", none: "no results counted", labels: []string{"source_ip"}, sortBy: "block",
			queries: ofTop("source_ip", sourceOutcomes, sourceColumns()), proof: in("gmail-block"),
		},
	}}
}

func bounceReasons() section {
	return section{title: "Reasons and errors", height: 10, panels: []panel{
		{
			title: "Reasons", about: "SMTP replies in the time shown by the catalogue of replies. pmta_exporter explain 'REPLY' tells what a reply means and what to do.",
			kind: table, width: 8, unit: "short", none: "no replies counted", labels: []string{"reason", "permanence"}, sortBy: "replies", proof: in("gmail-block"),
			queries: []query{{expr: topRows(counted("reason, permanence", `pmta_smtp_replies_total{TARGET,PROVIDER}`)), legend: "replies"}},
		},
		{
			title: "Reasons by VirtualMTA", about: "Which VirtualMTA hears which reason most often, in the time shown.",
			kind: table, width: 8, unit: "short", none: "no replies counted", labels: []string{"vmta", "reason"}, sortBy: "replies", proof: in("gmail-block"),
			queries: []query{{expr: topRows(counted("vmta, reason", `pmta_vmta_smtp_replies_total{TARGET,VMTA}`)), legend: "replies"}},
		},
		{
			title: "Queue errors by cause", about: "Attempts per second that failed for a whole queue, before any recipient was named.",
			kind: timeSeries, width: 8, unit: "ops", none: "no queue errors; they need records tq", proof: in("deferred-growth"),
			queries: []query{{expr: topRate("cause", `pmta_queue_errors_total{TARGET,PROVIDER,VMTA}`), legend: "{{cause}}"}},
		},
	}}
}

func bounceReturns() section {
	return section{title: "What came back later", height: 9, panels: []panel{
		{
			title: "Remote bounces", about: "Bounces that came back as mail after a delivery, per second by class. They need records rb and a bounce processor.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no remote bounces; they need records rb", stacked: true, proof: in(busy),
			queries: []query{{expr: rate("class", `pmta_remote_bounces_total{TARGET}`), legend: "{{class}}"}},
		},
		{
			title: "Feedback reports", about: "Complaints per second by type. They need records f and feedback loops with the providers.",
			kind: timeSeries, width: 8, unit: perSecond, none: "no feedback reports; they need records f", stacked: true, proof: in(busy),
			queries: []query{{expr: topRate("feedback_type", `pmta_feedback_reports_total{TARGET,PROVIDER}`), legend: "{{feedback_type}}"}},
		},
		{
			title: "Complaints by source IP", about: "Source IPs whose mail was complained about most, in the time shown.",
			kind: table, width: 8, unit: "short", none: "no feedback reports; they need records f", labels: []string{"source_ip"}, sortBy: "complaints", proof: in(busy),
			queries: []query{{expr: topRows(counted("source_ip", `pmta_source_ip_feedback_reports_total{TARGET,PROVIDER}`)), legend: "complaints"}},
		},
	}}
}
