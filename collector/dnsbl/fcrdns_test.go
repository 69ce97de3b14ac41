package dnsbl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl/dnsbltest"
)

// TestConfirm asks a real server for the names of 192.0.2.1 and 2001:db8::1.
func TestConfirm(t *testing.T) {
	const v4 = "1.2.0.192.in-addr.arpa"
	v6 := strings.TrimSuffix(pointer(ip("2001:db8::1")), ".")
	ptr := func(names ...string) dnsbltest.Reply {
		var r dnsbltest.Reply
		for _, n := range names {
			r.Records = append(r.Records, v4+". 300 IN PTR "+n+".")
		}
		return r
	}
	a := func(name, address string) dnsbltest.Reply {
		return dnsbltest.Reply{Records: []string{name + ". 300 IN A " + address}}
	}
	for name, c := range map[string]struct {
		replies map[string]dnsbltest.Reply
		address string
		want    finding
	}{
		"leads back":           {map[string]dnsbltest.Reply{v4: ptr("Mail.example"), "mail.example": a("mail.example", "192.0.2.1")}, "", finding{verdict: yes, hostname: "mail.example"}},
		"leads elsewhere":      {map[string]dnsbltest.Reply{v4: ptr("mail.example"), "mail.example": a("mail.example", "192.0.2.2")}, "", finding{verdict: no, hostname: "mail.example"}},
		"name without address": {map[string]dnsbltest.Reply{v4: ptr("mail.example")}, "", finding{verdict: no, hostname: "mail.example"}},
		"the second leads back": {
			map[string]dnsbltest.Reply{v4: ptr("a.example", "b.example"), "b.example": a("b.example", "192.0.2.1")},
			"",
			finding{verdict: yes, hostname: "b.example"},
		},
		"leads back beside one unknown": {
			map[string]dnsbltest.Reply{v4: ptr("a.example", "b.example"), "a.example": {Rcode: dns.RcodeServerFailure}, "b.example": a("b.example", "192.0.2.1")},
			"",
			finding{verdict: yes, hostname: "b.example"},
		},
		"elsewhere beside one unknown": {
			map[string]dnsbltest.Reply{v4: ptr("a.example", "b.example"), "a.example": {Silent: true}, "b.example": a("b.example", "192.0.2.2")}, "", finding{},
		},
		"no name":              {nil, "", finding{verdict: no}},
		"no data":              {map[string]dnsbltest.Reply{v4: {NoData: true}}, "", finding{verdict: no}},
		"no host's name":       {map[string]dnsbltest.Reply{v4: ptr(`a\032b.example`, "example")}, "", finding{verdict: no}},
		"the server cannot":    {map[string]dnsbltest.Reply{v4: {Rcode: dns.RcodeServerFailure}}, "", finding{}},
		"the server refuses":   {map[string]dnsbltest.Reply{v4: {Rcode: dns.RcodeRefused}}, "", finding{}},
		"no answer":            {map[string]dnsbltest.Reply{v4: {Silent: true}}, "", finding{}},
		"no answer for a name": {map[string]dnsbltest.Reply{v4: ptr("mail.example"), "mail.example": {Silent: true}}, "", finding{}},
		"too many names":       {map[string]dnsbltest.Reply{v4: ptr(manyNames()...)}, "", finding{}},
		"by an alias": {
			map[string]dnsbltest.Reply{
				v4:             {Records: []string{v4 + ". 1 IN CNAME 1.0-7.2.0.192.in-addr.arpa.", "1.0-7.2.0.192.in-addr.arpa. 1 IN PTR mail.example."}},
				"mail.example": a("mail.example", "192.0.2.1"),
			}, "", finding{verdict: yes, hostname: "mail.example"},
		},
		"IPv6": {
			map[string]dnsbltest.Reply{v6: {Records: []string{v6 + ". 1 IN PTR mail.example."}}, "mail.example": {Records: []string{"mail.example. 1 IN AAAA 2001:db8::1"}}},
			"2001:db8::1",
			finding{verdict: yes, hostname: "mail.example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.address == "" {
				c.address = "192.0.2.1"
			}
			m := asking(t, dnsbltest.NewServer(t, true, c.replies).Address)
			if got := m.confirm(t.Context(), ip(c.address)); got != c.want {
				t.Errorf("confirm(%s) = %+v, want %+v", c.address, got, c.want)
			}
		})
	}
}

func manyNames() (names []string) {
	for i := range maxNames + 1 {
		names = append(names, fmt.Sprintf("n%d.example", i))
	}
	return names
}
