package logscan

import (
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// words are the label values that this run can count under. The configuration
// may have had others when a state was saved.
//
// A count stays with its label set. One whose label set could not come about
// any more is left out: a provider or category that the catalogue does not
// have, or a name beyond a ceiling that is lower than it was. Its series ends,
// and what it would have counted goes under Other, where a sudden addition of
// the old count would look like mail.
type words struct {
	providers, categories map[string]bool
	events                []textlog.Event
}

func newWords(o Options) *words {
	return &words{providers: setOf(o.Providers.Names()), categories: setOf(o.Bounces.Categories()), events: o.LogEvents.Events()}
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// isName reports whether an open label is one that Label makes.
func isName(name string) bool { return name != "" && Label(name) == name }

func (w *words) outcome(k OutcomeKey) bool {
	return w.providers[k.Provider] && isName(k.VMTA) && slices.Contains(outcomes(), k.Outcome)
}

func (w *words) sourceIPOutcome(k SourceIPOutcomeKey) bool {
	return isName(k.SourceIP) && w.providers[k.Provider] && slices.Contains(outcomes(), k.Outcome)
}

func (w *words) senderDomainOutcome(k SenderDomainOutcomeKey) bool {
	return isName(k.SenderDomain) && slices.Contains(outcomes(), k.Outcome)
}

func (w *words) bounce(k BounceKey) bool {
	return w.providers[k.Provider] && w.categories[k.Category] && slices.Contains(classes(), k.Class)
}

func (w *words) vmta(k VMTAKey) bool { return w.providers[k.Provider] && isName(k.VMTA) }

func (w *words) sourceIP(k SourceIPKey) bool { return isName(k.SourceIP) && w.providers[k.Provider] }

func (w *words) tls(k TLSKey) bool {
	return w.providers[k.Provider] && slices.Contains(protocols(), k.Protocol)
}

func (w *words) sourceIPVMTA(k SourceIPVMTAKey) bool { return isName(k.SourceIP) && isName(k.VMTA) }

func (w *words) reply(k ReplyKey) bool {
	return w.providers[k.Provider] && k.Reason.Valid() && slices.Contains(permanences(), k.Permanence)
}

func (w *words) vmtaReply(k VMTAReplyKey) bool { return isName(k.VMTA) && k.Reason.Valid() }

func (w *words) queueError(k QueueErrorKey) bool {
	return w.providers[k.Provider] && isName(k.VMTA) && slices.Contains(causes(), k.Cause)
}

func (w *words) remoteBounce(k RemoteBounceKey) bool {
	return w.categories[k.Category] && slices.Contains(classes(), k.Class)
}

func (w *words) received(k ReceivedKey) bool { return isName(k.VMTA) }

func (w *words) feedback(k FeedbackKey) bool {
	return w.providers[k.Provider] && slices.Contains(feedbackTypes(), k.Type)
}

func (w *words) logLine(k LogLineKey) bool { return isName(k.Log) && k.Level.Valid() }

func (w *words) logEvent(k LogEventKey) bool {
	return isName(k.Log) && slices.Contains(w.events, k.Event)
}

func oneOf[T comparable](all []T) func(T) bool {
	return func(v T) bool { return slices.Contains(all, v) }
}

// restore takes over stored counts, and returns the number of label sets that
// it left out.
func (l *ledger) restore(s *stored, w *words) int {
	return l.health.restore(&s.storedHealth, malformedReasons(), skipReasons()) +
		l.logs.restore(&s.Logs, malformedLineReasons(), skippedLineReasons()) +
		l.logLines.restore(s.LogLines, w.logLine) +
		l.logEvents.restore(s.LogEvents, w.logEvent) +
		l.records.restore(s.Records, oneOf(acct.Types())) +
		l.outcomes.restore(s.Outcomes, w.outcome) +
		l.sourceIPOutcomes.restore(s.SourceIPOutcomes, w.sourceIPOutcome) +
		l.senderDomainOutcomes.restore(s.SenderDomainOutcomes, w.senderDomainOutcome) +
		l.bounces.restore(s.Bounces, w.bounce) +
		l.deferrals.restore(s.Deferrals, w.vmta) +
		l.sourceIPDeferrals.restore(s.SourceIPDeferrals, w.sourceIP) +
		l.deliveredBytes.restore(s.DeliveredBytes, w.vmta) +
		l.tlsDeliveries.restore(s.TLSDeliveries, w.tls) +
		l.sourceIPs.restore(s.SourceIPs, w.sourceIPVMTA) +
		l.replies.restore(s.Replies, w.reply) +
		l.vmtaReplies.restore(s.VMTAReplies, w.vmtaReply) +
		l.queueErrors.restore(s.QueueErrors, w.queueError) +
		l.remoteBounces.restore(s.RemoteBounces, w.remoteBounce) +
		l.received.restore(s.Received, w.received) +
		l.feedback.restore(s.Feedback, w.feedback) +
		l.sourceIPFeedback.restore(s.SourceIPFeedback, w.sourceIP) +
		l.delays.restore(s.Delays, w) +
		l.daily.restore(s.Daily)
}

// restore takes over the counts of a family. Rows that are there already, such
// as the known combinations at 0, keep their place and get count and age of the
// stored ones. The others stand in the order in which they were admitted, so
// that the same ceiling admits the same ones again.
func (f *family[K]) restore(s storedFamily[K], known func(K) bool) (leftOut int) {
	f.overflow = s.Overflow
	for i, k := range s.Keys {
		at, ok := f.index[k]
		switch {
		case ok:
		case known(k) && f.admits(k):
			at = f.create(k, time.Time{})
		default:
			leftOut++
			continue
		}
		f.rows[at].created = time.Unix(0, s.Created[i])
		f.counts[at] = s.Counts[i]
	}
	return leftOut
}

func (d *delays) restore(all []storedDelay, w *words) (leftOut int) {
	for _, s := range all {
		if !w.providers[s.Provider] {
			leftOut++
			continue
		}
		row := Delay{Provider: s.Provider, Created: time.Unix(0, s.Created), Count: s.Count, Zero: s.Zero, Sum: s.Sum}
		copy(row.classic[:], s.Classic)
		for bucket, n := range s.Native {
			row.native[bucket] = n
		}
		d.index[s.Provider] = len(d.rows)
		d.rows = append(d.rows, row)
	}
	return leftOut
}
