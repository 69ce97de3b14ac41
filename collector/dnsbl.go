package collector

import (
	"context"

	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// DNSBL is the collector that looks source IPs up in the DNS. It is off unless
// asked for: what it asks leaves the host.
const DNSBL = "dnsbl"

// maxListings bounds the pairs of source IP and blocklist that are shown.
const maxListings = 50_000

// dnsblCollector tells what the DNS says of the addresses that mail leaves
// from. The lookups go on in the background, not on scrape.
type dnsblCollector struct {
	sources *sourceIPs
	monitor *dnsbl.Monitor // nil when the collector is off

	hostnames, listed, fcrdns, usable, lookups, oldest, round *family
}

func newDNSBLCollector(o Options, on bool) (*dnsblCollector, error) {
	c := &dnsblCollector{
		sources: newSourceIPs(o),
		hostnames: gaugeBy(dnsbl.MaxSourceIPs, "pmta_source_ip_hostname_info",
			"Hostnames of source IPs, from source_ips of --config.file (PowerMTA's smtp-source-host), else from reverse DNS. Always 1.", "source_ip", "hostname"),
		listed: gaugeBy(maxListings, "pmta_source_ip_listed",
			"Whether a blocklist has the source IP (dlvSourceIp, /getlocalips, source_ips); absent while that is not known.", "source_ip", "zone"),
		fcrdns: gaugeBy(dnsbl.MaxSourceIPs, "pmta_source_ip_fcrdns",
			"Whether reverse DNS of the source IP (dlvSourceIp, /getlocalips, source_ips) gives a name that leads back to it; absent while that is not known.", "source_ip"),
		usable: gaugeBy(dnsbl.MaxZones, "pmta_dnsbl_zone_usable",
			"Whether the blocklist passed its self-test (RFC 5782); absent before the first one.", "zone"),
		lookups: counterBy((dnsbl.MaxZones+1)*dnsbl.MaxResults, "pmta_dnsbl_lookups_total",
			"Lookups in the DNS by blocklist and result, self-tests among them; zone reverse_dns stands for reverse DNS.", "zone", "result"),
		oldest: gauge("pmta_dnsbl_oldest_result_age_seconds",
			"How long ago the lookup was that is longest ago, of all that are due again and again in usable blocklists and reverse DNS."),
		round: gauge("pmta_dnsbl_round_seconds",
			"How long all lookups take, at least --collector.dnsbl.interval; results older than three rounds are absent."),
	}
	if !on {
		return c, nil
	}
	o.Lookups.Addresses = c.sources.addresses
	var err error
	c.monitor, err = dnsbl.New(o.Lookups, o.Zones)
	return c, err
}

func (c *dnsblCollector) families() []*family {
	if c.monitor == nil {
		return []*family{c.hostnames}
	}
	return []*family{c.hostnames, c.listed, c.fcrdns, c.usable, c.lookups, c.oldest, c.round}
}

// emit tells what is known: hostnames of the configuration always, the rest
// when the collector is selected.
func (c *dnsblCollector) emit(selected bool, out *samples) *dnsbl.Snapshot {
	named := map[string]bool{}
	for _, ip := range *c.sources.configured.Load() {
		if ip.Hostname != "" {
			named[ip.Address.String()] = true
			out.addWithin(c.hostnames, 1, ip.Address.String(), logscan.Label(ip.Hostname))
		}
	}
	if c.monitor == nil || !selected {
		return nil
	}
	s := c.monitor.Snapshot()
	for _, h := range s.Hosts {
		address := h.Address.String()
		out.addWithin(c.fcrdns, oneIf(h.Confirmed), address)
		if h.Hostname != "" && !named[address] {
			out.addWithin(c.hostnames, 1, address, logscan.Label(h.Hostname))
		}
	}
	out.fold(c.fcrdns, s.Dropped)
	c.emitListings(s, out)
	c.emitZones(s, out)
	return s
}

// emitListings puts listings first: where there is no room for all, they are
// what matters.
func (c *dnsblCollector) emitListings(s *dnsbl.Snapshot, out *samples) {
	for _, listed := range []bool{true, false} {
		for _, l := range s.Listings {
			if l.Listed == listed {
				out.addWithin(c.listed, oneIf(listed), l.Address.String(), l.Zone)
			}
		}
	}
}

func (c *dnsblCollector) emitZones(s *dnsbl.Snapshot, out *samples) {
	for _, z := range s.Zones {
		if z.Tested {
			out.add(c.usable, oneIf(z.Usable), z.Name)
		}
	}
	for _, l := range s.Lookups {
		out.addSince(s.Created, c.lookups, float64(l.Count), l.Zone, string(l.Result))
	}
	out.add(c.oldest, s.Oldest.Seconds())
	out.add(c.round, s.Round.Seconds())
}

// addWithin adds a sample where its family has room, and else counts it as
// folded.
func (s *samples) addWithin(f *family, value float64, labels ...string) {
	if s.series[f] == f.limit {
		s.fold(f, 1)
		return
	}
	s.add(f, value, labels...)
}

// noteZones tells which blocklists came to be usable or not.
func (l *stateLog) noteZones(zones []dnsbl.ZoneState) {
	for _, z := range zones {
		if !z.Tested {
			continue
		}
		before, changed := l.changed("blocklist "+z.Name, z.Problem)
		switch {
		case changed && z.Problem != "":
			level.Warn(l.logger).Log("msg", "Cannot use a blocklist", "zone", z.Name, "err", z.Problem,
				"hint", "read who may ask it: "+z.Terms)
		case changed && before != "":
			level.Info(l.logger).Log("msg", "A blocklist can be used again", "zone", z.Name)
		}
	}
}

// addDNSBL adds what is known of the source IPs.
func (e *Exporter) addDNSBL(selected map[string]bool, out *samples) {
	o := attempt(DNSBL, func() (*page, error) {
		p := &page{samples: newSamples()}
		if s := e.dnsbl.emit(selected[DNSBL], p.samples); s != nil {
			e.log.noteZones(s.Zones)
		}
		return p, nil
	})
	if o.err != nil {
		e.log.failed("Cannot show what the DNS says", DNSBL, o.err)
		return
	}
	out.merge(o.page.samples)
}

// RunLookups looks source IPs up in the background until ctx ends. It returns
// at once when the collector is off.
func (e *Exporter) RunLookups(ctx context.Context) {
	if e.dnsbl.monitor != nil {
		e.dnsbl.monitor.Run(ctx)
	}
}

// TestZones tests each blocklist once, now; none when the collector is off. It
// is not for use beside RunLookups.
func (e *Exporter) TestZones(ctx context.Context) []dnsbl.ZoneState {
	if e.dnsbl.monitor == nil {
		return nil
	}
	return e.dnsbl.monitor.TestZones(ctx)
}

// SetLookups has other source IPs and blocklists from now on. What is known of
// those that stay stays.
func (e *Exporter) SetLookups(ips []dnsbl.SourceIP, zones []dnsbl.Zone) {
	e.dnsbl.sources.configured.Store(&ips)
	if e.dnsbl.monitor != nil {
		e.dnsbl.monitor.SetZones(zones)
	}
}
