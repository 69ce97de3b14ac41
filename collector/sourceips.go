package collector

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// localEvery is how often PowerMTA is asked for the addresses of its host.
const localEvery = 10 * time.Minute

// sourceIPs knows the addresses that mail leaves from, and the hostnames that
// the operator gave them.
type sourceIPs struct {
	configured atomic.Pointer[[]dnsbl.SourceIP]
	scanner    *logscan.Scanner // nil when no files are read
	client     *pmtaclient.Client
	timeout    time.Duration

	// Of the page /getlocalips; for the one goroutine that looks up.
	local   []netip.Addr
	askedAt time.Time
}

func newSourceIPs(o Options) *sourceIPs {
	s := &sourceIPs{scanner: o.Scanner, client: o.Client, timeout: o.Timeout}
	s.configured.Store(&o.SourceIPs)
	return s
}

// addresses lists them all, some of them twice: those of the configuration
// first, since they are meant.
func (s *sourceIPs) addresses(ctx context.Context) []netip.Addr {
	var all []netip.Addr
	for _, ip := range *s.configured.Load() {
		all = append(all, ip.Address)
	}
	if s.scanner != nil {
		for row := range s.scanner.Snapshot().SourceIPs.All() {
			if a, err := netip.ParseAddr(row.Key.SourceIP); err == nil { // none and other are not
				all = append(all, a)
			}
		}
	}
	s.askLocal(ctx)
	return append(all, s.local...)
}

// askLocal asks PowerMTA for the addresses of its host now and then. It may be
// down, or not let us know: then those known before have to do.
func (s *sourceIPs) askLocal(ctx context.Context) {
	if s.client.Offers(pmtaclient.PageLocalIPs) != nil || !s.askedAt.IsZero() && time.Since(s.askedAt) < localEvery {
		return
	}
	s.askedAt = time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if found, err := s.client.LocalIPs(ctx); err == nil {
		s.local = found.Addresses
	}
}
