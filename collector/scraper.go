package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// A scraper reads one of PowerMTA's documents on each scrape. A page is reported
// whole or not at all: it is fetched first and emitted afterwards.
type scraper interface {
	// name is the collector's name in flags, filters and labels.
	name() string
	// scrape asks client and returns what the answer says. Now is PowerMTA's
	// own clock from the status page of the same scrape; it is zero when that
	// page could not be read, and what depends on it is left out.
	scrape(ctx context.Context, client *pmtaclient.Client, now time.Time) (*page, error)
	families() []*family
}

// page is what came of one page of PowerMTA.
type page struct {
	samples *samples
	answer  pmtaclient.Answer
	list    *listed // nil for what is no list
	// unwatched says which watched domains could not be read.
	unwatched error
	waiting   *waiting // of the queues alone
	// gaps are what the accounting files lack, and counted the commit shown.
	gaps    []gap
	counted *logscan.Snapshot
}

// Info describes a collector to the user.
type Info struct {
	Name    string
	Page    pmtaclient.Page
	Help    string
	Default bool // on unless switched off
}

// All lists the collectors in the order of their flags.
func All() []Info {
	return []Info{
		{"status", pmtaclient.PageStatus, "Report PowerMTA's status page: traffic, connections, resolver, backlog, spool.", true},
		{"queues", pmtaclient.PageQueues, "Read the queues, which are pairs of domain and VirtualMTA, with their states and causes of waiting.", true},
		{"domains", pmtaclient.PageDomains, "Read the domains with queued mail.", true},
		{"vmtas", pmtaclient.PageVMTAs, "Read the VirtualMTAs with queued mail.", true},
		{"jobs", pmtaclient.PageJobs, "Read the jobs with queued mail. Senders choose job identifiers, which become labels.", false},
		{"license", pmtaclient.PageLicense, "Ask for the license. Over HTTP that needs an API key.", false},
		{"sources", pmtaclient.PageSources, "Count the disabled source IP addresses. Over HTTP that needs an API key. Unproven: no such answer was published.", false},
	}
}
