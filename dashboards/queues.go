package dashboards

func queues() Dashboard {
	return Dashboard{
		uid: "pmta-queues", title: "PowerMTA / Queues and backlog", shows: []string{"provider", "vmta"},
		about:    "What waits, why, and when will it have gone?",
		sections: []section{backlog(), causes(), queueTables(), honesty()},
	}
}

func backlog() section {
	const (
		smtp   = `pmta_backlog_recipients{TARGET,delivery="smtp"}`
		growth = `sum(deriv(` + smtp + `[10m]))`
	)
	return section{title: "Backlog", height: 9, panels: []panel{
		{
			title: "Recipients by state", about: "Recipients in the listed queues: active have a connection, deferred wait for their next attempt, ready could go, paused were stopped by command.",
			kind: timeSeries, width: 12, unit: "short", none: "no queues are listed", stacked: true,
			queries: []query{{expr: sum("state", queued), legend: "{{state}}"}}, proof: in("deferred-growth"),
		},
		{
			title: "Backlog by provider", about: "Recipients in the listed queues, of the providers with the longest backlog in the time shown.",
			kind: timeSeries, width: 12, unit: "short", none: "no queues are listed",
			queries: []query{{expr: topGauge("provider", queued), legend: "{{provider}}"}}, proof: in("gmail-block"),
		},
		{
			title: "Backlog by delivery", about: "Recipients queued by delivery type: PowerMTA's own figure, exact even where lists are cut.",
			kind: timeSeries, width: 8, unit: "short", none: "PowerMTA does not answer",
			queries: []query{{expr: topGauge("delivery", "pmta_backlog_recipients{TARGET}"), legend: "{{delivery}}"}}, proof: in("deferred-growth"),
		},
		{
			title: "Growth", about: "How fast the backlog for SMTP grows, fitted over 10 minutes. Below 0 it drains.",
			kind: timeSeries, width: 8, unit: perSecond, none: "PowerMTA does not answer",
			queries: []query{{expr: growth, legend: "growth"}}, proof: in("deferred-growth"),
		},
		{
			title: "Time to drain", about: "How long the backlog for SMTP would take: if no more mail came in, at the present rate of deliveries; and as it is, which is absent while the backlog grows and a week at most.",
			kind: timeSeries, width: 8, unit: "s", none: "nothing leaves", steps: worse(3600, 14400),
			queries: []query{
				{expr: ratio(sum("", smtp), rate("", "pmta_sent_recipients_total{TARGET}")), legend: "without new mail"},
				{expr: "clamp_max(" + sum("", smtp) + " / -(" + growth + " < 0), 604800)", legend: "as it is"},
			}, proof: Proof{Scenario: "pmta-down", Same: "a backlog drains in no scenario; how a short one goes up and down is chance"},
		},
	}}
}

func causes() section {
	const waiting = `pmta_waiting_recipients{TARGET,PROVIDER}`
	return section{title: "Why it waits", height: 9, panels: []panel{
		{
			title: "Waiting by cause", about: "Recipients of listed queues without a connection, by the newest error of their queue; none has no error.",
			kind: timeSeries, width: 12, unit: "short", none: "nothing waits", stacked: true,
			queries: []query{{expr: topGauge("cause", waiting), legend: "{{cause}}"}}, proof: in("yahoo-throttle"),
		},
		{
			title: "Waiting now", about: "The providers and causes that most recipients wait for now.",
			kind: table, width: 12, unit: "short", none: "nothing waits", labels: []string{"provider", "cause"}, sortBy: "recipients",
			queries: []query{{expr: topRows(sum("provider, cause", waiting)), legend: "recipients"}}, proof: in("yahoo-throttle"),
		},
	}}
}

// queueTables list queues one by one; what has no series of its own is added up
// as other, and is no queue.
func queueTables() section {
	of := func(family string) string { return family + `{TARGET,PROVIDER,VMTA,domain!="other"}` }
	const by = "domain, vmta, provider"
	recipients := sum(by, of("pmta_queue_recipients"))
	largest := topRows(recipients)
	newestError := "min by (" + by + ") (" + of("pmta_queue_last_error_age_seconds") + ")"
	stuck := topRows(recipients + " and max by (" + by + ") (max_over_time(" + of("pmta_queue_connections") + "[15m])) == 0")
	rows := []string{"domain", "vmta", "provider"}
	return section{title: "Queues", height: 10, panels: []panel{
		{
			title: "Largest queues", about: "The queues with most recipients now, their open connections, the time to their next attempt, and how long ago their newest error was. Both times are absent where PowerMTA tells none.",
			kind: table, width: 12, unit: "short", none: "no queues are listed", labels: rows, sortBy: "recipients",
			queries: []query{
				{expr: largest, legend: "recipients"},
				{expr: sum(by, of("pmta_queue_connections")) + " and " + largest, legend: "connections"},
				{expr: "min by (" + by + ") (" + of("pmta_queue_retry_seconds") + ") and " + largest, legend: "next attempt in", unit: "s"},
				{expr: newestError + " and " + largest, legend: "newest error", unit: "s"},
			}, proof: in("gmail-block"),
		},
		{
			title: "Stuck queues", about: "The largest queues in which mail waits and no connection was seen for 15 minutes.",
			kind: table, width: 12, unit: "short", none: "no queue is stuck", labels: rows, sortBy: "recipients",
			queries: []query{
				{expr: stuck, legend: "recipients"}, {expr: newestError + " and " + stuck, legend: "newest error", unit: "s"},
			}, proof: in("stuck-queue"),
		},
		{
			title: "Queues in backoff mode", about: "Listed queues by mode. PowerMTA puts a queue into backoff mode when a reply says so by its configuration, and sends slowly then.",
			kind: timeSeries, width: 8, unit: "short", none: "no queues are listed", stacked: true,
			queries: []query{{expr: sum("mode", "pmta_queues{TARGET}"), legend: "{{mode}}"}}, proof: in("backoff-storm"),
		},
		{
			title: "Largest in backoff mode", about: "Recipients of the largest queues that are in backoff mode now.",
			kind: table, width: 8, unit: "short", none: "no queue is in backoff mode", labels: rows, sortBy: "recipients",
			queries: []query{{expr: topRows(recipients + " and " + sum(by, of("pmta_queue_backoff")+" == 1")), legend: "recipients"}}, proof: in("backoff-storm"),
		},
		{
			title: "Paused queues", about: "Recipients of queues that were paused by command: somebody must resume them.",
			kind: table, width: 8, unit: "short", none: "no queue is paused", labels: rows, sortBy: "recipients",
			queries: []query{{expr: topRows(recipients + " and " + sum(by, of("pmta_queue_paused")+" == 1")), legend: "recipients"}}, proof: in("stuck-queue"),
		},
	}}
}

func honesty() section {
	return section{title: "Shown of reported", height: 8, panels: []panel{
		{
			title: "Recipients listed of reported", about: "PowerMTA cuts its lists at http-default-max-items. What it left out is in no panel but the backlog by delivery.",
			kind: timeSeries, width: 12, unit: "percentunit", none: "no lists are read", bounded: true, steps: better(0.9, 0.99), proof: in(hardships),
			queries: []query{{expr: "min by (list) (" + ratio("pmta_list_returned_recipients{TARGET}", "pmta_list_reported_recipients{TARGET}") + ")", legend: "{{list}}"}},
		},
		{
			title: "Lists", about: "Items with mail by PowerMTA's own count, those that it listed, those with series of their own (the rest is added up as other), and whether the list was cut.",
			kind: table, width: 12, unit: "short", none: "no lists are read", labels: []string{"list"}, proof: in(hardships),
			queries: []query{
				{expr: sum("list", "pmta_list_reported_items{TARGET}"), legend: "reported"},
				{expr: sum("list", "pmta_list_returned_items{TARGET}"), legend: "listed"},
				{expr: sum("list", "pmta_list_shown_items{TARGET}"), legend: "shown"},
				{expr: "max by (list) (pmta_list_truncated{TARGET})", legend: "cut"},
			},
		},
	}}
}
