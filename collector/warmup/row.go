package warmup

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

// Row is a plan as it is written; docs/configuration.md explains the keys. Rows
// may stand in any YAML document.
type Row struct {
	VMTA      string             `yaml:"vmta"`
	SourceIPs []string           `yaml:"source_ips"`
	Start     string             `yaml:"start"`
	Curve     Curve              `yaml:"curve"`
	Target    uint64             `yaml:"target"`
	Shares    map[string]float64 `yaml:"shares"`
	Each      []string           `yaml:"each"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *Row) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain Row
	return unmarshal((*plain)(r))
}

// wrap names the row in an error.
func (r *Row) wrap(err error) error {
	return fmt.Errorf("line %d: plan of %.130q: %w", r.line, r.VMTA, err)
}

// Plans makes plans of rows, which may name those providers.
func Plans(rows []Row, providers []string) ([]Plan, error) {
	if rows != nil && len(rows) == 0 || len(rows) > MaxPlans {
		return nil, fmt.Errorf("%d plans: list 1 to %d, or leave the key out", len(rows), MaxPlans)
	}
	curves, err := builtIns()
	if err != nil {
		return nil, err
	}
	var plans []Plan
	for i := range rows {
		r := &rows[i]
		p, err := r.plan(curves, providers)
		if err == nil {
			err = p.fits(plans)
		}
		if err != nil {
			return nil, r.wrap(err)
		}
		plans = append(plans, p)
	}
	if n := series(plans); n > MaxSeries {
		return nil, fmt.Errorf("%d pairs of VirtualMTA and provider: list fewer, at most %d", n, MaxSeries)
	}
	return plans, nil
}

// plan checks a row by itself and makes its plan.
func (r *Row) plan(curves []builtIn, providers []string) (Plan, error) {
	p := Plan{VMTA: r.VMTA}
	if label := logscan.Label(r.VMTA); label != r.VMTA || label == logscan.None || label == logscan.Other {
		return p, errors.New("vmta: write the name of a VirtualMTA as in the column vmta of accounting files, at most 128 bytes")
	}
	start, err := time.Parse(time.DateOnly, r.Start)
	if err != nil || start.Year() < 2000 {
		return p, fmt.Errorf("start: %.40q is no date since 2000: write the first day as in 2026-11-23", r.Start)
	}
	p.Start = acct.DayOf(start)
	if p.Numbers, err = r.Curve.resolve(curves); err != nil {
		return p, err
	}
	p.Numbers = cut(p.Numbers, r.Target)
	if p.SourceIPs, err = addresses(r.SourceIPs); err != nil {
		return p, err
	}
	if err := r.checkProviders(providers); err != nil {
		return p, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.Shares)) {
		p.Shares = append(p.Shares, Share{name, r.Shares[name]})
	}
	p.Each = slices.Sorted(slices.Values(r.Each))
	return p, nil
}

// addresses reads source IPs and writes them as labels do.
func addresses(all []string) ([]string, error) {
	var clean []string
	for _, text := range all {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" || ip.Unmap().IsUnspecified() {
			return nil, fmt.Errorf("source_ips: %.60q is no address: write one of IPv4 or IPv6", text)
		}
		name := ip.Unmap().String()
		if slices.Contains(clean, name) {
			return nil, fmt.Errorf("source_ips: %s is listed twice", name)
		}
		clean = append(clean, name)
	}
	return clean, nil
}

// checkProviders says what is wrong with the division by provider.
func (r *Row) checkProviders(known []string) error {
	switch {
	case r.Shares != nil && r.Each != nil:
		return errors.New("shares and each: give one of them")
	case r.Curve.isPowerMTAs() && len(r.Each) == 0:
		return errors.New("curve: PowerMTA's list limits each domain by itself: name the providers to compare with it, as in each: [gmail, yahoo]")
	}
	named := slices.Concat(slices.Sorted(maps.Keys(r.Shares)), r.Each)
	for i, name := range named {
		switch {
		case name == logscan.Other || name == All || !slices.Contains(known, name):
			return fmt.Errorf("provider %.64q: not known, or no single one: use names of providers such as gmail; what is left is other", name)
		case slices.Contains(named[:i], name):
			return fmt.Errorf("each: %s is listed twice", name)
		}
	}
	return r.checkShares()
}

// checkShares says whether the shares are parts of one whole.
func (r *Row) checkShares() error {
	total := 0.0
	for name, share := range r.Shares {
		if !(share > 0 && share <= 1) {
			return fmt.Errorf("shares: %s has %v: give a part of the day's number, more than 0 and at most 1", name, share)
		}
		total += share
	}
	if total > 1+1e-9 {
		return fmt.Errorf("shares: they add up to %.4g: give at most 1 in all; the rest is for other", total)
	}
	return nil
}

// fits says why a plan cannot stand beside those before it: its series, or what
// is counted for it, would not be its own.
func (p *Plan) fits(others []Plan) error {
	for i := range others {
		o := &others[i]
		if o.VMTA == p.VMTA {
			return errors.New("two plans of this VirtualMTA: keep one, for all of its addresses together")
		}
		for _, ip := range p.SourceIPs {
			if slices.Contains(o.SourceIPs, ip) {
				return fmt.Errorf("source_ips: %s is listed in the plan of %s already: keep it in one", ip, o.VMTA)
			}
		}
	}
	return nil
}
