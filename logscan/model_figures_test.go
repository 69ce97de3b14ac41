package logscan

import (
	"fmt"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// figure names one counter of a Snapshot.
type figure struct {
	family figureFamily
	name   string
}

type figureFamily string

const (
	vmtaFigure        figureFamily = "outcomes of VirtualMTA"
	typeFigure        figureFamily = "records of type"
	malformedFigure   figureFamily = "malformed records"
	skippedFigure     figureFamily = "skipped bytes"
	recordsFigure     figureFamily = "records"
	bytesFigure       figureFamily = "bytes"
	rotationsFigure   figureFamily = "rotations"
	truncationsFigure figureFamily = "truncations"
)

// figures are all counters of a Snapshot that a game can move.
type figures map[figure]int

func figuresOf(s *Snapshot) figures {
	h := s.read()
	now := figures{
		{family: recordsFigure}:     int(s.Accounting.Records),
		{family: bytesFigure}:       int(h.Bytes),
		{family: rotationsFigure}:   int(h.Rotations),
		{family: truncationsFigure}: int(h.Truncations),
	}
	each(s.Outcomes, func(k OutcomeKey, n uint64) { now[figure{vmtaFigure, k.VMTA}] += int(n) })
	each(s.Records, func(k acct.Type, n uint64) { now[figure{typeFigure, string(k)}] += int(n) })
	each(h.Malformed, func(k acct.Reason, n uint64) { now[figure{malformedFigure, string(k)}] += int(n) })
	each(h.SkippedBytes, func(k acct.Reason, n uint64) { now[figure{skippedFigure, string(k)}] += int(n) })
	if s.Logs.Followed {
		now.addLines(s)
	}
	return now
}

func (f figures) sum(family figureFamily) int {
	sum := 0
	for k, n := range f {
		if k.family == family {
			sum += n
		}
	}
	return sum
}

// passedOver returns how many of the bytes that were read are in no record.
func (f figures) passedOver() int {
	sum := 0
	for _, reason := range []acct.Reason{acct.NUL, acct.Blank, acct.Rest, acct.NoHeader} {
		sum += f[figure{skippedFigure, string(reason)}]
	}
	return sum
}

// steppedBack says which counter is lower than before.
func steppedBack(before, now figures) string {
	for k, n := range before {
		if now[k] < n {
			return fmt.Sprintf("%s %s stepped back from %d to %d", k.family, k.name, n, now[k])
		}
	}
	return ""
}

// difference says which counter is not what it was.
func difference(before, now figures) string {
	for k, n := range now {
		if n != before[k] {
			return fmt.Sprintf("%s %s is %d in another run, want %d", k.family, k.name, n, before[k])
		}
	}
	return steppedBack(before, now)
}
