package dnsbl

import (
	"net/netip"
	"slices"
)

// answers is what a list may answer at all.
func answers() netip.Prefix { return prefix4(8, 127, 0, 0, 0) }

// refuses reports whether a list says by an answer that it does not answer:
// 127.255.255.0/24 by common use. Some say so by 127.0.0.1, which RFC 5782 keeps
// from meaning "listed".
func refuses(a netip.Addr) bool {
	return prefix4(24, 127, 255, 255, 0).Contains(a) || a == neverListed(false)
}

func prefix4(bits int, b0, b1, b2, b3 byte) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{b0, b1, b2, b3}), bits)
}

// judge says what an answer of the list means. One odd address among several
// makes the whole answer odd.
func (z *Zone) judge(a answer) Result {
	switch a.result {
	case Found:
	case Absent:
		return Clean
	default:
		return a.result
	}
	result := Clean
	for _, address := range a.addresses {
		switch {
		case !answers().Contains(address):
			return Foreign
		case refuses(address):
			return Refused
		case has(z.clean, address):
		case len(z.listed) == 0 || has(z.listed, address):
			result = Listed
		default:
			return Foreign
		}
	}
	return result
}

func has(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}
