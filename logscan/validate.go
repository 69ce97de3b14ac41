package logscan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// validate makes sure that a state can be gone on with. Its checksum says that
// this program wrote it, or somebody who knows how: neither a fault of this
// program nor a trick may end in a panic, in a scrape that fails, or in reading
// from where nobody ever was. What fails here counts as damaged.
func (s *stored) validate() error {
	for _, err := range []error{
		validateCounts("records", s.Records), validateCounts("outcomes", s.Outcomes),
		validateCounts("source IP outcomes", s.SourceIPOutcomes), validateCounts("sender domain outcomes", s.SenderDomainOutcomes),
		validateCounts("bounces", s.Bounces), validateCounts("deferrals", s.Deferrals),
		validateCounts("source IP deferrals", s.SourceIPDeferrals), validateCounts("delivered bytes", s.DeliveredBytes),
		validateCounts("TLS deliveries", s.TLSDeliveries), validateCounts("source IPs", s.SourceIPs),
		validateCounts("replies", s.Replies), validateCounts("VirtualMTA replies", s.VMTAReplies),
		validateCounts("queue errors", s.QueueErrors), validateCounts("remote bounces", s.RemoteBounces),
		validateCounts("received", s.Received), validateCounts("feedback", s.Feedback), validateCounts("source IP feedback", s.SourceIPFeedback),
		validateCounts("log lines", s.LogLines), validateCounts("log events", s.LogEvents),
		s.storedHealth.validate(), s.Logs.validate(), validateDelays(s.Delays), s.Daily.validate(),
	} {
		if err != nil {
			return err
		}
	}
	for i := range s.Files {
		if err := s.Files[i].validate(); err != nil {
			return fmt.Errorf("file %d: %w", i, err)
		}
	}
	return nil
}

// mostCount is the highest that a count can have come to; more might wrap.
const mostCount = math.MaxInt64

func validateCounts[K comparable](name string, f storedFamily[K]) error {
	if len(f.Created) != len(f.Keys) || len(f.Counts) != len(f.Keys) {
		return fmt.Errorf("%s: %d label sets, %d counts, %d times", name, len(f.Keys), len(f.Counts), len(f.Created))
	}
	seen := make(map[K]bool, len(f.Keys))
	for i, k := range f.Keys {
		if seen[k] || f.Counts[i] > mostCount {
			return fmt.Errorf("%s: a label set twice, or a count too high", name)
		}
		seen[k] = true
	}
	return nil
}

func validateDelays(delays []storedDelay) error {
	seen := map[string]bool{}
	for i := range delays {
		if seen[delays[i].Provider] || !delays[i].holds() {
			return fmt.Errorf("delay %d: its provider is there twice, or its buckets do not add up", i)
		}
		seen[delays[i].Provider] = true
	}
	return nil
}

// holds reports whether a histogram is one: it has our buckets, and each of its
// observations is in one of them.
func (d *storedDelay) holds() bool {
	if len(d.Classic) != classicBuckets || d.Count > mostCount || !(d.Sum >= 0) || math.IsInf(d.Sum, 0) {
		return false
	}
	left := d.Count
	take := func(n uint64) bool {
		ok := n <= left
		left -= min(n, left)
		return ok
	}
	for _, n := range d.Classic {
		if !take(n) {
			return false
		}
	}
	left = d.Count
	for bucket, n := range d.Native {
		if bucket < 0 || bucket >= nativeBuckets || !take(n) {
			return false
		}
	}
	return take(d.Zero) && left == 0
}

// validate makes sure that a position lies in its file, and that what is needed
// to go on there is known.
func (f *storedFile) validate() error {
	switch {
	case f.Offset < 0 || f.SkippedFrom < 0 || f.Size < 0:
		return errors.New("a position or size below 0")
	case !f.Head.within(headBytes) || !f.Tail.within(min(tailBytes, f.Offset)):
		return errors.New("a fingerprint of what cannot be there")
	case f.Source >= sources:
		return errors.New("an unknown source")
	case f.Begun && f.Split.Headed && !acct.IsHeader(f.Header):
		return errors.New("records without a header")
	case !f.hasReason():
		return errors.New("bytes passed over without a reason")
	}
	return nil
}

func (p storedPrint) within(most int64) bool { return p.Size >= 0 && int64(p.Size) <= most }

// hasReason reports whether it is known why a position is set before the
// reading began.
func (f *storedFile) hasReason() bool {
	if f.Skipped == "" {
		return f.Begun || f.Offset == 0
	}
	return slices.Contains(skipReasons(), f.Skipped)
}
