package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// vmtaScraper reads /vmtas: the VirtualMTAs that have mail queued, which are
// not all that are configured.
type vmtaScraper struct{ itemList }

func newVMTAScraper(maxSeries int) *vmtaScraper {
	limit := maxSeries + 1 // other
	return &vmtaScraper{itemList{
		shortlist: &shortlist[string]{limit: maxSeries},
		columns: []column{
			{gaugeBy(limit, "pmta_vmta_recipients", "Recipients queued for the VirtualMTA, from vmta.rcp.", "vmta"), true},
			{gaugeBy(limit, "pmta_vmta_bytes", "Bytes queued for the VirtualMTA, from vmta.kb times 1024.", "vmta"), true},
			{gaugeBy(limit, "pmta_vmta_connections", "Open outbound connections of the VirtualMTA, from vmta.conn.", "vmta"), true},
			// VirtualMTAs share domains, so these do not add up under other.
			{gaugeBy(limit, "pmta_vmta_domains", "Domains with mail queued for the VirtualMTA, from vmta.dom.", "vmta"), false},
		},
	}}
}

func (s *vmtaScraper) name() string { return "vmtas" }

func (s *vmtaScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time) (*page, error) {
	vmtas, err := client.VMTAs(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(vmtas.VMTAs))
	for i := range items {
		v := &vmtas.VMTAs[i]
		items[i] = item{v.Name, [maxColumns]number{v.Recipients, bytesOf(v.KB), v.Conn, v.Domains}}
	}
	return s.page(s.name(), &vmtas.List, items), nil
}
