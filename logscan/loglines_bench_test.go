package logscan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// logFeed is a text log whose lines come from memory.
func logFeed(tb testing.TB) (*Scanner, *file) {
	tb.Helper()
	s := newScanner(tb, testOptions(tb))
	f := &file{position: startAt(0, textLog, s.options.MaxRecordBytes), log: "pmta.log"}
	f.begun = true
	s.startLog(f.log, time.Now())
	return s, f
}

// logWorkloads are the published trace of a dialogue, which log-commands
// writes, and lines of which one in twenty tells of an event.
func logWorkloads(tb testing.TB) map[string]string {
	tb.Helper()
	trace, err := os.ReadFile("../testdata/samples-logs/log-trace-2019.txt")
	if err != nil {
		tb.Fatal(err)
	}
	var mixed strings.Builder
	for i := range 1000 {
		mixed.WriteString("2026-11-23 12:00:00 starting example.com/{default}\n")
		switch i % 20 {
		case 7:
			mixed.WriteString("2026-11-23 12:00:00 Error writing to \"/usr/local/bin/consume-acct\": broken pipe\n")
		case 13:
			mixed.WriteString("550-a folded reply\n")
		}
	}
	return map[string]string{"trace": strings.Repeat(string(trace), 40), "mixed": mixed.String()}
}

// BenchmarkLogPipeline is all that is done with the lines of a text log once
// they are in memory.
func BenchmarkLogPipeline(b *testing.B) {
	for name, text := range logWorkloads(b) {
		b.Run(name, func(b *testing.B) {
			s, f := logFeed(b)
			lines := []byte(text)
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				s.consume(f, lines, false)
			}
			spent := cpuTime(b) - before
			reportPerCore(b, int64(len(lines)), spent)
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*strings.Count(text, "\n")), "cpu-ns/line")
		})
	}
}

func TestCountingLinesAllocatesNothing(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	for name, text := range logWorkloads(t) {
		s, f := logFeed(t)
		lines := []byte(text)
		if n := testing.AllocsPerRun(20, func() { s.consume(f, lines, false) }); n > 0 {
			t.Errorf("%s: %v allocations for %d lines, want none", name, n, strings.Count(text, "\n"))
		}
	}
}

// FuzzLogPipeline: whatever a log holds, in one reading or two, all of its bytes
// are passed, and what is counted agrees with itself.
func FuzzLogPipeline(f *testing.F) {
	f.Add("2026-11-23 12:00:00 Error: x\nfolded\n\n\x00\x002026-11-23 12:00:00 Disk full", uint(30))
	f.Add("no time\r\nfatal\xff\n", uint(3))
	for _, text := range logWorkloads(f) {
		f.Add(text[:500], uint(250))
	}
	f.Fuzz(func(t *testing.T, text string, cut uint) {
		s, file := logFeed(t)
		first := s.consume(file, []byte(text[:min(cut, uint(len(text)))]), false)
		if n := first + s.consume(file, []byte(text[first:]), true); n != len(text) || file.offset != int64(n) {
			t.Fatalf("%d bytes passed, want %d", n, len(text))
		}
		c := commitNow(s)
		lines, events := uint64(0), uint64(0)
		each(c.LogLines, func(_ LogLineKey, n uint64) { lines += n })
		each(c.LogEvents, func(_ LogEventKey, n uint64) { events += n })
		if lines != c.Logs.Records || events > lines || c.Logs.Bytes != uint64(len(text)) || c.Accounting.Bytes > 0 {
			t.Fatalf("%d lines by level, %d events, health %+v", lines, events, c.Logs)
		}
		if levels := len(textlog.Levels()); c.LogLines.Series != 1 || len(aboveZero(c.LogLines)) > levels {
			t.Fatalf("lines %v, want those of one log and %d levels", aboveZero(c.LogLines), levels)
		}
	})
}

// BenchmarkFollowLog follows a log on disk from its first byte to its last, and
// counts it.
func BenchmarkFollowLog(b *testing.B) {
	text := logWorkloads(b)["trace"]
	path := filepath.Join(b.TempDir(), "pmta.log")
	if err := os.WriteFile(path, []byte(strings.Repeat(text, 500)), 0o600); err != nil {
		b.Fatal(err)
	}
	size, lines := int64(500*len(text)), uint64(500*strings.Count(text, "\n"))
	o := testOptions(b)
	o.Accounting, o.Logs = nil, []string{path}
	b.SetBytes(size)
	b.ReportAllocs()
	spent := time.Duration(0)
	for b.Loop() {
		s := newScanner(b, o)
		before := cpuTime(b)
		for s.Poll(b.Context()) {
		}
		spent += cpuTime(b) - before
		if h := commitNow(s).Logs; h.Records != lines || h.Bytes != uint64(size) {
			b.Fatalf("%d lines of %d bytes, want %d of %d", h.Records, h.Bytes, lines, size)
		}
		s.tracker.closeAll()
	}
	reportPerCore(b, size, spent)
}
