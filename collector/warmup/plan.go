// Package warmup knows the plans by which VirtualMTAs with new source IPs are
// warmed up: how many recipients a day may have. PowerMTA marks no VirtualMTA as
// cold and tells nothing of a warm-up, so plans come from the configuration.
package warmup

import (
	"math"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// Most plans that there may be, and most pairs of VirtualMTA and provider in
// them.
const (
	MaxPlans  = 500
	MaxSeries = 5_000
)

// All is the provider of a plan that has a number for the whole VirtualMTA.
const All = "all"

// Plan says how many recipients a VirtualMTA may have on each day of its
// warm-up.
//
// The number of a day is one of three things. Without Shares and Each it is for
// the whole VirtualMTA, under All. With Shares each provider has its part of it,
// and Other the rest. With Each every provider in it may have all of it, as
// PowerMTA limits each domain by itself; then there is no number for others.
type Plan struct {
	VMTA string
	// SourceIPs are the new addresses, when not all of the VirtualMTA are new or
	// others use them too: see logscan.Warming.
	SourceIPs []string
	Start     acct.Day
	Numbers   []uint64 // for each day; the last one holds on
	Shares    []Share  // by name
	Each      []string // by name
}

// Share is the part of a day's number that is for one provider.
type Share struct {
	Provider string
	Part     float64
}

// Number is how many recipients a provider may have on a day.
type Number struct {
	Provider   string
	Recipients uint64
}

// Day returns which day of the plan a date is: 1 is the first, and those before
// it are below.
func (p *Plan) Day(today acct.Day) int { return int(today-p.Start) + 1 }

// Planned returns the numbers of a day. Before the first nothing is planned.
func (p *Plan) Planned(today acct.Day) []Number {
	n := uint64(0)
	if day := p.Day(today); day >= 1 {
		n = p.Numbers[min(day, len(p.Numbers))-1]
	}
	var numbers []Number
	switch {
	case p.Each != nil:
		for _, name := range p.Each {
			numbers = append(numbers, Number{name, n})
		}
	case p.Shares != nil:
		rest := n
		for _, s := range p.Shares {
			part := min(uint64(math.Round(s.Part*float64(n))), rest)
			numbers = append(numbers, Number{s.Provider, part})
			rest -= part
		}
		numbers = append(numbers, Number{logscan.Other, rest})
	default:
		numbers = []Number{{All, n}}
	}
	return numbers
}

// Actual adds up what was counted for the plan on a day, under the providers of
// Planned and in their order.
func (p *Plan) Actual(counts []logscan.DailyCount) []Number {
	numbers := p.Planned(p.Start)
	index := make(map[string]int, len(numbers))
	for i := range numbers {
		index[numbers[i].Provider] = i
		numbers[i].Recipients = 0
	}
	rest, hasRest := index[logscan.Other]
	if p.Each == nil && p.Shares == nil {
		rest, hasRest = 0, true
	}
	for _, c := range counts {
		if i, ok := index[c.Provider]; ok {
			numbers[i].Recipients += c.Recipients
		} else if hasRest {
			numbers[rest].Recipients += c.Recipients
		}
	}
	return numbers
}

// series is the number of pairs of VirtualMTA and provider.
func series(plans []Plan) (n int) {
	for i := range plans {
		n += len(plans[i].Planned(plans[i].Start))
	}
	return n
}

// Warming says what to count for plans.
func Warming(plans []Plan) []logscan.Warming {
	var all []logscan.Warming
	for _, p := range plans {
		all = append(all, logscan.Warming{VMTA: p.VMTA, SourceIPs: p.SourceIPs})
	}
	return all
}
