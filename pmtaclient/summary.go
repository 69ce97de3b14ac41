package pmtaclient

import (
	"context"
	"fmt"
)

// Summary is what can be said of any page, whatever it tells.
type Summary struct {
	Answer
	// Listed and Items are the lengths of a list: of the answer, and by
	// PowerMTA's own count, which is not OK for what is no list.
	Listed int
	Items  Number
}

// Summarize reads a page for its summary alone.
func (c *Client) Summarize(ctx context.Context, p Page) (Summary, error) {
	switch p {
	case PageStatus:
		return summaryOf(c.Status(ctx))
	case PageQueues:
		return summaryOf(c.Queues(ctx))
	case PageDomains:
		return summaryOf(c.Domains(ctx))
	case PageVMTAs:
		return summaryOf(c.VMTAs(ctx))
	case PageJobs:
		return summaryOf(c.Jobs(ctx))
	case PageVersion:
		return summaryOf(c.Version(ctx))
	case PageLicense:
		return summaryOf(c.License(ctx))
	case PageSources:
		return summaryOf(c.DisabledSources(ctx))
	}
	return Summary{}, fmt.Errorf("no page %q", p)
}

// summarized is any document.
type summarized interface{ summary() Summary }

func summaryOf[D summarized](document D, err error) (Summary, error) {
	if err != nil {
		return Summary{}, err
	}
	return document.summary(), nil
}

func (a Answer) summary() Summary { return Summary{Answer: a} }

func (d *Queues) summary() Summary  { return d.summaryOf(len(d.Queues)) }
func (d *Domains) summary() Summary { return d.summaryOf(len(d.Domains)) }
func (d *VMTAs) summary() Summary   { return d.summaryOf(len(d.VMTAs)) }
func (d *Jobs) summary() Summary    { return d.summaryOf(len(d.Jobs)) }

func (l *List) summaryOf(listed int) Summary {
	return Summary{Answer: l.Answer, Listed: listed, Items: l.Items}
}
