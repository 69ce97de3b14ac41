package dnsbl

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

// MaxSourceIPs is the most addresses that mail leaves from.
const MaxSourceIPs = 10_000

// SourceRow is an address that mail leaves from, as it is written in the
// configuration file.
type SourceRow struct {
	Address  string `yaml:"address"`
	Hostname string `yaml:"hostname"` // the name that PowerMTA gives with it (smtp-source-host); may be empty

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *SourceRow) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain SourceRow
	return unmarshal((*plain)(r))
}

// SourceIP is an address that mail leaves from, and its host's name where that
// is known.
type SourceIP struct {
	Address  netip.Addr
	Hostname string
}

// SourceIPs checks the rows of a user.
func SourceIPs(rows []SourceRow) ([]SourceIP, error) {
	if len(rows) > MaxSourceIPs {
		return nil, fmt.Errorf("%d addresses are listed: list at most %d", len(rows), MaxSourceIPs)
	}
	var all []SourceIP
	seen := map[netip.Addr]bool{}
	for _, r := range rows {
		s, err := r.sourceIP()
		if err == nil && seen[s.Address] {
			err = errors.New("listed twice: leave one out")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: address %q: %w", r.line, r.Address, err)
		}
		seen[s.Address] = true
		all = append(all, s)
	}
	return all, nil
}

func (r SourceRow) sourceIP() (SourceIP, error) {
	a, err := netip.ParseAddr(r.Address)
	s := SourceIP{a.Unmap(), strings.ToLower(strings.TrimSuffix(r.Hostname, "."))}
	switch {
	case err != nil || a.Zone() != "" || a.IsUnspecified():
		return s, errors.New("no address: write one of IPv4 or IPv6, like 192.0.2.1 or 2001:db8::1")
	case s.Hostname != "" && !isDomain(s.Hostname):
		return s, fmt.Errorf("bad hostname %q: write a name like mail1.example.com", r.Hostname)
	}
	return s, nil
}
