package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// domainScraper reads /domains: queues summed over their VirtualMTAs. PowerMTA
// cuts this list to a top N of its own, so a domain of many small queues may be
// seen here alone.
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

func (s *domainScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time) (*page, error) {
	domains, err := client.Domains(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(domains.Domains))
	for i := range items {
		d := &domains.Domains[i]
		items[i] = item{d.Name, [maxColumns]number{d.Recipients, bytesOf(d.KB), d.Conn}}
	}
	return s.page(s.name(), &domains.List, items), nil
}
