package logscan

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

// Snapshot is what one commit put on show. It never changes.
type Snapshot struct {
	Committed time.Time

	Records              Counts[acct.Type]              // all records
	Outcomes             Counts[OutcomeKey]             // of d and b
	SourceIPOutcomes     Counts[SourceIPOutcomeKey]     // of d and b
	SenderDomainOutcomes Counts[SenderDomainOutcomeKey] // of d and b
	Bounces              Counts[BounceKey]              // of b, without deletions
	Deferrals            Counts[VMTAKey]                // of t
	SourceIPDeferrals    Counts[SourceIPKey]            // of t
	DeliveredBytes       Counts[VMTAKey]                // dlvSize of d
	TLSDeliveries        Counts[TLSKey]                 // of d, in files with a column for it
	SourceIPs            Counts[SourceIPVMTAKey]        // pairs seen in d, b and t; the value is of no interest
	Replies              Counts[ReplyKey]               // of b and t, and of tq where it holds one
	VMTAReplies          Counts[VMTAReplyKey]           // likewise
	QueueErrors          Counts[QueueErrorKey]          // of tq
	RemoteBounces        Counts[RemoteBounceKey]        // of rb
	Received             Counts[ReceivedKey]            // of r
	Feedback             Counts[FeedbackKey]            // of f
	SourceIPFeedback     Counts[SourceIPKey]            // of f with dlvSourceIp
	Delays               []Delay                        // of d with both times
	MaxDelays            int                            // most of them that there can be

	Daily     Daily // of d and b, for Rules.Warming
	LogLines  Counts[LogLineKey]
	LogEvents Counts[LogEventKey]

	Accounting Health // of the reading of accounting files
	Logs       Health // of the reading of text logs
	Durability Durability
}

// Durability says how the keeping of the counts goes. It is of now, not of the
// commit.
type Durability struct {
	Enabled bool // there is a directory to keep them in
	Loaded  bool // what an earlier run kept could be read, or there was none
	Saved   bool // the last commit succeeded
	SavedAt time.Time
}

// Health says how the reading of one kind of file goes.
type Health struct {
	Followed     bool      // there are patterns for such files
	Created      time.Time // when the counting began
	Records      uint64    // read, or lines; header lines are not among them
	Bytes        uint64    // passed, whatever became of them
	Malformed    Counts[acct.Reason]
	SkippedBytes Counts[acct.Reason]
	Rotations    uint64    // files that began while others of their pattern were followed
	Truncations  uint64    // files that became shorter or were written anew
	LastRecord   time.Time // newest time of a record or line; zero when there is none
	State
}

// State is the part of Health that goes up and down.
type State struct {
	LagBytes  int64 // not read yet
	OpenFiles int
	Readable  bool // no file or directory is refused to us
}

// Bytes can be skipped for these reasons besides those of acct.
const (
	StartAtEnd acct.Reason = "start_at_end" // were there at the very first start
	Backfill   acct.Reason = "backfill"     // too old or too many to catch up with
	Lost       acct.Reason = "lost"         // were deleted or moved away before they were read
)

func classes() []bounce.Class { return []bounce.Class{bounce.Hard, bounce.Block, bounce.Soft} }

// committed returns all counts as they are now.
func (l *ledger) committed(now time.Time, state [sources]State) *Snapshot {
	return &Snapshot{
		Committed:            now,
		Records:              l.records.committed(),
		Outcomes:             l.outcomes.committed(),
		SourceIPOutcomes:     l.sourceIPOutcomes.committed(),
		SenderDomainOutcomes: l.senderDomainOutcomes.committed(),
		Bounces:              l.bounces.committed(),
		Deferrals:            l.deferrals.committed(),
		SourceIPDeferrals:    l.sourceIPDeferrals.committed(),
		DeliveredBytes:       l.deliveredBytes.committed(),
		TLSDeliveries:        l.tlsDeliveries.committed(),
		SourceIPs:            l.sourceIPs.committed(),
		Replies:              l.replies.committed(),
		VMTAReplies:          l.vmtaReplies.committed(),
		QueueErrors:          l.queueErrors.committed(),
		RemoteBounces:        l.remoteBounces.committed(),
		Received:             l.received.committed(),
		Feedback:             l.feedback.committed(),
		SourceIPFeedback:     l.sourceIPFeedback.committed(),
		Delays:               l.delays.committed(),
		MaxDelays:            l.delays.limit,
		Daily:                l.daily.committed(),
		LogLines:             l.logLines.committed(),
		LogEvents:            l.logEvents.committed(),
		Accounting:           l.health.committed(state[accounting]),
		Logs:                 l.logs.committed(state[textLog]),
	}
}
