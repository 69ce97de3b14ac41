package pmtaclient

import "strconv"

// Page is one of PowerMTA's documents. Nothing else is ever asked for.
type Page string

// The documents. The first six are pages of the web monitor and need the access
// level monitor; of the host's addresses the guide does not say what they need.
// The last three are answers to commands only.
const (
	PageStatus   Page = "status"
	PageQueues   Page = "queues"
	PageDomains  Page = "domains"
	PageVMTAs    Page = "vmtas"
	PageJobs     Page = "jobs"
	PageLocalIPs Page = "local IPs"
	PageVersion  Page = "version"
	PageLicense  Page = "license"
	PageSources  Page = "disabled sources"
)

// Pages lists the documents.
func Pages() [9]Page {
	return [...]Page{PageStatus, PageQueues, PageDomains, PageVMTAs, PageJobs, PageLocalIPs, PageVersion, PageLicense, PageSources}
}

// path is where the web monitor has the page (guide sections 5.3 to 5.14);
// empty when it has none.
func (p Page) path() string {
	switch p {
	case PageStatus, PageQueues, PageDomains, PageVMTAs, PageJobs:
		return "/" + string(p)
	case PageLocalIPs:
		return "/getlocalips"
	}
	return ""
}

// asText reports whether the page is asked for as people read it: that is the
// only published form of the license.
func (p Page) asText() bool { return p == PageLicense }

// hasCommand reports whether the command line tool prints the page.
func (p Page) hasCommand() bool { return p != PageLocalIPs }

// query is what is asked for: a page, and of the queues perhaps those of one
// domain alone.
type query struct {
	page   Page
	domain string
}

// words is the command that prints the page (guide section 6.3). Only the top
// lists have a short default length. All options exist since 4.0, and errors
// of queues are printed on request only.
func (q query) words(maxItems int) []string {
	most := "--maxitems=" + strconv.Itoa(maxItems)
	switch q.page {
	case PageQueues:
		if q.domain != "" {
			return []string{"show", "queues", q.domain, most, "--errors"}
		}
		return []string{"show", "topqueues", most, "--errors"}
	case PageDomains:
		return []string{"show", "topdomains", most}
	case PageVMTAs, PageJobs:
		return []string{"show", string(q.page), most}
	case PageSources:
		return []string{"show", "disabled", "sources"}
	case PageStatus, PageVersion, PageLicense:
		return []string{"show", string(q.page)}
	}
	return nil
}
