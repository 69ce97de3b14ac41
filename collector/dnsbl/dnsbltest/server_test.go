package dnsbltest

import (
	"testing"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestServer(t *testing.T) {
	s := NewServer(t, true, map[string]Reply{"A.example": {Cut: true, Records: []string{"a.example. 1 IN A 127.0.0.2"}}})
	for _, c := range []struct {
		network, name  string
		rcode, records int
		cut            bool
	}{{"udp", "a.example.", 0, 0, true}, {"tcp", "a.example.", 0, 1, false}, {"udp", "b.example.", dns.RcodeNameError, 0, false}} {
		got, _, err := (&dns.Client{Net: c.network}).ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(c.name, dns.TypeA), s.Address)
		if err != nil {
			t.Fatal(err)
		}
		if got.Rcode != c.rcode || len(got.Answer) != c.records || got.Truncated != c.cut {
			t.Errorf("%s by %s gives\n%v\nwant code %d, %d records, truncated %v", c.name, c.network, got, c.rcode, c.records, c.cut)
		}
	}
	if got := s.Questions(); len(got) != 3 || got[1] != "tcp a.example" {
		t.Errorf("asked %q, want three names, the second by TCP", got)
	}
}
