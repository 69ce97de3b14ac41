package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// sourceScraper asks "show disabled sources". It is off by default: over HTTP
// the answer needs an API key, and its form was never published.
type sourceScraper struct{ disabled *family }

func newSourceScraper() *sourceScraper {
	return &sourceScraper{disabled: gauge("pmta_disabled_sources",
		"Items that \"show disabled sources\" lists, of a text its lines. Unproven: no such answer was ever published.")}
}

func (s *sourceScraper) name() string { return "sources" }

func (s *sourceScraper) families() []*family { return []*family{s.disabled} }

func (s *sourceScraper) scrape(ctx context.Context, client *pmtaclient.Client, _ time.Time) (*page, error) {
	sources, err := client.DisabledSources(ctx)
	if err != nil {
		return nil, err
	}
	out := newSamples()
	out.add(s.disabled, float64(sources.Disabled))
	return &page{samples: out, answer: sources.Answer}, nil
}
