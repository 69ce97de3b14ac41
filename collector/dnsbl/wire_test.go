package dnsbl

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// answerClasses has each answer that a list, or what stands before it, may
// give for 192.0.2.1, and what it means.
func answerClasses() map[string]struct {
	reply reply
	want  Result
} {
	const name = "1.2.0.192.bl.example.org. 300 IN "
	return map[string]struct {
		reply reply
		want  Result
	}{
		"listed":                        {reply{records: []string{name + "A 127.0.0.2"}}, Listed},
		"listed with two codes":         {reply{records: []string{name + "A 127.0.0.4", name + "A 127.0.0.10"}}, Listed},
		"listed beside a text":          {reply{records: []string{name + `TXT "spam"`, name + "A 127.0.0.2"}}, Listed},
		"listed by an alias":            {reply{records: []string{name + "CNAME a.example.", "a.example. 1 IN A 127.0.0.2"}}, Listed},
		"not listed":                    {reply{}, Clean},
		"no data":                       {reply{plain: true}, Clean},
		"records of another name":       {reply{records: []string{"x.example. 1 IN A 127.0.0.2"}}, Clean},
		"public resolver refused":       {reply{records: []string{name + "A 127.255.255.254"}}, Refused},
		"too many queries":              {reply{records: []string{name + "A 127.255.255.255"}}, Refused},
		"wrong name of the list":        {reply{records: []string{name + "A 127.255.255.252"}}, Refused},
		"refused by 127.0.0.1":          {reply{records: []string{name + "A 127.0.0.1"}}, Refused},
		"refused beside a listing":      {reply{records: []string{name + "A 127.0.0.2", name + "A 127.255.255.254"}}, Refused},
		"a page of advertisements":      {reply{records: []string{name + "A 203.0.113.7"}}, Foreign},
		"an advertisement as well":      {reply{records: []string{name + "A 127.0.0.2", name + "A 203.0.113.7"}}, Foreign},
		"the server refuses":            {reply{rcode: dns.RcodeRefused}, Refused},
		"the server cannot":             {reply{rcode: dns.RcodeServerFailure}, ServFail},
		"the server knows no such verb": {reply{rcode: dns.RcodeNotImplemented}, Failed},
		"no answer":                     {reply{silent: true}, Timeout},
		"cut, whole by TCP":             {reply{cut: true, records: []string{name + "A 127.0.0.2"}}, Listed},
		"cut by TCP as well":            {reply{cutTCP: true, records: []string{name + "A 127.0.0.2"}}, Truncated},
		"the answer to another":         {reply{other: true, records: []string{name + "A 127.0.0.2"}}, Failed},
		"a question for an answer":      {reply{query: true, records: []string{name + "A 127.0.0.2"}}, Failed},
		"aliases in a circle":           {reply{records: []string{name + "CNAME a.example.", "a.example. 1 IN CNAME 1.2.0.192.bl.example.org."}}, Clean},
	}
}

// TestAnswerClasses asks a real server for each class of answer.
func TestAnswerClasses(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	for name, c := range answerClasses() {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, map[string]reply{"1.2.0.192.bl.example.org": c.reply})
			m := asking(t, s.address, zone)
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
		s := newServer(t, map[string]reply{"1.2.0.192.bl.example.org": {raw: raw}})
		m := asking(t, s.address, zone)
		if got := m.askZone(t.Context(), &zone, ip("192.0.2.1")); got != Failed && got != Timeout {
			t.Errorf("askZone = %s after %d bytes, want failed or timeout", got, len(raw))
		}
	}
}

// TestCutWithoutTCP: a cut answer tells nothing when TCP is closed.
func TestCutWithoutTCP(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dnsServer{replies: map[string]reply{"1.2.0.192.bl.example.org": {cut: true}}}
	started, ended := make(chan struct{}), make(chan struct{})
	server := &dns.Server{PacketConn: packets, Handler: s.handler(""), NotifyStartedFunc: func() { close(started) }}
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe()
	}()
	<-started
	defer func() {
		_ = server.Shutdown()
		<-ended
	}()
	m := asking(t, packets.LocalAddr().String(), zone)
	if got := m.askZone(t.Context(), &zone, ip("192.0.2.1")); got != Truncated {
		t.Errorf("askZone = %s, want truncated", got)
	}
}

// TestNextServerAfterFailure: no question is sent twice; the next one goes to
// the next server.
func TestNextServerAfterFailure(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	deaf := newServer(t, map[string]reply{"1.2.0.192.bl.example.org": {rcode: dns.RcodeServerFailure}})
	sound := newServer(t, map[string]reply{"1.2.0.192.bl.example.org": {records: []string{"1.2.0.192.bl.example.org. 1 IN A 127.0.0.2"}}})
	m := asking(t, deaf.address, zone)
	w := m.asker.wire.(*wire)
	w.servers = []string{deaf.address, sound.address}
	var got []Result
	for range 3 {
		got = append(got, m.askZone(t.Context(), &zone, ip("192.0.2.1")))
	}
	if want := []Result{ServFail, Listed, Listed}; !slices.Equal(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
	if n := len(deaf.questions()); n != 1 {
		t.Errorf("the server that fails was asked %d times, want once", n)
	}
}

// TestEndWhileWaiting: the end of the program does not wait for an answer.
func TestEndWhileWaiting(t *testing.T) {
	zone := zoneOf(t, Row{Name: "bl.example.org"})
	s := newServer(t, map[string]reply{"1.2.0.192.bl.example.org": {silent: true}})
	m := asking(t, s.address, zone)
	m.asker.wire.(*wire).patience = patience
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan Result)
	go func() { result <- m.askZone(ctx, &zone, ip("192.0.2.1")) }()
	<-s.heard
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
