package logscan

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// health counts how the reading of one source goes.
type health struct {
	followed               bool // it has patterns
	created                time.Time
	recordsRead, bytesRead uint64
	rotations, truncations uint64
	malformed, skipped     family[acct.Reason]
	newest                 int64 // latest time of a record in UNIX seconds, 0 when there is none
}

func newHealth(malformed, skipped []acct.Reason, now time.Time) health {
	h := health{created: now, malformed: newFamily[acct.Reason](len(malformed)), skipped: newFamily[acct.Reason](len(skipped))}
	start(&h.malformed, malformed, now)
	start(&h.skipped, skipped, now)
	return h
}

// future is how far ahead of the last commit a record may be and still be the
// newest.
const future = 24 * time.Hour

// saw notes the time of a record.
func (h *health) saw(logged int64, since time.Time) {
	if logged > h.newest && logged <= since.Add(future).Unix() {
		h.newest = logged
	}
}

// committed returns all figures as they are now.
func (h *health) committed(state State) Health {
	c := Health{
		Followed: h.followed, Created: h.created, Records: h.recordsRead, Bytes: h.bytesRead,
		Malformed: h.malformed.committed(), SkippedBytes: h.skipped.committed(),
		Rotations: h.rotations, Truncations: h.truncations, State: state,
	}
	if h.newest > 0 {
		c.LastRecord = time.Unix(h.newest, 0)
	}
	return c
}

// restore takes over what was kept.
func (h *health) restore(s *storedHealth, malformed, skipped []acct.Reason) (leftOut int) {
	h.created, h.recordsRead, h.bytesRead = s.Created, s.RecordsRead, s.BytesRead
	h.rotations, h.truncations, h.newest = s.Rotations, s.Truncations, s.Newest
	return h.malformed.restore(s.Malformed, oneOf(malformed)) + h.skipped.restore(s.Skipped, oneOf(skipped))
}

// store makes the durable form.
func (h *Health) store() storedHealth {
	s := storedHealth{
		Created: h.Created, RecordsRead: h.Records, BytesRead: h.Bytes, Rotations: h.Rotations, Truncations: h.Truncations,
		Malformed: h.Malformed.store(), Skipped: h.SkippedBytes.store(),
	}
	if !h.LastRecord.IsZero() {
		s.Newest = h.LastRecord.Unix()
	}
	return s
}

// validate says which family cannot have come about.
func (s *storedHealth) validate() error {
	if err := validateCounts("malformed", s.Malformed); err != nil {
		return err
	}
	return validateCounts("skipped", s.Skipped)
}

func malformedReasons() []acct.Reason {
	return []acct.Reason{acct.NoHeader, acct.Quote, acct.Oversize, acct.Torn, acct.Syntax, acct.ShortRow, acct.LongRow, acct.BadValue}
}

func skipReasons() []acct.Reason {
	return []acct.Reason{StartAtEnd, Backfill, Lost, acct.NoHeader, acct.Rest, acct.NUL, acct.Blank, acct.Markup}
}

// The reasons that there are for lines.

func malformedLineReasons() []acct.Reason { return []acct.Reason{acct.Oversize} }

func skippedLineReasons() []acct.Reason {
	return []acct.Reason{StartAtEnd, Backfill, Lost, acct.Rest, acct.NUL, acct.Blank}
}
