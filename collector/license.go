package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// licenseScraper asks "show license". It is off by default: over HTTP the
// answer needs an API key.
type licenseScraper struct{ expiry, info *family }

func newLicenseScraper() *licenseScraper {
	return &licenseScraper{
		expiry: gauge("pmta_license_expiry_timestamp_seconds",
			"Midnight UTC at the beginning of the day on which the license ends, from expires of \"show license\"; absent for one that never ends."),
		info: gaugeBy(1, "pmta_license_info",
			"The license: product, serial and units of \"show license\". Always 1.", "product", "serial", "units"),
	}
}

func (s *licenseScraper) name() string { return "license" }

func (s *licenseScraper) families() []*family { return []*family{s.expiry, s.info} }

func (s *licenseScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time) (*page, error) {
	license, err := client.License(ctx)
	if err != nil {
		return nil, err
	}
	out := newSamples()
	out.add(s.info, 1, logscan.Label(license.Product), logscan.Label(license.Serial), logscan.Label(license.Units))
	if !license.Expires.IsZero() {
		out.add(s.expiry, float64(license.Expires.Unix()))
	}
	return &page{samples: out, answer: license.Answer}, nil
}
