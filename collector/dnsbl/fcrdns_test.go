package dnsbl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestConfirm asks a real server for the names of 192.0.2.1 and 2001:db8::1.
func TestConfirm(t *testing.T) {
	const v4 = "1.2.0.192.in-addr.arpa"
	v6 := strings.TrimSuffix(pointer(ip("2001:db8::1")), ".")
	ptr := func(names ...string) reply {
		var r reply
		for _, n := range names {
			r.records = append(r.records, v4+". 300 IN PTR "+n+".")
		}
		return r
	}
	a := func(name, address string) reply { return reply{records: []string{name + ". 300 IN A " + address}} }
	for name, c := range map[string]struct {
		replies map[string]reply
		address string
		want    finding
	}{
		"leads back":           {map[string]reply{v4: ptr("Mail.example"), "mail.example": a("mail.example", "192.0.2.1")}, "", finding{verdict: yes, hostname: "mail.example"}},
		"leads elsewhere":      {map[string]reply{v4: ptr("mail.example"), "mail.example": a("mail.example", "192.0.2.2")}, "", finding{verdict: no, hostname: "mail.example"}},
		"name without address": {map[string]reply{v4: ptr("mail.example")}, "", finding{verdict: no, hostname: "mail.example"}},
		"the second leads back": {
			map[string]reply{v4: ptr("a.example", "b.example"), "b.example": a("b.example", "192.0.2.1")},
			"",
			finding{verdict: yes, hostname: "b.example"},
		},
		"leads back beside one unknown": {
			map[string]reply{v4: ptr("a.example", "b.example"), "a.example": {rcode: dns.RcodeServerFailure}, "b.example": a("b.example", "192.0.2.1")},
			"",
			finding{verdict: yes, hostname: "b.example"},
		},
		"elsewhere beside one unknown": {
			map[string]reply{v4: ptr("a.example", "b.example"), "a.example": {silent: true}, "b.example": a("b.example", "192.0.2.2")}, "", finding{},
		},
		"no name":              {nil, "", finding{verdict: no}},
		"no data":              {map[string]reply{v4: {plain: true}}, "", finding{verdict: no}},
		"no host's name":       {map[string]reply{v4: ptr(`a\032b.example`, "example")}, "", finding{verdict: no}},
		"the server cannot":    {map[string]reply{v4: {rcode: dns.RcodeServerFailure}}, "", finding{}},
		"the server refuses":   {map[string]reply{v4: {rcode: dns.RcodeRefused}}, "", finding{}},
		"no answer":            {map[string]reply{v4: {silent: true}}, "", finding{}},
		"no answer for a name": {map[string]reply{v4: ptr("mail.example"), "mail.example": {silent: true}}, "", finding{}},
		"too many names":       {map[string]reply{v4: ptr(manyNames()...)}, "", finding{}},
		"by an alias": {
			map[string]reply{
				v4:             {records: []string{v4 + ". 1 IN CNAME 1.0-7.2.0.192.in-addr.arpa.", "1.0-7.2.0.192.in-addr.arpa. 1 IN PTR mail.example."}},
				"mail.example": a("mail.example", "192.0.2.1"),
			}, "", finding{verdict: yes, hostname: "mail.example"},
		},
		"IPv6": {
			map[string]reply{v6: {records: []string{v6 + ". 1 IN PTR mail.example."}}, "mail.example": {records: []string{"mail.example. 1 IN AAAA 2001:db8::1"}}},
			"2001:db8::1",
			finding{verdict: yes, hostname: "mail.example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.address == "" {
				c.address = "192.0.2.1"
			}
			m := asking(t, newServer(t, c.replies).address)
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
