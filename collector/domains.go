package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// domainScraper reads /domains: queues summed over their VirtualMTAs.
type domainScraper struct{ itemList }

func newDomainScraper(maxSeries int) *domainScraper {
	limit := maxSeries + 1 // other
	return &domainScraper{itemList{
		shortlist: &shortlist[string]{limit: maxSeries},
		columns: []column{
			{gaugeBy(limit, "pmta_domain_recipients", "Recipients queued for the domain, from domain.rcp.", "domain"), true},
			{gaugeBy(limit, "pmta_domain_bytes", "Bytes queued for the domain, from domain.kb times 1024.", "domain"), true},
			{gaugeBy(limit, "pmta_domain_connections", "Open outbound connections to the domain, from domain.conn.", "domain"), true},
		},
	}}
}

func (s *domainScraper) name() string { return "domains" }

func (s *domainScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time, e *emitter) (listed, error) {
	page, err := client.Domains(ctx)
	if err != nil {
		return listed{}, err
	}
	items := make([]item, len(page.Domains))
	for i := range page.Domains {
		d := &page.Domains[i]
		items[i] = item{d.Name, [4]number{d.Recipients, bytesOf(d.KB), d.Conn}}
	}
	l := listed{name: s.name(), page: &page.List, items: len(items)}
	l.shown, l.recipients = s.emit(items, e)
	return l, nil
}
