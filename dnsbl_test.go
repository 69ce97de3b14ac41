package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl/dnsbltest"
)

// lists are blocklists of which the first works, and the second refuses.
func lists(t *testing.T) *dnsbltest.Server {
	t.Helper()
	has := func(record string) dnsbltest.Reply { return dnsbltest.Reply{Records: []string{record}} }
	return dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{
		"2.0.0.127.bl.example.org":    has("2.0.0.127.bl.example.org. 1 IN A 127.0.0.2"),
		"9.2.0.192.bl.example.org":    has("9.2.0.192.bl.example.org. 1 IN A 127.0.0.2"),
		"2.0.0.127.key.bl.example":    has("2.0.0.127.key.bl.example. 1 IN A 127.255.255.254"),
		"9.2.0.192.in-addr.arpa":      has("9.2.0.192.in-addr.arpa. 1 IN PTR mail9.example."),
		"mail9.example":               has("mail9.example. 1 IN A 192.0.2.9"),
		"2.0.0.127.other.example.org": has("2.0.0.127.other.example.org. 1 IN A 127.0.0.2"),
	})
}

const (
	twoLists = `
source_ips: [{address: 192.0.2.9}]
dnsbl:
  zones:
    - {name: bl.example.org, terms: "https://bl.example.org/terms"}
    - {name: bl.example, domain: key.bl.example, terms: "https://bl.example/terms"}
`
	otherLists = `
source_ips: [{address: 192.0.2.9}, {address: 192.0.2.10, hostname: mail10.example}]
dnsbl:
  zones:
    - {name: bl.example.org, terms: "https://bl.example.org/terms"}
    - {name: other.example.org, terms: "https://other.example.org/terms"}
`
)

// lookupArgs has the collector on, as fast as it may be.
func lookupArgs(server *dnsbltest.Server) []string {
	return []string{"--collector.dnsbl", "--collector.dnsbl.server=" + server.Address, "--collector.dnsbl.lookups-per-minute=6000"}
}

// TestLookups: the whole program looks up what the configuration has, and after
// a reload what it has then; what stays is not asked for again.
func TestLookups(t *testing.T) {
	server := lists(t)
	s := newSite(t, twoLists, append(lookupArgs(server), "--web.enable-lifecycle")...)
	const (
		listed = `pmta_source_ip_listed{source_ip="192.0.2.9",zone="bl.example.org"}`
		fcrdns = `pmta_source_ip_fcrdns{source_ip="192.0.2.9"}`
		newIP  = `pmta_source_ip_listed{source_ip="192.0.2.10",zone="other.example.org"}`
	)
	all := eventually(t, s.root+"/metrics", func(all samples) bool { return all[listed] == 1 && all[fcrdns] == 1 })
	s.want(all, map[string]float64{
		`pmta_dnsbl_zone_usable{zone="bl.example.org"}`: 1, `pmta_dnsbl_zone_usable{zone="bl.example"}`: 0,
		`pmta_dnsbl_lookups_total{result="refused",zone="bl.example"}`:                 1,
		`pmta_source_ip_hostname_info{hostname="mail9.example",source_ip="192.0.2.9"}`: 1,
	})
	asked := count(server, "9.2.0.192.bl.example.org")

	s.write("config.yaml", otherLists)
	if status, _, body := request(t, http.MethodPost, s.root+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload: status %d: %s, want 200", status, body)
	}
	all = eventually(t, s.root+"/metrics", func(all samples) bool { _, found := all[newIP]; return found })
	s.want(all, map[string]float64{
		listed: 1, fcrdns: 1, newIP: 0, `pmta_source_ip_hostname_info{hostname="mail10.example",source_ip="192.0.2.10"}`: 1,
	})
	if _, found := all[`pmta_dnsbl_zone_usable{zone="bl.example"}`]; found {
		t.Error("a list that is gone from the configuration is still told of")
	}
	if n := count(server, "9.2.0.192.bl.example.org"); n != asked {
		t.Errorf("the address that stays was asked for %d times more, want none", n-asked)
	}
}

// count returns how often a name was asked for.
func count(server *dnsbltest.Server, name string) (n int) {
	for _, asked := range server.Questions() {
		if asked == name {
			n++
		}
	}
	return n
}

// TestCheckZones: check tests each list while the collector is on, and asks
// nothing while it is off.
func TestCheckZones(t *testing.T) {
	server := lists(t)
	s := &site{T: t, dir: t.TempDir()}
	s.write("config.yaml", twoLists)
	args := []string{"--pmta.uri=http://127.0.0.1:1", "--config.file=" + s.path("config.yaml")}
	code, text := checked(t, args...)
	wantLines(t, code, text, "ok    config: .* 1 source IPs, 2 zones")
	if asked := server.Questions(); len(asked) > 0 {
		t.Errorf("asked %q while the collector is off, want nothing", asked)
	}
	code, text = checked(t, append(args, lookupArgs(server)...)...)
	wantLines(t, code, text, "ok    blocklist bl.example.org: passed its self-test; its terms: https://bl.example.org/terms",
		"FAIL  blocklist bl.example: its self-test for 127.0.0.2 gave refused, want listed: check --collector.dnsbl.server, and in https://bl.example/terms who may ask")
	if strings.Contains(text, "key.bl") {
		t.Errorf("check tells the key:\n%s", text)
	}
}

func TestLookupFlagsThatCannotBe(t *testing.T) {
	code, text := checked(t, "--pmta.uri=http://127.0.0.1:1", "--collector.dnsbl", "--collector.dnsbl.lookups-per-minute=0")
	wantLines(t, code, text, "FAIL  configuration: --collector.dnsbl: 0 lookups per minute: give 1 to 6000")
}
