package logscan

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// What counter does with records that tell of something that went wrong.

func (c *counter) bounced(m mail, since time.Time) {
	r := &c.record
	verdict := c.replied(m.provider, m.vmta, reply.Permanent, since)
	if bounce.Deleted(r.Field(acct.DSNDiag)) {
		c.outcome(m, OutcomeDeleted, since)
		return
	}
	category, class := c.classOf(verdict)
	c.outcome(m, outcomeOf(class), since)
	c.bounces.add(BounceKey{m.provider.text, category, class}, 1, since)
}

// classOf decides the class of a bounce: a reply that is clear, then the
// enhanced status code, then the category.
func (c *counter) classOf(verdict reply.Match) (string, bounce.Class) {
	r := &c.record
	category := c.table.Category(r.Field(acct.BounceCat))
	if verdict.Class != "" {
		return category, verdict.Class
	}
	return category, c.table.Classify(r.Field(acct.DSNStatus), r.Field(acct.DSNDiag), category)
}

func (c *counter) deferred(m mail, since time.Time) {
	c.replied(m.provider, m.vmta, reply.Transient, since)
	c.deferrals.addAt(m.vmta.number, m.provider.number, VMTAKey{m.provider.text, m.vmta.text}, 1, since)
	if m.sourceIP.text != "" {
		c.sourceIPDeferrals.addAt(m.sourceIP.number, m.provider.number, SourceIPKey{m.sourceIP.text, m.provider.text}, 1, since)
	}
}

// replied counts the reason of a bounce or deferral. Where neither the reply nor
// dsnStatus has a digit, the type of the record tells how permanent it is.
func (c *counter) replied(provider, vmta label, p reply.Permanence, since time.Time) reply.Match {
	verdict := c.verdict(provider.text)
	if verdict.Permanence != "" {
		p = verdict.Permanence
	}
	c.replies.add(ReplyKey{provider.text, verdict.Reason, p}, 1, since)
	c.vmtaReplies.add(VMTAReplyKey{vmta.text, verdict.Reason}, 1, since)
	return verdict
}

func (c *counter) verdict(provider string) reply.Match {
	return c.catalogue.Classify(provider, c.record.Field(acct.DSNStatus), c.record.Field(acct.DSNDiag))
}

// queueFailed counts a temporary error of a whole queue. Most come from PowerMTA
// itself and hold no reply.
func (c *counter) queueFailed(since time.Time) {
	r := &c.record
	provider, vmta := c.provider(), c.vmta()
	diag := r.Field(acct.DSNDiag)
	var verdict reply.Match
	if len(diag) > 0 {
		verdict = c.replied(provider, vmta, reply.Transient, since)
	} else {
		verdict, diag = c.verdict(provider.text), r.Field(acct.DSNStatus)
	}
	c.queueErrors.add(QueueErrorKey{provider.text, vmta.text, queueCause(verdict, diag)}, 1, since)
}

// bouncedRemotely counts a bounce that came back as mail, after the remote server
// had taken the message.
func (c *counter) bouncedRemotely(since time.Time) {
	category, class := c.classOf(c.verdict(c.providerOfRecipient().text))
	c.remoteBounces.add(RemoteBounceKey{category, class}, 1, since)
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
