package collector

import (
	"errors"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// logFamilies tell what is counted from text logs.
type logFamilies struct {
	lines  *counts[logscan.LogLineKey]
	events *counts[logscan.LogEventKey]
}

// newLogFamilies takes the ceilings from a snapshot. They are of logs, each of
// which has a series for every level and every event.
func newLogFamilies(s *logscan.Snapshot) *logFamilies {
	return &logFamilies{
		lines: newCounts(counterBy(s.LogLines.Limit, "pmta_log_lines_total",
			"Lines of text logs by level, which the words of a line tell; one that continues another belongs to it.", "log", "level"),
			func(k logscan.LogLineKey) []string { return []string{k.Log, string(k.Level)} }),
		events: newCounts(counterBy(s.LogEvents.Limit, "pmta_log_events_total",
			"Lines of text logs by the event that they tell of, through the catalogue of log events; most tell of none.", "log", "event"),
			func(k logscan.LogEventKey) []string { return []string{k.Log, string(k.Event)} }),
	}
}

func (f *logFamilies) families() []*family { return []*family{f.lines.family, f.events.family} }

func (f *logFamilies) emit(s *logscan.Snapshot, out *samples) error {
	return errors.Join(f.lines.emit(out, s.LogLines), f.events.emit(out, s.LogEvents))
}
