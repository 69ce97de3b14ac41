package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// jobScraper reads /jobs. It is off by default: senders choose the job
// identifiers, so that their number has no bound but the ceiling.
type jobScraper struct{ itemList }

func newJobScraper(maxSeries int) *jobScraper {
	limit := maxSeries + 1 // other
	return &jobScraper{itemList{
		shortlist: &shortlist[string]{limit: maxSeries},
		columns: []column{
			{gaugeBy(limit, "pmta_job_recipients", "Recipients queued of the job, from job.rcp.", "job_id"), true},
			{gaugeBy(limit, "pmta_job_bytes", "Bytes queued of the job, from job.kb times 1024.", "job_id"), true},
		},
	}}
}

func (s *jobScraper) name() string { return "jobs" }

func (s *jobScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time, e *emitter) (listed, error) {
	page, err := client.Jobs(ctx)
	if err != nil {
		return listed{}, err
	}
	items := make([]item, len(page.Jobs))
	for i := range page.Jobs {
		j := &page.Jobs[i]
		items[i] = item{j.ID, [4]number{j.Recipients, bytesOf(j.KB)}}
	}
	l := listed{name: s.name(), page: &page.List, items: len(items)}
	l.shown, l.recipients = s.emit(items, e)
	return l, nil
}
