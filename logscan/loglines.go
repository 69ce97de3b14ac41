package logscan

import (
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// LogLineKey counts the lines of a text log. Log is what all of its generations
// are called.
type LogLineKey struct {
	Log   string
	Level textlog.Level
}

// LogEventKey counts what the lines of a text log tell of.
type LogEventKey struct {
	Log   string
	Event textlog.Event
}

func (k LogLineKey) open() (string, LogLineKey) { return k.Log, LogLineKey{Other, k.Level} }

func (k LogEventKey) open() (string, LogEventKey) { return k.Log, LogEventKey{Other, k.Event} }

// maxLogs is how many text logs have series of their own. PowerMTA writes a
// handful.
const maxLogs = 100

// logName returns the label of a text log.
func logName(path string) string { return Label(textlog.Name(path)) }

// adaptEvents makes room for the events of a catalogue, and starts them for the
// logs that are known.
func (l *ledger) adaptEvents(c *textlog.Catalogue, now time.Time) {
	l.events = join(l.events, c.Events())
	l.logEvents.boundNames(maxLogs, len(l.events))
	for _, name := range l.logNames {
		l.startLog(name, now)
	}
}

// startLog starts all that a log may have, so that its first error is seen as
// an increase.
func (l *ledger) startLog(name string, now time.Time) {
	for _, level := range textlog.Levels() {
		l.logLines.begin(LogLineKey{name, level}, now)
	}
	for _, event := range l.events {
		l.logEvents.begin(LogEventKey{name, event}, now)
	}
}

// countLine counts a line of a log. Nothing of it goes on but two known words.
func (c *counter) countLine(name string, line []byte, since time.Time) {
	level, event := c.rules.LogEvents.Classify(line)
	c.logs.recordsRead++
	c.logLines.add(LogLineKey{name, level}, 1, since)
	if event != textlog.None {
		c.logEvents.add(LogEventKey{name, event}, 1, since)
	}
	if logged, ok := textlog.Time(line, time.Local); ok {
		c.logs.saw(logged, since)
	}
}

// takeLine counts the line that b begins with, and returns its size. The rest
// of a line that was folded belongs to it and is passed.
func (s *Scanner) takeLine(f *file, b []byte, final bool, now time.Time) int {
	logs, piece := &s.counter.logs, f.lines.Next(b, final)
	size := uint64(piece.Size)
	switch piece.Kind {
	case textlog.Line:
		s.counter.countLine(f.log, b[:piece.Size], s.last.Committed)
	case textlog.Malformed:
		logs.malformed.add(acct.Reason(piece.Reason), 1, now)
		logs.skipped.add(acct.Rest, size, now)
	case textlog.Skipped:
		logs.skipped.add(acct.Reason(piece.Reason), size, now)
	}
	return piece.Size
}

// startLogs starts the series of logs that were found for the first time.
func (s *Scanner) startLogs(now time.Time) {
	for _, f := range s.tracker.order {
		name, known := f.log, s.counter.logNames
		if f.source != textLog || slices.Contains(known, name) {
			continue
		}
		if len(known) >= maxLogs {
			name = Other
		}
		if !slices.Contains(known, name) {
			s.startLog(name, now)
		}
	}
}

// startLog starts a log that is not known.
func (s *Scanner) startLog(name string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter.logNames = append(s.counter.logNames, name)
	s.counter.startLog(name, now)
	s.dirty = true
}
