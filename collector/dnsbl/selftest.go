package dnsbl

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/miekg/dns"
)

// alwaysListed and neverListed are the addresses by which each list shows that
// it works (RFC 5782, section 5), mapped into IPv6 for lists of IPv6.
func alwaysListed(v6 bool) netip.Addr { return testAddress(2, v6) }

func neverListed(v6 bool) netip.Addr { return testAddress(1, v6) }

func testAddress(last byte, v6 bool) netip.Addr {
	a := netip.AddrFrom4([4]byte{127, 0, 0, last})
	if v6 {
		return netip.AddrFrom16(a.As16())
	}
	return a
}

// test finds out whether a list answers as it must before anything that it says
// is believed.
func (m *Monitor) test(ctx context.Context, z *Zone, v6 bool) finding {
	for _, c := range []struct {
		address   netip.Addr
		want, lie Result
	}{{alwaysListed(v6), Listed, Clean}, {neverListed(v6), Clean, Listed}} {
		got := m.askZone(ctx, z, c.address)
		if got != c.want {
			problem := fmt.Sprintf("its self-test for %s gave %s, want %s", c.address, got, c.want)
			return finding{verdict: no, lies: got == c.lie, problem: problem}
		}
	}
	return finding{verdict: yes}
}

// askZone asks a list for an address and counts that.
func (m *Monitor) askZone(ctx context.Context, z *Zone, a netip.Addr) Result {
	result := z.judge(m.asker.ask(ctx, question{reversed(a) + z.domain, dns.TypeA}))
	m.count(z.Name, result)
	return result
}
