package logscan

import (
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// TestJudge walks down what decides the class of a bounce.
func TestJudge(t *testing.T) {
	rules := rulesWith(t)
	for _, c := range []struct {
		situation, provider, status, diag, category string
		reason                                      reply.Reason
		class                                       bounce.Class
		by                                          Decider
		outcome                                     Outcome
	}{
		{"a reply that is clear", "qq", "5.1.1", "smtp;550 Connection frequency limited", "bad-mailbox", reply.Throttled, bounce.Soft, ByReply, OutcomeSoftBounce},
		{"an enhanced code", "other", "5.7.1", "smtp;550 xyz", "bad-mailbox", reply.Policy, bounce.Block, ByCode, OutcomeBlockBounce},
		{"the code of the reply", "other", "5.0.0", "smtp;550 5.1.1 xyz", "spam-related", reply.UnknownUser, bounce.Hard, ByCode, OutcomeHardBounce},
		{"a category", "other", "5.0.0", "smtp;550 xyz", "Bad-Mailbox", reply.Other, bounce.Hard, ByCategory, OutcomeHardBounce},
		{"a category that nobody knows", "other", "5.0.0", "smtp;550 xyz", "sundries", reply.Other, bounce.Soft, ByCategory, OutcomeSoftBounce},
		{"nothing", "other", "5.0.0", "smtp;550 xyz", "", reply.Other, bounce.Soft, ByDefault, OutcomeSoftBounce},
		{"a digit that tempers a clear reply", "other", "4.0.0", "smtp;450 User unknown", "bad-mailbox", reply.UnknownUser, bounce.Soft, ByCode, OutcomeSoftBounce},
		{"an operator", "other", "5.0.0", "x-pmta;deleted by administrator", "bad-mailbox", reply.DeletedByOperator, bounce.Hard, ByCategory, OutcomeDeleted},
	} {
		got := rules.Judge(Evidence{c.provider, []byte(c.status), []byte(c.diag), []byte(c.category)})
		if got.Reply.Reason != c.reason || got.Class != c.class || got.DecidedBy != c.by || got.Outcome != c.outcome {
			t.Errorf("%s: Judge(%q, %q, %q) = %s, %s by %s, %s, want %s, %s by %s, %s", c.situation, c.status, c.diag, c.category,
				got.Reply.Reason, got.Class, got.DecidedBy, got.Outcome, c.reason, c.class, c.by, c.outcome)
		}
	}
}
