package logscan

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
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

	created                time.Time
	recordsRead, bytesRead uint64
	rotations, truncations uint64
	malformed, skipped     family[acct.Reason]
	newest                 int64 // latest timeLogged in UNIX seconds, 0 when there is none
}

// newLedger makes a ledger in which all combinations that are known beforehand
// stand at 0, so that the first event is seen as an increase.
func newLedger(o Options, now time.Time) *ledger {
	providers, categories := o.Providers.Names(), o.Bounces.Categories()
	results := len(providers) * len(outcomes())
	l := &ledger{
		created:              now,
		records:              newFamily[acct.Type](len(acct.Types())),
		outcomes:             newOpenFamily(o.MaxSeries, results, OutcomeKey.open),
		sourceIPOutcomes:     newOpenFamily(o.MaxSeries, results, SourceIPOutcomeKey.open),
		senderDomainOutcomes: newNamesFamily(o.MaxSenderDomains, len(outcomes()), SenderDomainOutcomeKey.open),
		bounces:              newFamily[BounceKey](len(providers) * len(categories) * len(classes())),
		deferrals:            newOpenFamily(o.MaxSeries, len(providers), VMTAKey.open),
		sourceIPDeferrals:    newOpenFamily(o.MaxSeries, len(providers), SourceIPKey.open),
		deliveredBytes:       newOpenFamily(o.MaxSeries, len(providers), VMTAKey.open),
		tlsDeliveries:        newFamily[TLSKey](len(providers) * len(protocols())),
		sourceIPs:            newInfoFamily(o.MaxSeries, SourceIPVMTAKey.open),
		replies:              newFamily[ReplyKey](len(providers) * len(reply.Reasons()) * len(permanences())),
		vmtaReplies:          newOpenFamily(o.MaxSeries, len(reply.Reasons()), VMTAReplyKey.open),
		queueErrors:          newOpenFamily(o.MaxSeries, len(providers)*len(causes()), QueueErrorKey.open),
		remoteBounces:        newFamily[RemoteBounceKey](len(categories) * len(classes())),
		received:             newOpenFamily(o.MaxSeries, 1, ReceivedKey.open),
		feedback:             newFamily[FeedbackKey](len(providers) * len(feedbackTypes())),
		sourceIPFeedback:     newOpenFamily(o.MaxSeries, len(providers), SourceIPKey.open),
		delays:               newDelays(),
		malformed:            newFamily[acct.Reason](len(malformedReasons())),
		skipped:              newFamily[acct.Reason](len(skipReasons())),
	}
	start(&l.records, acct.Types(), now)
	start(&l.malformed, malformedReasons(), now)
	start(&l.skipped, skipReasons(), now)
	for _, category := range categories {
		l.remoteBounces.add(RemoteBounceKey{category, o.Bounces.ClassOf(category)}, 0, now)
	}
	for _, provider := range providers {
		l.feedback.add(FeedbackKey{provider, "abuse"}, 0, now)
		for _, category := range categories {
			l.bounces.add(BounceKey{provider, category, o.Bounces.ClassOf(category)}, 0, now)
		}
	}
	return l
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
