package dnsbl

import (
	"net/netip"
	"slices"
	"time"
)

// arrange makes the tasks that the lists and addresses ask for. Tasks that were
// there before keep what they know, unless their list is another one now.
func (m *Monitor) arrange() {
	old := m.tasks
	m.tasks, m.all = map[target]*task{}, nil
	now := time.Now()
	add := func(l *list, zone string, a netip.Addr) *task {
		t := old[target{zone, a}]
		if t == nil || t.list != l {
			t = &task{target: target{zone, a}, list: l, added: now, due: now}
		}
		m.tasks[t.target] = t
		m.all = append(m.all, t)
		return t
	}
	hasIPv6 := slices.ContainsFunc(m.known, netip.Addr.Is6)
	for _, l := range m.lists {
		l.v4, l.v6 = add(l, l.Name, alwaysListed(false)), nil
		if l.IPv6 && hasIPv6 {
			l.v6 = add(l, l.Name, alwaysListed(true))
		}
		for _, a := range m.known {
			if l.testFor(a) != nil {
				add(l, l.Name, a)
			}
		}
	}
	for _, a := range m.known {
		add(nil, ReverseDNS, a)
	}
	m.arrangeCounts()
}

// arrangeCounts has a count for whatever may come, from 0 on.
func (m *Monitor) arrangeCounts() {
	old := m.lookups
	m.lookups = map[lookup]uint64{}
	for _, zone := range m.zoneNames() {
		for _, r := range resultsOf(zone) {
			m.lookups[lookup{zone, r}] = old[lookup{zone, r}]
		}
	}
}

// zoneNames lists what lookups are counted for.
func (m *Monitor) zoneNames() []string {
	names := []string{ReverseDNS}
	for _, l := range m.lists {
		names = append(names, l.Name)
	}
	return names
}
