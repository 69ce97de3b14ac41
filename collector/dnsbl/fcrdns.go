package dnsbl

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// maxNames is how many names of one address are asked for their addresses.
const maxNames = 8

// confirm finds out whether an address has a name that leads back to it
// (forward-confirmed reverse DNS), and its name: the one that does, else the
// first by the alphabet.
func (m *Monitor) confirm(ctx context.Context, a netip.Addr) finding {
	pointers := m.askReverse(ctx, question{pointer(a), dns.TypePTR})
	names := hostnames(pointers.names)
	switch {
	case pointers.result != Found && pointers.result != Absent:
		return finding{}
	case len(names) == 0:
		return finding{verdict: no}
	}
	all := finding{verdict: no, hostname: names[0]}
	for i, name := range names {
		if i == maxNames {
			return finding{} // one of the rest may do
		}
		switch m.leadsTo(ctx, name, a) {
		case yes:
			return finding{verdict: yes, hostname: name}
		case unknown:
			all = finding{}
		}
	}
	return all
}

// leadsTo tells whether a name has the address.
func (m *Monitor) leadsTo(ctx context.Context, name string, a netip.Addr) verdict {
	q := question{name + ".", dns.TypeAAAA}
	if a.Is4() {
		q.qtype = dns.TypeA
	}
	got := m.askReverse(ctx, q)
	switch {
	case slices.Contains(got.addresses, a):
		return yes
	case got.result == Found || got.result == Absent:
		return no
	}
	return unknown
}

func (m *Monitor) askReverse(ctx context.Context, q question) answer {
	got := m.asker.ask(ctx, q)
	m.count(ReverseDNS, got.result)
	return got
}

// hostnames returns those of the names that a host can have, without doubles
// and ordered. Whoever runs the reverse zone may write anything there.
func hostnames(pointers []string) []string {
	var names []string
	for _, p := range pointers {
		if name := strings.ToLower(strings.TrimSuffix(p, ".")); isDomain(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
