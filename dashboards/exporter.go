package dashboards

func exporter() Dashboard {
	return Dashboard{
		uid: "pmta-exporter", title: "PowerMTA / Logs and exporter",
		about:    "What PowerMTA writes to its text logs, and whether the figures on all other dashboards are whole and fresh.",
		sections: []section{textLogs(), following(), trouble(), ceilings(), scrapes(), keeping(), reconciliation()},
	}
}

func textLogs() section {
	return section{title: "Text logs", height: 9, panels: []panel{
		{
			title: "Lines by level", about: "Lines of PowerMTA's text logs per second by level. They need --scan.log.",
			kind: timeSeries, width: 8, unit: "cps", none: "no text logs followed", stacked: true, proof: in("log-errors"),
			queries: []query{{expr: rate("level", `pmta_log_lines_total{TARGET}`), legend: "{{level}}"}},
		},
		{
			title: "Events", about: "Known events in the text logs per second; the most frequent ones.",
			kind: timeSeries, width: 8, unit: "cps", none: "no known event", proof: in("log-errors"),
			queries: []query{{expr: topRate("event", `pmta_log_events_total{TARGET}`), legend: "{{event}}"}},
		},
		{
			title: "Events by log", about: "Known events in the time shown.",
			kind: table, width: 8, unit: "short", none: "no known event", labels: []string{"log", "event"}, sortBy: "events", proof: in("log-errors"),
			queries: []query{{expr: topRows(counted("log, event", `pmta_log_events_total{TARGET}`)), legend: "events"}},
		},
	}}
}

func following() section {
	return section{title: "Following files", height: 8, panels: []panel{
		{
			title: "Lag", about: "Bytes of known files that are not read yet; short peaks are usual. What stays is a reader that cannot keep up, or half a record at the end of a file.",
			kind: timeSeries, width: 8, unit: "bytes", none: "no files followed", proof: in(hardships),
			queries: []query{{expr: sum("source", "pmta_exporter_scan_lag_bytes{TARGET}"), legend: "{{source}}"}},
		},
		{
			title: "Age of the newest record", about: "Time since the newest record that was counted; the oldest instance.",
			kind: timeSeries, width: 8, unit: "s", none: "no files followed", steps: worse(300, 900), proof: in(hardships),
			queries: []query{{expr: "time() - min by (source) (pmta_exporter_scan_last_record_timestamp_seconds{TARGET})", legend: "{{source}}"}},
		},
		{
			title: "Records read", about: "Records per second by source.",
			kind: timeSeries, width: 8, unit: "cps", none: "no files followed", proof: in("pmta-down"),
			queries: []query{{expr: rate("source", "pmta_exporter_scan_records_total{TARGET}"), legend: "{{source}}"}},
		},
		{
			title: "Bytes read", about: "Bytes of files per second by source.",
			kind: timeSeries, width: 8, unit: "Bps", none: "no files followed", proof: in("pmta-down"),
			queries: []query{{expr: rate("source", "pmta_exporter_scan_bytes_total{TARGET}"), legend: "{{source}}"}},
		},
		{
			title: "Records by type", about: "Accounting records per second by their type. A type that is missing leaves its metrics at 0: see the README for the record types to switch on.",
			kind: timeSeries, width: 8, unit: "cps", none: "no accounting files followed", proof: in("deferred-growth"),
			queries: []query{{expr: topRate("record", "pmta_accounting_records_total{TARGET}"), legend: "{{record}}"}},
		},
		{
			title: "Rotations", about: "Files that began, and files that became shorter or were written anew, by source, in the time of one step. PowerMTA makes new files and shortens none.",
			kind: timeSeries, width: 8, unit: "short", none: "no files followed", proof: in(hardships),
			queries: []query{
				{expr: sum("source", "increase(pmta_exporter_scan_rotations_total{TARGET}[$__rate_interval])"), legend: "{{source}} began"},
				{expr: sum("source", "increase(pmta_exporter_scan_truncations_total{TARGET}[$__rate_interval])"), legend: "{{source}} shortened"},
			},
		},
	}}
}

func trouble() section {
	return section{title: "What was not counted", height: 8, panels: []panel{
		{
			title: "Readable", about: "Whether every file and directory of the globs may be read; the worst instance.",
			kind: stat, width: 6, unit: "none", none: "no files followed", words: yesNo("readable", "not readable"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_exporter_scan_readable{TARGET})"}}, proof: Proof{Scenario: "calm", Same: "root, whom the tests run as in places, may read every file"},
		},
		{
			title: "Malformed records", about: "Records per second that were not as their file's header says, by source and reason.",
			kind: timeSeries, width: 9, unit: "cps", none: "no malformed records", proof: in(hardships),
			queries: []query{{expr: topRate("source, reason", "pmta_exporter_scan_malformed_records_total{TARGET}"), legend: "{{source}} {{reason}}"}},
		},
		{
			title: "Skipped bytes", about: "Bytes per second that were not counted as records, by source and reason.",
			kind: timeSeries, width: 9, unit: "Bps", none: "no bytes skipped", proof: in(hardships),
			queries: []query{{expr: topRate("source, reason", "pmta_exporter_scan_skipped_bytes_total{TARGET}"), legend: "{{source}} {{reason}}"}},
		},
	}}
}

func ceilings() section {
	full := ratio("max by (family) (pmta_exporter_series{TARGET})", "max by (family) (pmta_exporter_series_limit{TARGET})")
	return section{title: "Series against ceilings", height: 9, panels: []panel{
		{
			title: "Fullest families", about: "Label sets against the most that a family may have; the instance with most. A full family adds what is new to other.",
			kind: table, width: 12, unit: "short", none: "no labelled families", labels: []string{"family"}, sortBy: "full", proof: in(hardships),
			queries: []query{
				{expr: topRows(full), legend: "full", unit: "percentunit"},
				{expr: "max by (family) (pmta_exporter_series{TARGET}) and " + topRows(full), legend: "label sets"},
				{expr: "max by (family) (pmta_exporter_series_limit{TARGET}) and " + topRows(full), legend: "most"},
			},
		},
		{
			title: "Overflow", about: "Label sets or counts per second that had no series of their own because their family was full.",
			kind: timeSeries, width: 12, unit: "cps", none: "no family is full", proof: in(hardships),
			queries: []query{{expr: topRate("family", "pmta_exporter_series_overflow_total{TARGET}"), legend: "{{family}}"}},
		},
	}}
}

func scrapes() section {
	return section{title: "Scrapes", height: 8, panels: []panel{
		{
			title: "Time of a scrape", about: "How long Prometheus waited for /metrics; the slowest instances. It must stay below scrape_timeout.",
			kind: timeSeries, width: 8, unit: "s", none: "not scraped", steps: worse(5, 9.5),
			queries: []query{{expr: topGauge("instance", "scrape_duration_seconds{TARGET}"), legend: "{{instance}}"}},
			proof:   Proof{Scenario: "calm", Same: chance},
		},
		{
			title: "Time of a collector", about: "How long each collector took to read its page of PowerMTA; the slowest instance.",
			kind: timeSeries, width: 8, unit: "s", none: "PowerMTA is not asked", proof: Proof{Scenario: "pmta-down", Same: chance},
			queries: []query{{expr: "max by (collector) (pmta_scrape_collector_duration_seconds{TARGET})", legend: "{{collector}}"}},
		},
		{
			title: "Collectors", about: "Whether each collector read its page of PowerMTA; the worst instance.",
			kind: timeSeries, width: 8, unit: "none", none: "PowerMTA is not asked", bounded: true, proof: in("pmta-down"),
			queries: []query{{expr: "min by (collector) (pmta_scrape_collector_success{TARGET})", legend: "{{collector}}"}},
		},
		{
			title: "Answers", about: "Length of PowerMTA's answers by page.",
			kind: timeSeries, width: 8, unit: "bytes", none: "PowerMTA does not answer", proof: in("pmta-down"),
			queries: []query{{expr: "max by (page) (pmta_scrape_answer_bytes{TARGET})", legend: "{{page}}"}},
		},
		{
			title: "Unknown and unreadable fields", about: "Leaves of PowerMTA's pages that this version of the exporter does not know, or whose text was not of the expected type. After an upgrade of PowerMTA, look here.",
			kind: table, width: 8, unit: "short", none: "PowerMTA does not answer", labels: []string{"page"},
			queries: []query{
				{expr: "max by (page) (pmta_scrape_unknown_fields{TARGET})", legend: "unknown"},
				{expr: "max by (page) (pmta_scrape_unparsable_fields{TARGET})", legend: "unreadable"},
			}, proof: Proof{NoData: "the simulated pages are as the exporter expects them, so that both are 0 in every scenario"},
		},
		{
			title: "Memory", about: "Resident memory of the largest exporters.",
			kind: timeSeries, width: 8, unit: "bytes", none: "switched off by --web.disable-exporter-metrics",
			queries: []query{{expr: topGauge("instance", "process_resident_memory_bytes{TARGET}"), legend: "{{instance}}"}},
			proof:   Proof{Scenario: "calm", Same: ownHealth},
		},
	}}
}

func keeping() section {
	return section{title: "State and configuration", height: 6, panels: []panel{
		{
			title: "State kept", about: "Whether counts and positions survive a restart; the worst instance. Set --state.directory.",
			kind: stat, width: 4, unit: "none", none: "unknown", words: yesNo("kept", "in memory only"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_exporter_state_enabled{TARGET})"}}, proof: Proof{Scenario: "calm", Same: ownHealth},
		},
		{
			title: "State loaded", about: "Whether what an earlier run kept could be read at the start, or there was nothing; the worst instance.",
			kind: stat, width: 4, unit: "none", none: "state is not kept", words: yesNo("loaded", "not readable"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_exporter_state_load_success{TARGET})"}}, proof: Proof{Scenario: "calm", Same: ownHealth},
		},
		{
			title: "Commits", about: "Whether the last commit succeeded; while it does not, counted metrics stay as they are.",
			kind: stat, width: 4, unit: "none", none: "state is not kept", words: yesNo("succeed", "fail"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_exporter_state_commit_success{TARGET})"}}, proof: in(hardships),
		},
		{
			title: "Newest commit", about: "Time since the last commit to the state directory; the oldest instance. Without new records there is nothing to commit.",
			kind: timeSeries, width: 8, unit: "s", none: "state is not kept", steps: worse(60, 300),
			queries: []query{{expr: "time() - min(pmta_exporter_state_last_commit_timestamp_seconds{TARGET})", legend: "age"}},
			proof:   Proof{Scenario: "calm", Same: "the time of a commit is real, that of the simulator runs faster"},
		},
		{
			title: "Configuration", about: "Whether the last reading of --config.file succeeded; the worst instance. While it did not, the configuration read before is in force.",
			kind: stat, width: 4, unit: "none", none: "no --config.file", words: yesNo("in force", "refused"), steps: better(0.5, 1),
			queries: []query{{expr: "min(pmta_exporter_config_last_reload_successful{TARGET})"}}, proof: in(hardships),
		},
	}}
}

func reconciliation() section {
	const (
		sent    = "increase(pmta_sent_recipients_total{TARGET}[$__range])"
		byFiles = `increase(pmta_outcomes_total{TARGET,outcome="delivered"}[$__range])`
	)
	return section{title: "Reconciliation", height: 8, panels: []panel{
		{
			title: "Deliveries by both sources", about: "Recipients delivered per second by PowerMTA's counters and by its accounting files. The lines lie upon each other but for a few seconds; a gap that stays means records that are not followed, or mail delivered other than by SMTP.",
			kind: timeSeries, width: 12, unit: perSecond, none: "PowerMTA does not answer", proof: in("spool-filling"),
			queries: []query{
				{expr: rate("", "pmta_sent_recipients_total{TARGET}"), legend: "by PowerMTA's counters"},
				{expr: rate("", `pmta_outcomes_total{TARGET,outcome="delivered"}`), legend: "by accounting files"},
			},
		},
		{
			title: "Counted of delivered", about: "Deliveries in accounting files against PowerMTA's own count in the time shown; the worst instance. A restart of either within it makes the figure less exact.",
			kind: stat, width: 6, unit: "percentunit", none: "nothing delivered", steps: []step{{0, vermillion}, {0.95, orange}, {0.99, green}},
			queries: []query{{expr: "min(" + ratio("sum by (job, instance) ("+byFiles+")", "sum by (job, instance) ("+sent+")") + ")"}},
			proof:   in(hardships),
		},
		{
			title: "Versions", about: "What runs: PowerMTA and the exporter.",
			kind: table, width: 6, unit: "short", none: "not scraped", labels: []string{"instance", "version"},
			queries: []query{
				{expr: "max by (instance, version) (pmta_info{TARGET})", legend: "PowerMTA"},
				{expr: "max by (instance, version) (pmta_exporter_build_info{TARGET})", legend: "exporter"},
			}, proof: Proof{Scenario: "calm", Same: "every scenario is of one version"},
		},
	}}
}
