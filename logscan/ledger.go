package logscan

import (
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// ledger holds all counts. Its owner holds the lock.
type ledger struct {
	records              family[acct.Type]
	outcomes             family[OutcomeKey]
	sourceIPOutcomes     family[SourceIPOutcomeKey]
	senderDomainOutcomes family[SenderDomainOutcomeKey]
	bounces              family[BounceKey]
	deferrals            family[VMTAKey]
	sourceIPDeferrals    family[SourceIPKey]
	deliveredBytes       family[VMTAKey]
	tlsDeliveries        family[TLSKey]
	sourceIPs            family[SourceIPVMTAKey]
	replies              family[ReplyKey]
	vmtaReplies          family[VMTAReplyKey]
	queueErrors          family[QueueErrorKey]
	remoteBounces        family[RemoteBounceKey]
	received             family[ReceivedKey]
	feedback             family[FeedbackKey]
	sourceIPFeedback     family[SourceIPKey]
	delays               delays
	daily                daily

	providers, categories []string // of the rules and all earlier ones

	health // of the reading of accounting files

	logs      health          // of the reading of text logs
	logNames  []string        // found by this run, at most maxLogs and Other
	events    []textlog.Event // of the rules and all earlier ones
	logLines  family[LogLineKey]
	logEvents family[LogEventKey]
}

// newLedger makes a ledger in which all combinations that are known beforehand
// stand at 0, so that the first event is seen as an increase.
func newLedger(o Options, now time.Time) *ledger {
	l := &ledger{
		records:              newFamily[acct.Type](len(acct.Types())),
		outcomes:             newOpenFamily(0, 0, OutcomeKey.open),
		sourceIPOutcomes:     newOpenFamily(0, 0, SourceIPOutcomeKey.open),
		senderDomainOutcomes: newNamesFamily(0, 0, SenderDomainOutcomeKey.open),
		bounces:              newFamily[BounceKey](0),
		deferrals:            newOpenFamily(0, 0, VMTAKey.open),
		sourceIPDeferrals:    newOpenFamily(0, 0, SourceIPKey.open),
		deliveredBytes:       newOpenFamily(0, 0, VMTAKey.open),
		tlsDeliveries:        newFamily[TLSKey](0),
		sourceIPs:            newInfoFamily(o.MaxSeries, SourceIPVMTAKey.open),
		replies:              newFamily[ReplyKey](0),
		vmtaReplies:          newOpenFamily(o.MaxSeries, len(reply.Reasons()), VMTAReplyKey.open),
		queueErrors:          newOpenFamily(0, 0, QueueErrorKey.open),
		remoteBounces:        newFamily[RemoteBounceKey](0),
		received:             newOpenFamily(o.MaxSeries, 1, ReceivedKey.open),
		feedback:             newFamily[FeedbackKey](0),
		sourceIPFeedback:     newOpenFamily(0, 0, SourceIPKey.open),
		delays:               newDelays(),
		daily:                daily{counts: map[DailyKey]uint64{}},
		health:               newHealth(malformedReasons(), skipReasons(), now),
		logs:                 newHealth(malformedLineReasons(), skippedLineReasons(), now),
		logLines:             newNamesFamily(maxLogs, len(textlog.Levels()), LogLineKey.open),
		logEvents:            newNamesFamily(maxLogs, 0, LogEventKey.open),
	}
	l.followed, l.logs.followed = len(o.Accounting) > 0, len(o.Logs) > 0
	start(&l.records, acct.Types(), now)
	l.adapt(o, now)
	return l
}

// adapt sets the ceilings that depend on the rules, and starts their
// combinations at 0. Rows under words of earlier rules stay, so the ceilings
// are those of all words so far.
func (l *ledger) adapt(o Options, now time.Time) {
	l.providers = join(l.providers, o.Providers.Names())
	l.categories = join(l.categories, o.Bounces.Categories())
	providers := len(l.providers)
	results := providers * len(outcomes())
	l.outcomes.bound(o.MaxSeries, results)
	l.sourceIPOutcomes.bound(o.MaxSeries, results)
	l.deferrals.bound(o.MaxSeries, providers)
	l.sourceIPDeferrals.bound(o.MaxSeries, providers)
	l.deliveredBytes.bound(o.MaxSeries, providers)
	l.bounces.ceiling.limit = providers * len(l.categories) * len(classes())
	l.tlsDeliveries.ceiling.limit = providers * len(protocols())
	l.delays.limit = providers
	l.senderDomainOutcomes.boundNames(max(o.MaxSenderDomains, l.sendersWith(o.SenderDomains)), len(outcomes()))
	l.replies.ceiling.limit = providers * len(reply.Reasons()) * len(permanences())
	l.queueErrors.bound(o.MaxSeries, providers*len(causes()))
	l.remoteBounces.ceiling.limit = len(l.categories) * len(classes())
	l.feedback.ceiling.limit = providers * len(feedbackTypes())
	l.sourceIPFeedback.bound(o.MaxSeries, providers)
	l.startRules(o.Rules, now)
	l.adaptEvents(o.LogEvents, now)
}

// startRules starts the combinations that rules make known.
func (l *ledger) startRules(r Rules, now time.Time) {
	for _, category := range r.Bounces.Categories() {
		l.remoteBounces.add(RemoteBounceKey{category, r.Bounces.ClassOf(category)}, 0, now)
	}
	for _, provider := range r.Providers.Names() {
		l.feedback.add(FeedbackKey{provider, "abuse"}, 0, now)
		for _, category := range r.Bounces.Categories() {
			l.bounces.add(BounceKey{provider, category, r.Bounces.ClassOf(category)}, 0, now)
		}
	}
}

// sendersWith counts the sending domains that are shown or listed: each of the
// latter has room, however many came before there was a list.
func (l *ledger) sendersWith(listed []string) int {
	shown := l.senderDomainOutcomes.names
	n := len(shown)
	for _, domain := range listed {
		if !shown[domain] {
			n++
		}
	}
	return n
}

// of returns how the reading of a source goes.
func (l *ledger) of(s source) *health {
	if s == textLog {
		return &l.logs
	}
	return &l.health
}

// join adds those words to a list that it does not have.
func join[T comparable](all, more []T) []T {
	for _, word := range more {
		if !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

func start[K comparable](f *family[K], keys []K, now time.Time) {
	for _, k := range keys {
		f.add(k, 0, now)
	}
}

// The open label of each key, and the key with Other in its place.

func (k OutcomeKey) open() (string, OutcomeKey) {
	return k.VMTA, OutcomeKey{k.Provider, Other, k.Outcome}
}

func (k SourceIPOutcomeKey) open() (string, SourceIPOutcomeKey) {
	return k.SourceIP, SourceIPOutcomeKey{Other, k.Provider, k.Outcome}
}

func (k SenderDomainOutcomeKey) open() (string, SenderDomainOutcomeKey) {
	return k.SenderDomain, SenderDomainOutcomeKey{Other, k.Outcome}
}

func (k VMTAKey) open() (string, VMTAKey) {
	return k.VMTA, VMTAKey{k.Provider, Other}
}

func (k SourceIPKey) open() (string, SourceIPKey) {
	return k.SourceIP, SourceIPKey{Other, k.Provider}
}

func (k SourceIPVMTAKey) open() (string, SourceIPVMTAKey) {
	return k.SourceIP, SourceIPVMTAKey{Other, Other}
}
