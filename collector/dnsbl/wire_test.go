package dnsbl

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl/dnsbltest"
)

// answerClasses has each answer that a list, or what stands before it, may
// give for 192.0.2.1, and what it means.
func answerClasses() map[string]struct {
	reply dnsbltest.Reply
	want  Result
} {
	const name = "1.2.0.192.bl.example.org. 300 IN "
	return map[string]struct {
		reply dnsbltest.Reply
		want  Result
	}{
		"listed":                        {dnsbltest.Reply{Records: []string{name + "A 127.0.0.2"}}, Listed},
		"listed with two codes":         {dnsbltest.Reply{Records: []string{name + "A 127.0.0.4", name + "A 127.0.0.10"}}, Listed},
		"listed beside a text":          {dnsbltest.Reply{Records: []string{name + `TXT "spam"`, name + "A 127.0.0.2"}}, Listed},
		"listed by an alias":            {dnsbltest.Reply{Records: []string{name + "CNAME a.example.", "a.example. 1 IN A 127.0.0.2"}}, Listed},
		"not listed":                    {dnsbltest.Reply{}, Clean},
		"no data":                       {dnsbltest.Reply{NoData: true}, Clean},
		"records of another name":       {dnsbltest.Reply{Records: []string{"x.example. 1 IN A 127.0.0.2"}}, Clean},
		"public resolver refused":       {dnsbltest.Reply{Records: []string{name + "A 127.255.255.254"}}, Refused},
		"too many queries":              {dnsbltest.Reply{Records: []string{name + "A 127.255.255.255"}}, Refused},
		"wrong name of the list":        {dnsbltest.Reply{Records: []string{name + "A 127.255.255.252"}}, Refused},
		"refused by 127.0.0.1":          {dnsbltest.Reply{Records: []string{name + "A 127.0.0.1"}}, Refused},
		"refused beside a listing":      {dnsbltest.Reply{Records: []string{name + "A 127.0.0.2", name + "A 127.255.255.254"}}, Refused},
		"a page of advertisements":      {dnsbltest.Reply{Records: []string{name + "A 203.0.113.7"}}, Foreign},
		"an advertisement as well":      {dnsbltest.Reply{Records: []string{name + "A 127.0.0.2", name + "A 203.0.113.7"}}, Foreign},
		"the server refuses":            {dnsbltest.Reply{Rcode: dns.RcodeRefused}, Refused},
		"the server cannot":             {dnsbltest.Reply{Rcode: dns.RcodeServerFailure}, ServFail},
		"the server knows no such verb": {dnsbltest.Reply{Rcode: dns.RcodeNotImplemented}, Failed},
		"no answer":                     {dnsbltest.Reply{Silent: true}, Timeout},
		"cut, whole by TCP":             {dnsbltest.Reply{Cut: true, Records: []string{name + "A 127.0.0.2"}}, Listed},
		"cut by TCP as well":            {dnsbltest.Reply{CutByTCP: true, Records: []string{name + "A 127.0.0.2"}}, Truncated},
		"the answer to another":         {dnsbltest.Reply{Another: true, Records: []string{name + "A 127.0.0.2"}}, Failed},
		"a question for an answer":      {dnsbltest.Reply{Question: true, Records: []string{name + "A 127.0.0.2"}}, Failed},
		"aliases in a circle":           {dnsbltest.Reply{Records: []string{name + "CNAME a.example.", "a.example. 1 IN CNAME 1.2.0.192.bl.example.org."}}, Clean},
	}
}

// TestAnswerClasses asks a real server for each class of answer.
func TestAnswerClasses(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	for name, c := range answerClasses() {
		t.Run(name, func(t *testing.T) {
			s := dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": c.reply})
			m := asking(t, s.Address, zone)
			if got := m.askZone(t.Context(), &zone, ip("192.0.2.1")); got != c.want {
				t.Errorf("askZone = %s, want %s", got, c.want)
			}
			if n := m.lookups[lookup{zone.Name, c.want}]; n != 1 {
				t.Errorf("%d lookups with result %s, want 1", n, c.want)
			}
			got := finding{}
			switch c.want {
			case Listed:
				got.verdict = yes
			case Clean:
				got.verdict = no
			}
			if is := m.look(t.Context(), &zone, ip("192.0.2.1")); is != got {
				t.Errorf("look = %+v, want %+v", is, got)
			}
		})
	}
}

// TestMalformedAnswers: bytes that are no message end in a failure, or in a wait
// for a better one that the client gives up.
func TestMalformedAnswers(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	for _, raw := range [][]byte{{}, {1}, []byte(strings.Repeat("x", 600))} {
		s := dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": {Raw: raw}})
		m := asking(t, s.Address, zone)
		if got := m.askZone(t.Context(), &zone, ip("192.0.2.1")); got != Failed && got != Timeout {
			t.Errorf("askZone = %s after %d bytes, want failed or timeout", got, len(raw))
		}
	}
}

// TestFaultOfTheReader: a panic on the way ends one lookup.
func TestFaultOfTheReader(t *testing.T) {
	w := &wire{patience: patience} // without a server, of which nobody makes one
	if got := w.exchange(t.Context(), "udp", question{"bl.example.org.", 1}); got.result != Failed {
		t.Errorf("exchange = %+v, want failed", got)
	}
}

// TestCutWithoutTCP: a cut answer tells nothing when TCP is closed.
func TestCutWithoutTCP(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	s := dnsbltest.NewServer(t, false, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": {Cut: true}})
	m := asking(t, s.Address, zone)
	if got := m.askZone(t.Context(), &zone, ip("192.0.2.1")); got != Truncated {
		t.Errorf("askZone = %s, want truncated", got)
	}
}

// TestNextServerAfterFailure: no question is sent twice; the next one goes to
// the next server.
func TestNextServerAfterFailure(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	deaf := dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": {Rcode: dns.RcodeServerFailure}})
	sound := dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": {Records: []string{"1.2.0.192.bl.example.org. 1 IN A 127.0.0.2"}}})
	m := asking(t, deaf.Address, zone)
	w := m.asker.wire.(*wire)
	w.servers = []string{deaf.Address, sound.Address}
	var got []Result
	for range 3 {
		got = append(got, m.askZone(t.Context(), &zone, ip("192.0.2.1")))
	}
	if want := []Result{ServFail, Listed, Listed}; !slices.Equal(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
	if n := len(deaf.Questions()); n != 1 {
		t.Errorf("the server that fails was asked %d times, want once", n)
	}
}

// TestEndWhileWaiting: the end of the program does not wait for an answer.
func TestEndWhileWaiting(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	s := dnsbltest.NewServer(t, true, map[string]dnsbltest.Reply{"1.2.0.192.bl.example.org": {Silent: true}})
	m := asking(t, s.Address, zone)
	m.asker.wire.(*wire).patience = patience
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan Result)
	go func() { result <- m.askZone(ctx, &zone, ip("192.0.2.1")) }()
	<-s.Heard()
	cancel()
	if got := <-result; got != Failed {
		t.Errorf("askZone = %s, want failed", got)
	}
}

func TestSystemServers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	w := &wire{}
	for _, c := range []struct {
		text string
		want []string
		err  string
	}{
		{"nameserver 192.0.2.53\nnameserver 2001:db8::53\n", []string{"192.0.2.53:53", "[2001:db8::53]:53"}, ""},
		{"search example.org\n", []string{"192.0.2.53:53", "[2001:db8::53]:53"}, "none in " + file},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := w.readSystem(file)
		if !slices.Equal(w.servers, c.want) || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("readSystem of %q gives %v and error %v, want %v and %q", c.text, w.servers, err, c.want, c.err)
		}
	}
	if err := w.readSystem(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("readSystem of no file gives no error")
	}
	own := &wire{own: "127.0.0.1:53", servers: []string{"127.0.0.1:53"}}
	if err := own.readSystem(file); err != nil || own.servers[0] != "127.0.0.1:53" {
		t.Errorf("readSystem changes the configured server to %v (%v)", own.servers, err)
	}
}

func TestServersThatCannotBe(t *testing.T) {
	for _, server := range []string{"localhost", "127.0.0.1", "dns.example:53", ":53", "127.0.0.1:dns"} {
		if _, err := newWire(server); err == nil || !strings.Contains(err.Error(), "write address and port") {
			t.Errorf("newWire(%q) error = %v, want one that says what to write", server, err)
		}
	}
}
