package dnsbl

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

func TestDefaultZones(t *testing.T) {
	zones, err := Zones(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(zones) < 3 {
		t.Errorf("%d zones, want at least 3", len(zones))
	}
	for _, z := range zones {
		if z.domain != z.Name+"." || !strings.HasPrefix(z.Terms, "https://") {
			t.Errorf("zone %s has domain %q and terms %q, want its own name and a link", z.Name, z.domain, z.Terms)
		}
	}
}

func TestZonesOfAUser(t *testing.T) {
	zones, err := Zones([]Row{{Name: "bl.example.org", Domain: "Key.bl.example.net", Terms: "https://example.org/", IPv6: true, Listed: []string{"127.0.0.2", "127.0.1.0/24"}, Clean: []string{"127.0.0.10/31"}}})
	if err != nil {
		t.Fatal(err)
	}
	z := zones[0]
	if len(zones) != 1 || z.Name != "bl.example.org" || z.domain != "key.bl.example.net." || !z.IPv6 {
		t.Errorf("zones %+v, want the one of the user", zones)
	}
	for code, want := range map[string]Result{
		"127.0.0.2": Listed, "127.0.1.77": Listed, "127.0.0.10": Clean, "127.0.0.11": Clean, "127.0.0.12": Foreign, "127.0.0.1": Refused,
	} {
		if got := z.judge(answer{Found, []netip.Addr{ip(code)}, nil}); got != want {
			t.Errorf("judge(%s) = %s, want %s", code, got, want)
		}
	}
}

// TestRefusalsAreNoCodes: not even the configuration makes a listing of an
// answer by which a list refuses to answer.
func TestRefusalsAreNoCodes(t *testing.T) {
	z := zoneOf(t, Row{Name: "bl.example.org", Listed: []string{"127.0.0.0/8"}})
	for _, code := range []string{"127.255.255.254", "127.255.255.0", "127.0.0.1"} {
		if got := z.judge(answer{Found, []netip.Addr{ip(code)}, nil}); got != Refused {
			t.Errorf("judge(%s) = %s, want refused", code, got)
		}
	}
}

func TestBadZones(t *testing.T) {
	good := func(name string) Row { return Row{Name: name, Terms: "https://example.org/"} }
	with := func(change func(*Row)) []Row {
		r := good("bl.example.org")
		change(&r)
		return []Row{r}
	}
	for want, rows := range map[string][]Row{
		"bad name":                        with(func(r *Row) { r.Name = "BL.example.org" }),
		`zone "": bad name`:               with(func(r *Row) { r.Name = "" }),
		`zone "blocklist": bad name`:      with(func(r *Row) { r.Name = "blocklist" }),
		"bad domain":                      with(func(r *Row) { r.Domain = "SECRETKEY bl.example.org" }),
		"terms missing":                   with(func(r *Row) { r.Terms = "free" }),
		"listed twice":                    {good("bl.example.org"), good("bl.example.org")},
		`listed: bad answer "192.0.2.1"`:  with(func(r *Row) { r.Listed = []string{"192.0.2.1"} }),
		`listed: bad answer "127.0.0.0/7`: with(func(r *Row) { r.Listed = []string{"127.0.0.0/7"} }),
		`clean: bad answer "::1"`:         with(func(r *Row) { r.Clean = []string{"::1"} }),
		"each answer may mean one thing": with(func(r *Row) {
			r.Listed, r.Clean = []string{"127.0.0.0/24"}, []string{"127.0.0.10"}
		}),
		"33 zones are listed: list 1 to 32": make([]Row, MaxZones+1),
		"0 zones are listed":                {},
	} {
		_, err := Zones(rows)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRETKEY") {
			t.Errorf("Zones(%+v) error = %v, want one with %q and no key", rows, err, want)
		}
	}
}

func TestReversed(t *testing.T) {
	for _, c := range []struct {
		address netip.Addr
		want    string
	}{ // the first and third are those of RFC 5782
		{ip("192.0.2.99"), "99.2.0.192."},
		{alwaysListed(false), "2.0.0.127."},
		{ip("2001:db8:1:2:3:4:567:89ab"), "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."},
		{alwaysListed(true), "2.0.0.0.0.0.f.7.f.f.f.f." + strings.Repeat("0.", 20)},
	} {
		if got := reversed(c.address); got != c.want {
			t.Errorf("reversed(%s) = %s, want %s", c.address, got, c.want)
		}
	}
	if got, want := pointer(ip("192.0.2.1")), "1.2.0.192.in-addr.arpa."; got != want {
		t.Errorf("pointer = %s, want %s", got, want)
	}
	if got, want := pointer(ip("2001:db8::")), strings.Repeat("0.", 24)+"8.b.d.0.1.0.0.2.ip6.arpa."; got != want {
		t.Errorf("pointer = %s, want %s", got, want)
	}
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"192.0.2.1": true, "8.8.8.8": true, "2001:db8::1": true,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "100.64.0.1": false, "127.0.0.1": false, "169.254.0.1": false, "0.0.0.0": false,
		"224.0.0.1": false, "255.255.255.255": false, "::1": false, "fe80::1": false, "fd00::1": false, "ff02::1": false, "::": false,
	} {
		if got := Public(ip(text)); got != want {
			t.Errorf("Public(%s) = %v, want %v", text, got, want)
		}
	}
}

func TestSourceIPs(t *testing.T) {
	got, err := SourceIPs([]SourceRow{{Address: "192.0.2.1", Hostname: "Mail1.example.com."}, {Address: "::ffff:192.0.2.2"}, {Address: "2001:DB8::1"}})
	if want := "[{192.0.2.1 mail1.example.com} {192.0.2.2 } {2001:db8::1 }]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("SourceIPs = %v and error %v, want %v and none", got, err, want)
	}
	for want, rows := range map[string][]SourceRow{
		`address "mail1": no address`:      {{Address: "mail1"}},
		`address "": no address`:           {{}},
		`address "0.0.0.0": no address`:    {{Address: "0.0.0.0"}},
		`address "fe80::1%eth0": no addr`:  {{Address: "fe80::1%eth0"}},
		`address "192.0.2.0/24": no addr`:  {{Address: "192.0.2.0/24"}},
		`bad hostname "mail_1!"`:           {{Address: "192.0.2.1", Hostname: "mail_1!"}},
		`"::ffff:192.0.2.1": listed twice`: {{Address: "192.0.2.1"}, {Address: "::ffff:192.0.2.1"}},
		"list at most 10000":               make([]SourceRow, MaxSourceIPs+1),
	} {
		if _, err := SourceIPs(rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("SourceIPs error = %v, want one with %q", err, want)
		}
	}
}

// TestRowsTellTheirLine: an error leads to the place in the user's document.
func TestRowsTellTheirLine(t *testing.T) {
	var document struct {
		Zones   []Row
		Sources []SourceRow
	}
	text := "zones:\n- name: a.example\n  terms: none\nsources:\n- address: 192.0.2.1\n- address: x\n"
	if err := yaml.UnmarshalStrict([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	if _, err := Zones(document.Zones); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
		t.Errorf("Zones error = %v, want one of line 2", err)
	}
	if _, err := SourceIPs(document.Sources); err == nil || !strings.HasPrefix(err.Error(), "line 6: ") {
		t.Errorf("SourceIPs error = %v, want one of line 6", err)
	}
}
