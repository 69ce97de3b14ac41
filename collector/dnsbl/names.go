package dnsbl

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// reversed spells an address as names in the DNS begin with it, from its end:
// 192.0.2.1 as "1.2.0.192.", an IPv6 address digit by digit. An IPv4 address
// that is mapped into IPv6 is one of IPv6: the self-test needs it.
func reversed(a netip.Addr) string {
	var name strings.Builder
	bytes := a.AsSlice()
	slices.Reverse(bytes)
	for _, b := range bytes {
		if a.Is4() {
			fmt.Fprintf(&name, "%d.", b)
		} else {
			fmt.Fprintf(&name, "%x.%x.", b&0xf, b>>4)
		}
	}
	return name.String()
}

// pointer is the name that tells which host an address is.
func pointer(a netip.Addr) string {
	if a.Is4() {
		return reversed(a) + "in-addr.arpa."
	}
	return reversed(a) + "ip6.arpa."
}

// Public reports whether an address can be known outside. Of private ones, and
// of those behind the NAT of providers (RFC 6598), no blocklist knows anything,
// and asking would tell them to others.
func Public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !prefix4(10, 100, 64, 0, 0).Contains(a)
}
