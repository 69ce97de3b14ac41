package logscan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// In some games the files are text logs. Their records are lines, each of which
// tells of an event of its own, called like the line: so it shows how often each
// of them was counted.

// modelEvents is how many lines a game may have.
const modelEvents = 600

// eventName is that of a line, and what a VirtualMTA is called in accounting
// files.
func eventName(serial int) string { return fmt.Sprintf("r%06dz", serial) }

// modelCatalogue has an event for each line.
func modelCatalogue(t *testing.T) *textlog.Catalogue {
	t.Helper()
	var rows []textlog.Row
	for i := range modelEvents {
		name := eventName(i + 1)
		rows = append(rows, textlog.Row{
			Event: textlog.Event(name), Level: textlog.Warning, Words: []string{name}, Source: "this test", Grade: "A", Examples: []string{name},
		})
	}
	c, err := textlog.Extended(rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// header is what a file begins with. Logs have no header, but their first lines
// are of different times.
func (m *model) header() string {
	if !m.logs {
		return header
	}
	m.headers++
	return fmt.Sprintf("2026-11-23 %02d:%02d:%02d started\n", m.headers/3600%24, m.headers/60%60, m.headers%60)
}

// line is a record of a log.
func (m *model) line(name, filler string) string {
	if m.serial > modelEvents {
		m.fail("more lines than there are events")
	}
	return fmt.Sprintf("2026-11-23 23:59:59 %s \"ok%s\"\n", name, filler)
}

// read is how the reading of the files of a game goes.
func (s *Snapshot) read() *Health {
	if s.Logs.Followed {
		return &s.Logs
	}
	return &s.Accounting
}

// addLines adds the figures of logs. Lines without an event are no records here.
func (f figures) addLines(s *Snapshot) {
	each(s.LogEvents, func(k LogEventKey, n uint64) {
		if strings.HasPrefix(string(k.Event), "r0") {
			f[figure{vmtaFigure, string(k.Event)}] += int(n)
		}
	})
	each(s.LogLines, func(k LogLineKey, n uint64) {
		f[figure{typeFigure, string(k.Level)}] += int(n)
		if k.Level == textlog.Warning {
			f[figure{family: recordsFigure}] += int(n)
		}
	})
	if n := valueOf(s.Records, acct.Delivered); n > 0 || s.Accounting.Bytes > 0 {
		f[figure{vmtaFigure, "of accounting"}] += int(n) + 1
	}
}
