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
		c.bounces.add(BounceKey{m.provider.text, v.Category, v.Class}, 1, since)
	}
}

// judge says what the record counts as, when it is about mail to a provider.
func (c *counter) judge(provider label) Verdict {
	r := &c.record
	return c.rules.Judge(Evidence{provider.text, r.Field(acct.DSNStatus), r.Field(acct.DSNDiag), r.Field(acct.BounceCat)})
}

func (c *counter) deferred(m mail, since time.Time) {
	c.replied(m.provider, m.vmta, c.match(m.provider), reply.Transient, since)
	c.deferrals.addAt(&m.deferrals, VMTAKey{m.provider.text, m.vmta.text}, 1, since)
	if m.sourceIP.text != "" {
		c.sourceIPDeferrals.addAt(&m.sourceIPDeferrals, SourceIPKey{m.sourceIP.text, m.provider.text}, 1, since)
	}
}

// match classifies the reply of a record that is no bounce.
func (c *counter) match(provider label) reply.Match {
	return c.rules.Replies.Classify(provider.text, c.record.Field(acct.DSNStatus), c.record.Field(acct.DSNDiag))
}

// replied counts the reason of a bounce or deferral. Where neither the reply nor
// dsnStatus has a digit, the type of the record tells how permanent it is.
func (c *counter) replied(provider, vmta label, m reply.Match, p reply.Permanence, since time.Time) {
	c.replies.add(ReplyKey{provider.text, m.Reason, cmp.Or(m.Permanence, p)}, 1, since)
	c.vmtaReplies.add(VMTAReplyKey{vmta.text, m.Reason}, 1, since)
}

// queueFailed counts a temporary error of a whole queue. Most come from PowerMTA
// itself and hold no reply.
func (c *counter) queueFailed(since time.Time) {
	r := &c.record
	provider, vmta := c.provider(), c.vmta()
	match, diag := c.match(provider), r.Field(acct.DSNDiag)
	if len(diag) > 0 {
		c.replied(provider, vmta, match, reply.Transient, since)
	}
	c.queueErrors.add(QueueErrorKey{provider.text, vmta.text, queueCause(match, diag, r.Field(acct.DSNStatus))}, 1, since)
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
	if name.text == provider.Other { // rcpt may be redacted, and hold any text
		name = c.providerOfQueue.of(acct.Host(c.record.Field(acct.ReportingMTA)))
	}
	c.feedback.add(FeedbackKey{name.text, FeedbackType(c.feedbackTypes.of(c.record.Field(acct.FeedbackType)).text)}, 1, since)
	if ip := c.record.Field(acct.DlvSourceIP); ip != nil {
		c.sourceIPFeedback.add(SourceIPKey{c.ips.of(ip).text, name.text}, 1, since)
	}
}

func (c *counter) providerOfRecipient() label {
	return c.providerOfRcpt.of(acct.Domain(c.record.Field(acct.Rcpt)))
}
