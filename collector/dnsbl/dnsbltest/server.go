// Package dnsbltest is a DNS server on loopback for tests, made as
// net/http/httptest makes one of HTTP.
package dnsbltest

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers on one port of loopback, by UDP and by TCP.
type Server struct {
	Address string

	heard chan struct{} // has room for one question

	mu      sync.Mutex
	replies map[string]Reply
	asked   []string
}

// Reply says what the server does with a question; the zero value is that the
// name does not exist.
type Reply struct {
	Records []string // as in a zone file, for whatever name
	Rcode   int      // instead of the answer
	NoData  bool     // the name exists, without records

	Silent   bool   // no answer at all
	Cut      bool   // truncated by UDP
	CutByTCP bool   // truncated by TCP as well
	Another  bool   // the answer to another question
	Question bool   // no answer, but a question
	Raw      []byte // bytes instead of a message
}

// NewServer answers as replies has it, by name without the final dot, until the
// test ends. Where nothing listens to TCP, truncated answers stay so.
func NewServer(t testing.TB, withTCP bool, replies map[string]Reply) *Server {
	t.Helper()
	s := &Server{replies: map[string]Reply{}, heard: make(chan struct{}, 1)}
	for name, r := range replies {
		s.Set(name, r)
	}
	packets, listener := listen(t)
	s.Address = packets.LocalAddr().String()
	s.start(t, &dns.Server{PacketConn: packets, Handler: s.handler("")})
	if withTCP {
		s.start(t, &dns.Server{Listener: listener, Handler: s.handler("tcp ")})
	} else if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// listen takes a port that is free for UDP and TCP.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	var config net.ListenConfig
	for range 20 {
		packets, err := config.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener, err := config.Listen(t.Context(), "tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, listener
		}
		_ = packets.Close()
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func (s *Server) start(t testing.TB, server *dns.Server) {
	started, ended := make(chan struct{}), make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe()
	}()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-ended
	})
}

// Set replaces the reply to one name.
func (s *Server) Set(name string, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[strings.ToLower(name)] = r
}

// Questions returns the names that were asked for, what came by TCP with "tcp "
// before it.
func (s *Server) Questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Heard tells of a question since it was read last.
func (s *Server) Heard() <-chan struct{} { return s.heard }

func (s *Server) handler(prefix string) dns.Handler {
	return dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		r := s.take(prefix, strings.TrimSuffix(q.Question[0].Name, "."))
		switch {
		case r.Silent:
		case r.Raw != nil:
			_, _ = w.Write(r.Raw)
		default:
			_ = w.WriteMsg(r.message(q, prefix != ""))
		}
	})
}

// take notes a question and returns the reply to it.
func (s *Server) take(prefix, name string) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, prefix+name)
	select {
	case s.heard <- struct{}{}:
	default:
	}
	return s.replies[strings.ToLower(name)]
}

func (r Reply) message(q *dns.Msg, byTCP bool) *dns.Msg {
	m := new(dns.Msg).SetRcode(q, r.Rcode)
	m.Truncated = r.CutByTCP || r.Cut && !byTCP
	if len(r.Records) == 0 && r.Rcode == dns.RcodeSuccess && !r.NoData && !m.Truncated {
		m.Rcode = dns.RcodeNameError
	}
	for _, text := range r.Records {
		if record, err := dns.NewRR(text); err == nil && !m.Truncated {
			m.Answer = append(m.Answer, record)
		} else if err != nil {
			m.Rcode = dns.RcodeFormatError // a mistake of the test shows
		}
	}
	if r.Another {
		m.Question[0].Name = "another.example."
	}
	m.Response = !r.Question
	return m
}
