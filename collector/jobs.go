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

func (s *jobScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time) (*page, error) {
	jobs, err := client.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(jobs.Jobs))
	for i := range items {
		j := &jobs.Jobs[i]
		items[i] = item{j.ID, [maxColumns]number{j.Recipients, bytesOf(j.KB)}}
	}
	return s.page(s.name(), &jobs.List, items), nil
}
