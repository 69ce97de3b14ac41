package dnsbl

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// dnsServer is a DNS server on loopback, by UDP and TCP on one port.
type dnsServer struct {
	address string
	heard   chan struct{} // has room for one question

	mu      sync.Mutex
	replies map[string]reply
	asked   []string // names, of what is asked by TCP with "tcp " before
}

// reply says what the server does with a question; the zero value is NXDOMAIN.
type reply struct {
	records []string // in zone file form
	rcode   int      // dns.RcodeSuccess without records is no data
	plain   bool     // say rcode even if it is 0
	silent  bool     // no answer at all
	cut     bool     // truncated by UDP
	cutTCP  bool     // by TCP as well
	other   bool     // the answer is to another question
	query   bool     // the answer is none
	raw     []byte   // instead of a message
}

// newServer answers as replies has it, by name without the final dot.
func newServer(t *testing.T, replies map[string]reply) *dnsServer {
	t.Helper()
	s := &dnsServer{replies: replies, heard: make(chan struct{}, 1)}
	packets, listener := listen(t)
	s.address = packets.LocalAddr().String()
	var side sync.WaitGroup
	t.Cleanup(side.Wait) // after the servers were told to end
	for _, server := range []*dns.Server{
		{PacketConn: packets, Handler: s.handler("")}, {Listener: listener, Handler: s.handler("tcp ")},
	} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		side.Go(func() { _ = server.ActivateAndServe() })
		<-started
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return s
}

// listen takes a port that is free for UDP and TCP.
func listen(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, listener
		}
		_ = packets.Close()
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func (s *dnsServer) handler(prefix string) dns.Handler {
	return dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		name := q.Question[0].Name
		s.mu.Lock()
		s.asked = append(s.asked, prefix+name)
		r, known := s.replies[name[:len(name)-1]]
		s.mu.Unlock()
		select {
		case s.heard <- struct{}{}:
		default:
		}
		if r.silent {
			return
		}
		if r.raw != nil {
			_, _ = w.Write(r.raw)
			return
		}
		m := new(dns.Msg).SetRcode(q, r.rcode)
		if !known || len(r.records) == 0 && r.rcode == 0 && !r.plain {
			m.Rcode = dns.RcodeNameError
		}
		for _, text := range r.records {
			rr, err := dns.NewRR(text)
			if err != nil {
				panic(err) // of the test
			}
			m.Answer = append(m.Answer, rr)
		}
		m.Truncated = r.cut && prefix == "" || r.cutTCP
		if r.cut || r.cutTCP {
			m.Rcode = r.rcode
		}
		if m.Truncated {
			m.Answer = nil
		}
		if r.other {
			m.Question[0].Name = "another.example."
		}
		m.Response = !r.query
		_ = w.WriteMsg(m)
	})
}

// questions returns what was asked so far.
func (s *dnsServer) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// asking returns a monitor that asks a server as fast as it may, and waits for
// answers only a moment.
func asking(t *testing.T, server string, zones ...Zone) *Monitor {
	t.Helper()
	m, err := New(Options{Server: server, PerMinute: MaxPerMinute, Interval: time.Hour, Addresses: addresses()}, zones)
	if err != nil {
		t.Fatal(err)
	}
	m.asker.wire.(*wire).patience = 300 * time.Millisecond
	return m
}

// zoneOf returns the zone of a row.
func zoneOf(t *testing.T, r Row) Zone {
	t.Helper()
	r.Terms = "https://example.org/terms"
	z, err := r.zone()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func ip(text string) netip.Addr { return netip.MustParseAddr(text) }

// addresses returns what tells the addresses of a test.
func addresses(texts ...string) func(context.Context) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, ip(text))
	}
	return func(context.Context) []netip.Addr { return all }
}
