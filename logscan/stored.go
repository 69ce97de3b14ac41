package logscan

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// stored is all that must outlive the program: the counts, and the positions
// up to which they were counted. Both are of one instant, or neither is of use.
// It is plain data; fields are only ever added, and what an older file does not
// have is zero. Its lists may be those of a Snapshot, which never change.
type stored struct {
	storedHealth // of the reading of accounting files

	Records              storedFamily[acct.Type]
	Outcomes             storedFamily[OutcomeKey]
	SourceIPOutcomes     storedFamily[SourceIPOutcomeKey]
	SenderDomainOutcomes storedFamily[SenderDomainOutcomeKey]
	Bounces              storedFamily[BounceKey]
	Deferrals            storedFamily[VMTAKey]
	SourceIPDeferrals    storedFamily[SourceIPKey]
	DeliveredBytes       storedFamily[VMTAKey]
	TLSDeliveries        storedFamily[TLSKey]
	SourceIPs            storedFamily[SourceIPVMTAKey]
	Replies              storedFamily[ReplyKey]
	VMTAReplies          storedFamily[VMTAReplyKey]
	QueueErrors          storedFamily[QueueErrorKey]
	RemoteBounces        storedFamily[RemoteBounceKey]
	Received             storedFamily[ReceivedKey]
	Feedback             storedFamily[FeedbackKey]
	SourceIPFeedback     storedFamily[SourceIPKey]
	Delays               []storedDelay

	Logs      storedHealth // of the reading of text logs
	LogLines  storedFamily[LogLineKey]
	LogEvents storedFamily[LogEventKey]

	Daily Daily

	Files []storedFile
	// Looked says that a run looked at the files: what is there and not among
	// Files is new.
	Looked bool
	// Unseen are paths that could not be looked at ever since the very first
	// look: what is found there was there then.
	Unseen []string
}

// storedHealth is a health.
type storedHealth struct {
	Created                time.Time
	RecordsRead, BytesRead uint64
	Rotations, Truncations uint64
	Newest                 int64
	Malformed, Skipped     storedFamily[acct.Reason]
}

// storedFamily is a family with one entry per row in each of its lists.
type storedFamily[K comparable] struct {
	Keys     []K
	Created  []int64 // UNIX nanoseconds
	Counts   []uint64
	Overflow uint64
}

// storedDelay is a Delay.
type storedDelay struct {
	Provider    string
	Created     int64 // UNIX nanoseconds
	Count, Zero uint64
	Sum         float64
	Classic     []uint64
	Native      map[int]uint64
}

// storedFile is the position in one file, with what it is known again by. It
// holds hashes and no text of the file but its header: records name people.
type storedFile struct {
	Device, Inode uint64
	Path          string // where it was, to look at
	Offset        int64
	Head, Tail    storedPrint // of the beginning, and of what precedes the offset
	Header        []byte      // the header line in force; nil for none
	Split         acct.SplitterState
	Source        uint8         // what it is read as
	Lines         textlog.State // of a text log
	Seen          int64         // UNIX seconds when it was last there
	Size          int64         // as it was then

	// Begun is false for a file that was seen and could not be read yet. Its
	// offset is where the reading is to begin, for the reason of Skipped.
	Begun       bool
	Skipped     acct.Reason
	SkippedFrom int64

	Refused, Renamed, Outdated bool
}

// storedPrint is a fingerprint.
type storedPrint struct {
	Size int
	Sum  uint64
}

// marks makes the durable form of what only the polling goroutine may look at;
// the position is for store to add.
func (f *file) marks(now time.Time) storedFile {
	return storedFile{
		Device: f.id.device, Inode: f.id.inode, Path: f.path, Seen: now.Unix(), Size: f.size,
		Skipped: f.skipped, SkippedFrom: f.skippedFrom,
		Refused: f.refused, Renamed: f.renamed, Outdated: f.outdated,
	}
}

// store adds the durable form of a position.
func (p *position) store(s *storedFile) {
	tail := p.tailPrint()
	s.Begun, s.Offset, s.Header, s.Split = p.begun, p.offset, p.headerLine, p.split.State()
	s.Source, s.Lines = uint8(p.readAs), p.lines.State()
	s.Head, s.Tail = storedPrint{p.head.size, p.head.sum}, storedPrint{tail.size, tail.sum}
}

// resume goes on in a file that another run of the program read. Whether it
// still is that file shows before the first byte is read: see recognise.
func (f *file) resume(s storedFile, maxRecord int) {
	f.position = position{
		begun: s.Begun, offset: s.Offset, readAs: source(s.Source),
		split: acct.Restore(maxRecord, s.Split), lines: textlog.Restore(maxRecord, s.Lines),
		head: fingerprint{s.Head.Size, s.Head.Sum}, stored: fingerprint{min(max(s.Tail.Size, 0), tailBytes), s.Tail.Sum},
	}
	if len(s.Header) > 0 {
		f.setHeader(s.Header)
	}
	f.skipped, f.skippedFrom, f.seen = s.Skipped, s.SkippedFrom, s.Size
	f.refused, f.renamed, f.outdated = s.Refused && f.path == s.Path, f.path != s.Path || s.Renamed, s.Outdated
	if !f.isItself() {
		f.renamed, f.outdated = false, false
	}
}

// take makes the durable form of a commit's counts. It needs no lock, since
// nothing that a Snapshot has ever changes.
func (s *stored) take(c *Snapshot) {
	s.storedHealth, s.Logs = c.Accounting.store(), c.Logs.store()
	s.Records = c.Records.store()
	s.Outcomes = c.Outcomes.store()
	s.SourceIPOutcomes = c.SourceIPOutcomes.store()
	s.SenderDomainOutcomes = c.SenderDomainOutcomes.store()
	s.Bounces = c.Bounces.store()
	s.Deferrals = c.Deferrals.store()
	s.SourceIPDeferrals = c.SourceIPDeferrals.store()
	s.DeliveredBytes = c.DeliveredBytes.store()
	s.TLSDeliveries = c.TLSDeliveries.store()
	s.SourceIPs = c.SourceIPs.store()
	s.Replies = c.Replies.store()
	s.VMTAReplies = c.VMTAReplies.store()
	s.QueueErrors = c.QueueErrors.store()
	s.RemoteBounces = c.RemoteBounces.store()
	s.Received = c.Received.store()
	s.Feedback = c.Feedback.store()
	s.SourceIPFeedback = c.SourceIPFeedback.store()
	s.LogLines = c.LogLines.store()
	s.LogEvents = c.LogEvents.store()
	s.Daily = c.Daily
	for i := range c.Delays {
		s.Delays = append(s.Delays, c.Delays[i].store())
	}
}

func (c Counts[K]) store() storedFamily[K] {
	s := storedFamily[K]{Keys: make([]K, len(c.rows)), Created: make([]int64, len(c.rows)), Counts: c.counts, Overflow: c.Overflow}
	for i := range c.rows {
		s.Keys[i], s.Created[i] = c.rows[i].key, c.rows[i].created.UnixNano()
	}
	return s
}

func (d *Delay) store() storedDelay {
	s := storedDelay{
		Provider: d.Provider, Created: d.Created.UnixNano(), Count: d.Count, Zero: d.Zero, Sum: d.Sum,
		Classic: d.classic[:], Native: map[int]uint64{},
	}
	for bucket, n := range d.native {
		if n > 0 {
			s.Native[bucket] = n
		}
	}
	return s
}
