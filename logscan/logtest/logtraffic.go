package logtest

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// LogLine is the text of a line of a text log, and the event that it tells of.
type LogLine struct{ Text, Event string }

// LogTraffic makes the lines of a text log, one after the other and without
// end: four of five as PowerMTA traces its connections, which tell of no event,
// the others those that it is given. They are synthetic: the form is that of the
// guide, the figures come out of a seed, and the same seed gives the same bytes.
type LogTraffic struct {
	Lines  int64
	Events map[string]int64 // the truth about what it wrote

	random *rand.Rand
	start  time.Time
	lines  []LogLine
}

// NewLogTraffic makes a log out of a seed.
func NewLogTraffic(seed uint64, lines []LogLine) *LogTraffic {
	return &LogTraffic{
		Events: map[string]int64{}, random: rand.New(rand.NewPCG(seed, 2)),
		start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), lines: lines,
	}
}

// Append adds the next line.
func (t *LogTraffic) Append(b []byte) []byte {
	t.Lines++
	b = t.start.Add(time.Duration(t.Lines/recordsPerSec)*time.Second).AppendFormat(b, time.DateTime)
	b = append(b, ' ')
	if t.random.IntN(5) > 0 {
		return append(t.trace(b), '\n')
	}
	line := t.lines[t.random.IntN(len(t.lines))]
	t.Events[line.Event]++
	return append(append(b, line.Text...), '\n')
}

// trace adds what log-connections and log-commands write.
func (t *LogTraffic) trace(b []byte) []byte {
	n := strconv.Itoa(t.random.IntN(100_000))
	switch t.random.IntN(4) {
	case 0:
		return appendAll(b, "starting domain", n, ".example/vmta-", n)
	case 1:
		return appendAll(b, "connecting from mail", n, ".sender.example (192.0.2.7) to mx.domain", n, ".example (198.51.100.7)")
	case 2:
		return appendAll(b, "<<< MAIL FROM:<bounce-", n, "@sender.example> SIZE=", n)
	}
	return appendAll(b, ">>> 250 2.1.0 <bounce-", n, "@sender.example>... Sender ok")
}
