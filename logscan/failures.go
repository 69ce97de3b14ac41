package logscan

import (
	"cmp"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// What counter does with records that tell of something that went wrong.

func (c *counter) bounced(m mail, since time.Time) {
	v := c.judge(m.provider)
	c.replied(m.provider, m.vmta, v.Reply, reply.Permanent, since)
	c.outcome(m, v.Outcome, since)
	if v.Outcome != OutcomeDeleted {
		c.bounces.add(BounceKey{m.provider, v.Category, v.Class}, 1, since)
	}
}

// judge says what the record counts as, when it is about mail to a provider.
func (c *counter) judge(provider string) Verdict {
	r := &c.record
	return c.rules.Judge(Evidence{provider, r.Field(acct.DSNStatus), r.Field(acct.DSNDiag), r.Field(acct.BounceCat)})
}

func (c *counter) deferred(m mail, since time.Time) {
	c.replied(m.provider, m.vmta, c.match(m.provider), reply.Transient, since)
	c.deferrals.add(VMTAKey{m.provider, m.vmta}, 1, since)
	if m.sourceIP != "" {
		c.sourceIPDeferrals.add(SourceIPKey{m.sourceIP, m.provider}, 1, since)
	}
}

// match classifies the reply of a record that is no bounce.
func (c *counter) match(provider string) reply.Match {
	return c.rules.Replies.Classify(provider, c.record.Field(acct.DSNStatus), c.record.Field(acct.DSNDiag))
}

// replied counts the reason of a bounce or deferral. Where neither the reply nor
// dsnStatus has a digit, the type of the record tells how permanent it is.
func (c *counter) replied(provider, vmta string, m reply.Match, p reply.Permanence, since time.Time) {
	c.replies.add(ReplyKey{provider, m.Reason, cmp.Or(m.Permanence, p)}, 1, since)
	c.vmtaReplies.add(VMTAReplyKey{vmta, m.Reason}, 1, since)
}

// queueFailed counts a temporary error of a whole queue. Most come from PowerMTA
// itself and hold no reply.
func (c *counter) queueFailed(since time.Time) {
	r := &c.record
	domain, vmta := acct.SplitQueue(r.Field(acct.Queue))
	if column := r.Field(acct.VMTA); len(column) > 0 {
		vmta = column
	}
	provider, name := c.provider(acct.Host(r.Field(acct.DSNMta)), nil, domain), c.vmtas.of(vmta)
	match, diag := c.match(provider), r.Field(acct.DSNDiag)
	if len(diag) > 0 {
		c.replied(provider, name, match, reply.Transient, since)
	}
	c.queueErrors.add(QueueErrorKey{provider, name, queueCause(match, diag, r.Field(acct.DSNStatus))}, 1, since)
}

// bouncedRemotely counts a bounce that came back as mail, after the remote server
// had taken the message.
func (c *counter) bouncedRemotely(since time.Time) {
	v := c.judge(c.providerOfRecipient())
	c.remoteBounces.add(RemoteBounceKey{v.Category, v.Class}, 1, since)
}

// complained counts a recipient in a feedback report.
func (c *counter) complained(since time.Time) {
	name := c.providerOfRecipient()
	if name == provider.Other { // rcpt may be redacted, and hold any text
		name = c.providerOfQueue.of(acct.Host(c.record.Field(acct.ReportingMTA)))
	}
	c.feedback.add(FeedbackKey{name, FeedbackType(c.feedbackTypes.of(c.record.Field(acct.FeedbackType)))}, 1, since)
	if ip := c.record.Field(acct.DlvSourceIP); ip != nil {
		c.sourceIPFeedback.add(SourceIPKey{c.ips.of(ip), name}, 1, since)
	}
}

func (c *counter) providerOfRecipient() string {
	return c.providerOfRcpt.of(acct.Domain(c.record.Field(acct.Rcpt)))
}
