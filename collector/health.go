package collector

// maxPages bounds the labels collector and page.
const maxPages = 16

// healthFamilies say whether PowerMTA answered, page by page. up is no page's
// own: collect adds it.
type healthFamilies struct {
	up                         *family
	success, duration          *family
	bytes, unknown, unparsable *family
	insecure                   *family
}

func newHealthFamilies() *healthFamilies {
	return &healthFamilies{
		up: gauge("pmta_up",
			"Whether PowerMTA's status page was read and its status.status says running."),
		success: gaugeBy(maxPages, "pmta_scrape_collector_success",
			"Whether the collector read its page of PowerMTA's web monitor.", "collector"),
		duration: gaugeBy(maxPages, "pmta_scrape_collector_duration_seconds",
			"Time that the collector took to read its page of PowerMTA's web monitor.", "collector"),
		bytes: gaugeBy(maxPages, "pmta_scrape_answer_bytes",
			"Length of the page of PowerMTA's web monitor.", "page"),
		unknown: gaugeBy(maxPages, "pmta_scrape_unknown_fields",
			"Leaves of the page that this version of the exporter does not know; after an upgrade of PowerMTA, look here.", "page"),
		unparsable: gaugeBy(maxPages, "pmta_scrape_unparsable_fields",
			"Leaves of the page whose text was not of the expected type, and that were left out.", "page"),
		insecure: gauge("pmta_exporter_tls_insecure",
			"Whether the exporter accepts any certificate of PowerMTA's web monitor, as --pmta.tls.insecure-skip-verify asks for."),
	}
}

func (f *healthFamilies) families() []*family {
	return []*family{f.up, f.success, f.duration, f.bytes, f.unknown, f.unparsable, f.insecure}
}

func (f *healthFamilies) emit(o *outcome, out *samples) {
	out.add(f.duration, o.duration.Seconds(), o.name)
	out.add(f.success, oneIf(o.err == nil), o.name)
	if o.err == nil { // of a page that was cut, length and leaves would mean nothing
		out.add(f.bytes, float64(o.page.answer.Bytes), o.name)
		out.add(f.unknown, float64(o.page.answer.Unknown), o.name)
		out.add(f.unparsable, float64(o.page.answer.Unparsable), o.name)
	}
}
