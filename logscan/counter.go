package logscan

import (
	"bytes"
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// counter turns records into keys and counts them in a ledger. What senders and
// remote servers wrote ends here: only closed words, addresses, and the names
// of VirtualMTAs and sending domains go on.
type counter struct {
	*ledger
	rules Rules

	warming warming

	record  acct.Record
	clocks  [acct.TimeQueued + 1]acct.Clock // by field
	vmtas   labels
	ips     labels
	senders labels

	feedbackTypes labels

	providerOfMX, providerOfRcpt, providerOfQueue labels

	routes routes
}

func newCounter(l *ledger, o Options) *counter {
	c := &counter{
		ledger: l, vmtas: newLabels(vmtaLabel), ips: newLabels(addressLabel), feedbackTypes: newLabels(feedbackLabel),
	}
	c.use(o.Rules)
	return c
}

// use takes other rules, and forgets which labels came of the earlier ones.
func (c *counter) use(r Rules) {
	of := r.Providers.Of
	c.rules = r
	c.warming = newWarming(r.Warming)
	c.senders = newLabels(r.senderLabel())
	c.providerOfMX = newLabels(func(host []byte) string { return of(host, nil, nil) })
	c.providerOfRcpt = c.providerOfMX.alike(func(domain []byte) string { return of(nil, domain, nil) })
	c.providerOfQueue = c.providerOfMX.alike(func(domain []byte) string { return of(nil, nil, domain) })
	c.routes = newRoutes()
}

// mail is what deliveries, bounces and deferrals are counted by. A source
// address or sender has no text where there is no column for it: such records
// stay out of its families.
type mail struct {
	provider, vmta, sourceIP, sender label
	*route
}

// count counts one record of a file with the given format and header. Series
// that it makes began at since.
func (c *counter) count(f acct.Format, h *acct.Header, record []byte, since time.Time) {
	r := &c.record
	r.Read(f, h, record)
	c.recordsRead++
	c.records.addAt(&c.routes.types[slices.Index(acct.Types(), r.Type)], r.Type, 1, since)
	switch {
	case r.Short:
		c.malformed.add(acct.ShortRow, 1, since)
	case r.Long:
		c.malformed.add(acct.LongRow, 1, since)
	}
	logged, ok := c.timeIn(acct.TimeLogged, since)
	if ok {
		c.saw(logged, since)
	}
	if !toOutside(r.Field(acct.DlvType)) {
		return
	}
	switch r.Type {
	case acct.Delivered:
		m := c.mail(since)
		c.delivered(m, since)
		if queued, isToo := c.timeIn(acct.TimeQueued, since); ok && isToo {
			c.delays.observe(&m.delays, m.provider.text, max(logged-queued, 0), since)
		}
	case acct.Bounced:
		c.bounced(c.mail(since), since)
	case acct.Transient:
		c.deferred(c.mail(since), since)
	default:
		c.countOther(since)
	}
}

// countOther counts a record that is about no attempt at one recipient.
func (c *counter) countOther(since time.Time) {
	switch c.record.Type {
	case acct.TransientQueue:
		c.queueFailed(since)
	case acct.RemoteBounce:
		c.bouncedRemotely(since)
	case acct.Received:
		c.received.add(ReceivedKey{c.vmtas.of(c.record.Field(acct.VMTA)).text}, 1, since)
	case acct.Feedback:
		c.complained(since)
	}
}

// timeIn reads a time in UNIX seconds. Counts go on without those that cannot
// be read.
func (c *counter) timeIn(f acct.Field, since time.Time) (int64, bool) {
	text := c.record.Field(f)
	seconds, ok := c.clocks[f].Parse(text)
	if !ok && len(text) > 0 {
		c.malformed.add(acct.BadValue, 1, since)
	}
	return seconds, ok
}

// toOutside reports whether mail went to another host, not into a pipe or a
// file.
func toOutside(dlvType []byte) bool {
	return len(dlvType) == 0 || string(dlvType) == "smtp" || bytes.EqualFold(dlvType, []byte("smtp"))
}

// mail finds the labels of a record, and notes which VirtualMTA used which
// address.
func (c *counter) mail(since time.Time) mail {
	r := &c.record
	m := mail{provider: c.provider(), vmta: c.vmta()}
	if orig := r.Field(acct.Orig); orig != nil {
		m.sender = c.senders.of(acct.Domain(orig))
	}
	if ip := r.Field(acct.DlvSourceIP); ip != nil {
		m.sourceIP = c.ips.of(ip)
	}
	origin, route := c.routes.of(&m)
	if ip := m.sourceIP.text; ip != "" && ip != None && ip != Other {
		c.sourceIPs.addAt(&origin.sourceIPs, SourceIPVMTAKey{ip, m.vmta.text}, 1, since)
	}
	m.route = route
	return m
}

// vmta is the VirtualMTA of a record, by its column, else by the queue.
func (c *counter) vmta() label {
	column := c.record.Field(acct.VMTA)
	if len(column) == 0 {
		_, column = acct.SplitQueue(c.record.Field(acct.Queue))
	}
	return c.vmtas.of(column)
}

// provider asks the catalogue for each name by itself, since few names come
// again and again in few combinations.
func (c *counter) provider() label {
	r := &c.record
	name := c.providerOfMX.of(acct.Host(r.Field(acct.DSNMta)))
	if name.text == provider.Other {
		name = c.providerOfRcpt.of(acct.Domain(r.Field(acct.Rcpt)))
	}
	if name.text == provider.Other {
		domain, _ := acct.SplitQueue(r.Field(acct.Queue))
		name = c.providerOfQueue.of(domain)
	}
	return name
}

func (c *counter) delivered(m mail, since time.Time) {
	c.outcome(m, OutcomeDelivered, since)
	text := c.record.Field(acct.DlvSize)
	switch size, ok := parseSize(text); {
	case ok:
		c.deliveredBytes.addAt(&m.deliveredBytes, VMTAKey{m.provider.text, m.vmta.text}, size, since)
	case len(text) > 0:
		c.malformed.add(acct.BadValue, 1, since)
	}
	if column := c.record.Field(acct.DlvTLSProtocol); column != nil {
		protocol := protocolOf(column)
		c.tlsDeliveries.addAt(&m.tlsDeliveries[slices.Index(protocols(), protocol)], TLSKey{m.provider.text, protocol}, 1, since)
	}
}

func (c *counter) outcome(m mail, o Outcome, since time.Time) {
	c.countDay(m, o, since)
	number := slices.Index(outcomes(), o)
	slots := &m.outcomes[number]
	c.outcomes.addAt(&slots.vmta, OutcomeKey{m.provider.text, m.vmta.text, o}, 1, since)
	if m.sourceIP.text != "" {
		c.sourceIPOutcomes.addAt(&slots.sourceIP, SourceIPOutcomeKey{m.sourceIP.text, m.provider.text, o}, 1, since)
	}
	if m.sender.text != "" {
		slot := c.routes.senders[number].at(m.sender.number)
		c.senderDomainOutcomes.addAt(slot, SenderDomainOutcomeKey{m.sender.text, o}, 1, since)
	}
}

// parseSize reads dlvSize, at most 15 digits.
func parseSize(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 15 {
		return 0, false
	}
	size := uint64(0)
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		size = 10*size + uint64(b-'0')
	}
	return size, true
}
