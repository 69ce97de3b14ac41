package dnsbl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// resolvConf is where the system names its DNS servers.
const resolvConf = "/etc/resolv.conf"

// patience is how long an answer may take.
const patience = 5 * time.Second

// wire speaks DNS with one server at a time. When that fails the next question
// goes to the next server, so that no question is ever sent twice.
type wire struct {
	own     string // the server that was configured; empty for the system's
	servers []string
	current int
	// patience is how long an answer may take.
	patience time.Duration
}

// newWire finds out whom to ask.
func newWire(server string) (*wire, error) {
	w := &wire{own: server, servers: []string{server}, patience: patience}
	if server == "" {
		return w, w.readSystem(resolvConf)
	}
	if _, err := netip.ParseAddrPort(server); err != nil {
		return nil, fmt.Errorf("DNS server %q: write address and port, like 127.0.0.1:53 or [::1]:53", server)
	}
	return w, nil
}

// readSystem takes over the servers of the system, which may change. On an
// error those known before stay.
func (w *wire) readSystem(path string) error {
	if w.own != "" {
		return nil
	}
	config, err := dns.ClientConfigFromFile(path)
	switch {
	case err != nil:
		return fmt.Errorf("find the system's DNS servers: %w", err)
	case len(config.Servers) == 0:
		return fmt.Errorf("find the system's DNS servers: none in %s: add one, or name a server", path)
	}
	var servers []string
	for _, s := range config.Servers {
		servers = append(servers, net.JoinHostPort(s, config.Port))
	}
	w.servers = servers
	return nil
}

// exchange reads what strangers wrote, so that a fault of the reader is one more
// answer that tells nothing, and not the end of the program.
func (w *wire) exchange(ctx context.Context, network string, q question) (got answer) {
	defer func() {
		if recover() != nil {
			got = answer{result: Failed}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	message := new(dns.Msg).SetQuestion(q.name, q.qtype)
	reply, err := w.send(ctx, network, message)
	got = answer{result: Failed}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		got.result = Timeout
	case reply == nil || !isReply(reply, message):
	case err == nil || reply.Truncated: // what is cut may end within a record
		got = read(reply, q)
	}
	if got.result == Timeout || got.result == ServFail || got.result == Failed {
		w.current++
	}
	return got
}

// send sends a message and waits for the reply to it. The end of ctx closes the
// connection, since the library would wait on.
func (w *wire) send(ctx context.Context, network string, message *dns.Msg) (*dns.Msg, error) {
	client := &dns.Client{Net: network, Timeout: w.patience}
	conn, err := client.DialContext(ctx, w.servers[w.current%len(w.servers)])
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	reply, _, err := client.ExchangeWithConnContext(ctx, message, conn)
	return reply, err
}

// isReply reports whether a reply belongs to a message. The library compared
// their numbers.
func isReply(reply, message *dns.Msg) bool {
	if !reply.Response || len(reply.Question) != 1 {
		return false
	}
	was, is := message.Question[0], reply.Question[0]
	return was.Qtype == is.Qtype && was.Qclass == is.Qclass && strings.EqualFold(was.Name, is.Name)
}

// read takes from a reply what was asked for.
func read(reply *dns.Msg, q question) answer {
	switch {
	case reply.Truncated:
		return answer{result: Truncated}
	case reply.Rcode == dns.RcodeNameError:
		return answer{result: Absent}
	case reply.Rcode == dns.RcodeServerFailure:
		return answer{result: ServFail}
	case reply.Rcode == dns.RcodeRefused:
		return answer{result: Refused}
	case reply.Rcode != dns.RcodeSuccess:
		return answer{result: Failed}
	}
	got := answer{result: Absent}
	for range maxAliases {
		alias := got.add(reply.Answer, q)
		if got.result == Found || alias == "" {
			break
		}
		q.name = alias
	}
	return got
}

// maxAliases bounds a chain of aliases (CNAME). Reverse zones of less than 256
// addresses are reached through one (RFC 2317).
const maxAliases = 8

// add collects the records of a name that were asked for, or returns the name's
// alias.
func (a *answer) add(records []dns.RR, q question) (alias string) {
	for _, record := range records {
		if !strings.EqualFold(record.Header().Name, q.name) {
			continue
		}
		switch r := record.(type) {
		case *dns.CNAME:
			alias = r.Target
		case *dns.A:
			a.addAddress(r.A, q.qtype == dns.TypeA)
		case *dns.AAAA:
			a.addAddress(r.AAAA, q.qtype == dns.TypeAAAA)
		case *dns.PTR:
			if q.qtype == dns.TypePTR {
				a.result, a.names = Found, append(a.names, r.Ptr)
			}
		}
	}
	return alias
}

func (a *answer) addAddress(ip net.IP, wanted bool) {
	if address, ok := netip.AddrFromSlice(ip); ok && wanted {
		a.result, a.addresses = Found, append(a.addresses, address.Unmap())
	}
}
