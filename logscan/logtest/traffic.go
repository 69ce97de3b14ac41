package logtest

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// Mix says how often records of each kind occur, in thousandths. Those of
// Others are r, rb, tq and f in turn.
type Mix struct {
	Delivered, Deferred, Bounced, Others int
}

// BusyServer is all that a busy server writes.
func BusyServer() Mix { return Mix{Delivered: 880, Deferred: 60, Bounced: 50, Others: 10} }

// FailuresOnly is what those have who let PowerMTA write failures apart.
func FailuresOnly() Mix { return Mix{Deferred: 600, Bounced: 400} }

// The breadth of Traffic.
const (
	domains       = 5000
	vmtas         = 200
	domainZipf    = 1.1
	recordsPerSec = 1000
)

// TrafficColumns is the header of Traffic, with its line end: 19 columns, as
// record-fields can choose them.
const TrafficColumns = "type,timeLogged,timeQueued,orig,rcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvType," +
	"dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,queue,feedbackType,dlvTlsProtocol\r\n"

// Traffic makes the accounting records of a busy server, one after the other
// and without end, about 490 bytes each. They are synthetic: the form is
// PowerMTA's, the figures come out of a seed, and the same seed gives the same
// bytes. While it writes it keeps the truth about what it wrote.
//
// Mail goes to 5,000 domains by Zipf's law at as many providers as Exchangers
// has, from 200 VirtualMTAs with an address each, and as many sending domains.
type Traffic struct {
	Truth Truth

	mix     Mix
	replies map[string][]reply // by provider; "" for anybody's
	random  *rand.Rand
	domain  *rand.Zipf
	number  int
	start   time.Time
	line    []byte
	names   names
}

// names are made once, for speed.
type names struct {
	domains, senders, vmtas, addresses []string
	exchangers                         []Exchanger
}

// NewTraffic makes traffic out of a seed. The replies are those that bounces
// and deferrals have.
func NewTraffic(seed uint64, mix Mix, replies []Reply) *Traffic {
	t := &Traffic{
		Truth: Truth{}, mix: mix, replies: map[string][]reply{}, random: rand.New(rand.NewPCG(seed, 1)),
		start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), names: newNames(),
	}
	t.domain = rand.NewZipf(t.random, domainZipf, 1, domains-1)
	for _, r := range replies {
		t.replies[r.Provider] = append(t.replies[r.Provider], cutReply(r))
	}
	return t
}

func newNames() names {
	n := names{exchangers: Exchangers()}
	for i := range domains {
		n.domains = append(n.domains, "domain"+strconv.Itoa(i)+".example")
		n.senders = append(n.senders, "news"+strconv.Itoa(i)+".sender.example")
	}
	for i := range vmtas {
		n.vmtas = append(n.vmtas, "vmta-"+strconv.Itoa(i))
		n.addresses = append(n.addresses, "10.1."+strconv.Itoa(i/100)+"."+strconv.Itoa(1+i%100))
	}
	return n
}

// Append adds the next record, with its line end.
func (t *Traffic) Append(b []byte) []byte {
	t.number++
	m := t.nextMail()
	dice := t.random.IntN(1000)
	switch {
	case dice < t.mix.Delivered:
		return t.delivered(b, m)
	case dice < t.mix.Delivered+t.mix.Deferred:
		return t.deferred(b, m)
	case dice < t.mix.Delivered+t.mix.Deferred+t.mix.Bounced:
		return t.bounced(b, m)
	}
	return t.other(b, m)
}

// mail is what one record is about.
type mail struct {
	logged, queued             time.Time
	domain, sender, vmta, from string
	at                         Exchanger
}

func (t *Traffic) nextMail() mail {
	domain, sender, vmta := int(t.domain.Uint64()), int(t.domain.Uint64()), t.random.IntN(vmtas)
	logged := t.start.Add(time.Duration(t.number/recordsPerSec) * time.Second)
	return mail{
		logged: logged, queued: logged.Add(-time.Duration(t.random.IntN(300)) * time.Second),
		domain: t.names.domains[domain], sender: t.names.senders[sender],
		vmta: t.names.vmtas[vmta], from: t.names.addresses[vmta],
		at: t.names.exchangers[domain%len(t.names.exchangers)],
	}
}

func (t *Traffic) delivered(b []byte, m mail) []byte {
	size := 2000 + t.random.IntN(98000)
	protocol := [...]string{"TLSv1.2", "TLSv1.3", "TLSv1.3", ""}[t.random.IntN(4)]
	text := t.appendID(append(t.line[:0], "smtp;250 2.0.0 OK  1795392000 "...))
	t.line = append(text, " - accepted and queued for delivery to the mailbox of the recipient"...)
	b = t.record(b, "d", m, fields{"relayed", "2.0.0 (success)", t.line, "", strconv.Itoa(size), protocol})
	t.Truth.result(m, "delivered")
	t.Truth.add(int64(size), "delivered_bytes", m.at.Provider, m.vmta)
	t.Truth.add(1, "tls_deliveries", m.at.Provider, orNone(protocol))
	t.Truth.add(1, "delays", m.at.Provider)
	t.Truth.add(int64(m.logged.Sub(m.queued)/time.Second), "delay_seconds", m.at.Provider)
	return b
}

func (t *Traffic) deferred(b []byte, m mail) []byte {
	r := t.reply(m.at.Provider)
	t.line = t.appendReply(t.line[:0], r)
	b = t.record(b, "t", m, fields{"delayed", "4.0.0 (undefined status)", t.line, "", "", ""})
	t.Truth.replied(m, r, "transient")
	t.Truth.add(1, "deferrals", m.at.Provider, m.vmta)
	t.Truth.add(1, "source_ip_deferrals", m.from, m.at.Provider)
	t.Truth.add(1, "source_ips", m.from, m.vmta)
	return b
}

func (t *Traffic) bounced(b []byte, m mail) []byte {
	r := t.reply(m.at.Provider)
	t.line = t.appendReply(t.line[:0], r)
	v := verdictOf(r)
	b = t.record(b, "b", m, fields{"failed", v.status, t.line, v.category, "", ""})
	t.Truth.replied(m, r, v.permanence)
	t.Truth.result(m, v.outcome)
	if v.outcome != "deleted" {
		t.Truth.add(1, "bounces", m.at.Provider, v.category, v.class)
	}
	return b
}

// reply chooses one of a provider's replies, or of anybody's where it has none
// of its own.
func (t *Traffic) reply(provider string) reply {
	list := t.replies[provider]
	if len(list) == 0 {
		list = t.replies[""]
	}
	return list[t.random.IntN(len(list))]
}

// fields are what differs between types of records.
type fields struct {
	action, status string
	diag           []byte
	category       string
	size, protocol string
}

// record adds a row that is about one recipient.
func (t *Traffic) record(b []byte, kind string, m mail, f fields) []byte {
	t.Truth.add(1, "records", kind)
	b = append(append(b, kind...), ',')
	b = appendTime(appendTime(b, m.logged), m.queued)
	b = append(b, "bounce-"...)
	b = strconv.AppendInt(b, int64(t.number), 10)
	b = appendAll(b, "-user=", m.domain, "@", m.sender, ",user")
	b = strconv.AppendInt(b, int64(t.random.IntN(1e7)), 10)
	b = appendAll(b, "@", m.domain, ",", f.action, ",", f.status, ",")
	b = appendQuoted(b, f.diag)
	b = appendAll(b, ",", m.at.Host, " (198.51.100.", strconv.Itoa(t.random.IntN(250)), "),", f.category, ",smtp,", m.from, ",198.51.100.7,")
	b = appendAll(b, `"ENHANCEDSTATUSCODES,PIPELINING,8BITMIME,SIZE,DSN,CHUNKING,STARTTLS,SMTPUTF8",`, f.size, ",", m.vmta)
	return appendAll(b, ",", m.domain, "/", m.vmta, ",,", f.protocol, "\r\n")
}

// other adds r, rb, tq and f in turn.
func (t *Traffic) other(b []byte, m mail) []byte {
	kind := [...]string{"r", "rb", "tq", "f"}[t.number%4]
	t.Truth.add(1, "records", kind)
	b = appendTime(append(append(b, kind...), ','), m.logged)
	switch kind {
	case "r":
		t.Truth.add(1, "received", m.vmta)
		b = appendAll(b, ",info@", m.sender, ",user@", m.domain, ",,,,,,,,,,,", m.vmta, ",,,")
	case "rb":
		t.Truth.add(1, "remote_bounces", "bad-mailbox", "hard")
		b = appendAll(b, ",info@", m.sender, ",user@", m.domain, ",,5.1.1 (bad destination mailbox address),", ",,bad-mailbox,,,,,,,,,")
	case "tq":
		t.Truth.add(1, "queue_errors", m.at.Provider, m.vmta)
		b = appendAll(b, ",,,,4.4.2 (bad connection),,", m.at.Host, ",,smtp,0.0.0.0,0.0.0.0,,,", m.vmta, ",", m.domain, "/", m.vmta, ",,")
	case "f":
		t.Truth.add(1, "feedback", "other", "abuse")
		t.Truth.add(1, "source_ip_feedback", m.from, "other")
		b = appendAll(b, ",,user@", m.domain, ",,,,,,,", m.from, ",,,,,,abuse,")
	}
	return append(b, "\r\n"...)
}

func appendAll(b []byte, parts ...string) []byte {
	for _, part := range parts {
		b = append(b, part...)
	}
	return b
}

func appendTime(b []byte, at time.Time) []byte { return append(at.AppendFormat(b, isoLayout), ',') }

// appendQuoted adds a field as RFC 4180 wants it.
func appendQuoted(b, field []byte) []byte {
	quote := false
	for _, c := range field {
		quote = quote || c == ',' || c == '"'
	}
	if !quote {
		return append(b, field...)
	}
	b = append(b, '"')
	for _, c := range field {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
