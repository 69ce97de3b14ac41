package pmtatest

import (
	"fmt"
)

const feeder = "feeder.example.com (192.0.2.9)"

// emit hands out an attempt and tells the ledger.
func (t *Traffic) emit(a Attempt, sender string) {
	t.attempts = append(t.attempts, a)
	t.ledger.count(a, sender)
}

// base is what all attempts for a recipient share.
func (t *Traffic) base(kind RecordType, q *queue, m *message) Attempt {
	return Attempt{
		Type:     kind,
		Logged:   seconds(t.now),
		Queued:   seconds(m.arrived),
		Orig:     "bounce@" + m.campaign.sender,
		Rcpt:     q.recipient(),
		SrcType:  "smtp",
		SrcMta:   feeder,
		DlvType:  "smtp",
		VMTA:     q.vmta.name,
		JobID:    m.campaign.job,
		Queue:    q.name(),
		Provider: q.dest.provider.name,
	}
}

// connected adds what is known once a host has answered.
func (a *Attempt) connected(q *queue) {
	p := q.dest.provider
	a.DSNMta = q.dest.host
	a.SourceIP = q.vmta.ip
	a.DestinationIP = q.dest.mxIP
	a.ESMTP = p.esmtp
	a.TLSProtocol = p.tls
	a.TLSCipher = map[string]string{
		"TLSv1.2": "ECDHE-RSA-AES256-GCM-SHA384",
		"TLSv1.3": "TLS_AES_256_GCM_SHA384",
	}[p.tls]
}

func (t *Traffic) received(q *queue, m *message) {
	a := t.base(Received, q, m)
	a.SourceIP, a.DestinationIP, a.Provider = "192.0.2.9", q.vmta.ip, ""
	t.emit(a, m.campaign.sender)
}

func (t *Traffic) delivered(q *queue, r recipient) {
	a := t.base(Delivered, q, r.message)
	a.connected(q)
	a.DSNAction = "relayed"
	a.DSNStatus = statusText("2.0.0")
	a.DSNDiag = "smtp;" + q.dest.provider.ok
	a.Size = r.size
	a.Outcome = OutcomeDelivered
	t.emit(a, r.campaign.sender)
	t.leaves(r)
	t.counters.total[outRcp]++
	t.counters.total[outMsg]++
	t.counters.total[outBytes] += int64(r.size)
	t.echo(q, r)
}

// bounce ends a recipient. An answer without text is PowerMTA's own: it has no
// source, and no host if the domain has none.
func (t *Traffic) bounce(q *queue, r recipient, answer reply) {
	a := t.base(Bounced, q, r.message)
	if q.dest.trouble != troubleGone && q.dest.trouble != troubleDNS {
		a.connected(q)
	}
	if answer.text == "" {
		a.SourceIP = ""
	} else {
		a.DSNDiag = "smtp;" + q.fill(answer.text)
	}
	a.DSNAction = "failed"
	a.DSNStatus = statusText(answer.code)
	a.BounceCat = answer.category
	a.Class = answer.class
	a.Reason = answer.reason
	a.Outcome = answer.class.outcome()
	t.emit(a, r.campaign.sender)
	t.leaves(r)
}

func (t *Traffic) defers(q *queue, r recipient, answer reply) {
	a := t.base(Transient, q, r.message)
	a.connected(q)
	a.DSNAction = "delayed"
	a.DSNStatus = statusText(answer.code)
	a.DSNDiag = "smtp;" + q.fill(answer.text)
	a.BounceCat = answer.category
	a.Reason = answer.reason
	t.emit(a, r.campaign.sender)
}

func (t *Traffic) deleted(q *queue, r recipient) {
	a := t.base(Bounced, q, r.message)
	a.DSNAction = "failed"
	a.DSNStatus = statusText("5.0.0")
	a.DSNDiag = "x-pmta;deleted by administrator"
	a.BounceCat = "other"
	a.Outcome = OutcomeDeleted
	a.Reason = ReasonDeleted
	t.emit(a, r.campaign.sender)
	t.leaves(r)
}

// queueFailed writes the record of a whole queue's failure, which has no
// recipient.
func (t *Traffic) queueFailed(q *queue, e queueError) {
	a := Attempt{
		Type:      TransientQueue,
		Logged:    seconds(t.now),
		DSNStatus: statusText(e.status),
		DSNDiag:   e.diag,
		DlvType:   "smtp",
		SourceIP:  "0.0.0.0",
		VMTA:      q.vmta.name,
		Queue:     q.name(),
		Provider:  q.dest.provider.name,
		Cause:     e.cause,
		Reason:    e.reason,
	}
	if !e.local {
		a.DSNMta = q.dest.host
		a.DestinationIP = q.dest.mxIP
	}
	if e.diag != "" {
		a.SourceIP = q.vmta.ip
	}
	t.emit(a, "")
}

// echo lets some deliveries have a sequel: a bounce mail from behind the
// receiving host, or a complaint.
func (t *Traffic) echo(q *queue, r recipient) {
	a := t.base(RemoteBounce, q, r.message)
	switch n := t.rng.IntN(1000); {
	case n < 2:
		a.DSNStatus = statusText("5.1.1")
		a.DSNDiag = fmt.Sprintf(`smtp;550 5.1.1 no such local recipient: <%s> in "RCPT TO:<%[1]s>"`, a.Rcpt)
		a.DSNMta = q.dest.host
		a.DSNReportingMta = "inner." + q.dest.domain
		a.BounceCat = "bad-mailbox"
		a.SrcMta = a.DSNMta
		a.Class = ClassHard
		t.counters.total[bouncesProcessed]++
	case n < 4 && q.dest.provider.feedback:
		a.Type = Feedback
		a.Format, a.FeedbackType, a.UserAgent = "arf", "abuse", "AOL SComp"
		a.DSNReportingMta = q.dest.mx
		a.ReportedDomain = r.campaign.sender
		a.SourceIP = q.vmta.ip
		t.counters.total[feedbackProcessed]++
	default:
		return
	}
	t.emit(a, r.campaign.sender)
}

// statusText is a code with its text. PowerMTA's texts follow the titles of RFC
// 3463; those for 2.0.0, x.0.0, 4.4.1, 4.7.0, 5.1.1, 5.1.2, 5.2.1 and 5.7.1
// were seen in its files, the others are the titles.
func statusText(code string) string {
	texts := map[string]string{
		"2.0.0": "success",
		"4.0.0": "undefined status",
		"4.1.0": "unknown address-related status",
		"4.2.1": "mailbox disabled, not accepting messages",
		"4.2.2": "mailbox full",
		"4.3.2": "system not accepting network messages",
		"4.4.1": "no answer from host",
		"4.4.2": "bad connection",
		"4.4.4": "unable to route: dns lookup failure",
		"4.4.7": "message expired",
		"4.7.0": "other or undefined security status",
		"4.7.1": "delivery not authorized",
		"5.0.0": "undefined status",
		"5.1.1": "bad destination mailbox address",
		"5.1.2": "bad destination system: no such domain",
		"5.1.8": "bad sender's system address",
		"5.2.1": "mailbox disabled, not accepting messages",
		"5.2.2": "mailbox full",
		"5.5.0": "other or undefined protocol status",
		"5.7.0": "other or undefined security status",
		"5.7.1": "delivery not authorized",
	}
	text, ok := texts[code]
	if !ok {
		text = texts[code[:1]+".7.0"] // providers' own codes such as 4.7.28
	}
	return code + " (" + text + ")"
}
