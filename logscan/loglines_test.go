package logscan

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// withLogs follows these patterns in the rig's directory as text logs.
func withLogs(patterns ...string) func(*Options) {
	return func(o *Options) {
		accounting := o.Accounting
		only(patterns...)(o)
		o.Logs, o.Accounting = o.Accounting, accounting
	}
}

// clock is before the fake time of tests, which begins with the year 2000.
const clock = "1999-12-30 12:00:00 "

// logText makes a line for each word: an event of the embedded catalogue is what
// all but info tell of.
func logText(words ...string) string {
	texts := map[string]string{
		"info": "starting example.com/{default}", "disk": "Disk full", "memory": "Out of memory", "error": "Error: x", "fatal": "fatal: x",
	}
	var b strings.Builder
	for _, word := range words {
		b.WriteString(clock + texts[word] + "\n")
	}
	return b.String()
}

// aboveZero returns the label sets of a family that are above 0.
func aboveZero[K comparable](c Counts[K]) map[string]uint64 {
	found := map[string]uint64{}
	for s := range c.All() {
		if s.Value > 0 {
			found[fmt.Sprint(s.Key)] = s.Value
		}
	}
	return found
}

// wantEvents polls and compares all events counted so far, as in "log disk_full".
func (r *rig) wantEvents(want map[string]uint64) {
	r.Helper()
	r.poll()
	all := map[string]uint64{}
	for k, n := range want {
		all["{"+k+"}"] = n
	}
	if got := aboveZero(r.committed().LogEvents); !maps.Equal(got, all) {
		r.Errorf("events %v, want %v", got, all)
	}
}

func TestTextLog(t *testing.T) {
	timed(t, "lines and events", func(t *testing.T) {
		r := newRig(t, withLogs("*.log"))
		r.append("pmta.log", logText("info", "disk")+"550-folded\r\n550 reply: disk full\n"+clock+"Warning: x\n\nFATAL")
		r.append("pmtahttp.log", "access denied for 192.0.2.1\n")
		r.wantEvents(map[string]uint64{"pmta.log disk_full": 1, "pmtahttp.log access_denied": 1})
		r.append("pmta.log", ": the end\n")
		r.wantEvents(map[string]uint64{"pmta.log disk_full": 1, "pmtahttp.log access_denied": 1})
		s := r.committed()
		want := map[string]uint64{"{pmta.log info}": 1, "{pmta.log error}": 1, "{pmta.log warning}": 1, "{pmtahttp.log warning}": 1}
		if got := aboveZero(s.LogLines); !maps.Equal(got, want) {
			t.Errorf("lines %v, want %v", got, want)
		}
		h := s.Logs
		if h.Records != 4 || !h.Followed || h.LagBytes != 0 || h.OpenFiles != 2 || !h.Readable || valueOf(h.SkippedBytes, acct.Blank) != 1 {
			t.Errorf("health %+v, want 4 records of 2 open files and a blank line", h)
		}
		if at := time.Date(1999, 12, 30, 12, 0, 0, 0, time.Local); s.Accounting.Records != 0 || !h.LastRecord.Equal(at) {
			t.Errorf("%d accounting records and newest line %v, want none and %v", s.Accounting.Records, h.LastRecord, at)
		}
	})
	timed(t, "series at 0", func(t *testing.T) {
		r := newRig(t, withLogs("*.log"))
		r.poll()
		if n := r.committed().LogLines.Series; n != 0 {
			t.Errorf("%d series before a log is found, want none", n)
		}
		r.append("pmta.log", "")
		r.poll()
		r.poll()
		s := r.committed()
		wantNewAtZero(t, Counts[LogLineKey]{}, s.LogLines, LogLineKey{"pmta.log", textlog.Info}, LogLineKey{"pmta.log", textlog.Fatal})
		var events []LogEventKey
		for _, event := range r.s.options.LogEvents.Events() {
			events = append(events, LogEventKey{"pmta.log", event})
		}
		wantNewAtZero(t, Counts[LogEventKey]{}, s.LogEvents, events...)
		if lines, events := len(slices.Collect(s.LogLines.All())), len(slices.Collect(s.LogEvents.All())); lines != 5 || events != len(r.s.options.LogEvents.Events()) {
			t.Errorf("%d series of lines and %d of events, want 5 and one for each event", lines, events)
		}
	})
}

// TestP4TextLogRotation: what accounting files survive, text logs do.
func TestP4TextLogRotation(t *testing.T) {
	timed(t, "F01 renamed while written", func(t *testing.T) {
		r := newRig(t, withLogs("log*"))
		write := r.writer("log")
		write(logText("disk"))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.rename("log", "log.1")
		write(logText("memory"))
		r.append("log", logText("disk", "error"))
		r.wantEvents(map[string]uint64{"log disk_full": 2, "log out_of_memory": 1, "log error": 1})
		if s := r.committed(); s.Logs.Rotations != 1 || s.Accounting.Rotations != 0 {
			t.Errorf("%d rotations of logs and %d of accounting, want 1 and 0", s.Logs.Rotations, s.Accounting.Rotations)
		}
	})
	timed(t, "F03 two generations between two polls", func(t *testing.T) {
		r := newRig(t, withLogs("log*"))
		r.append("log", logText("disk"))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		for range 2 {
			if _, err := os.Stat(r.path("log.1")); err == nil {
				r.rename("log.1", "log.2")
			}
			r.rename("log", "log.1")
			r.append("log", logText("disk", "error"))
		}
		r.wantEvents(map[string]uint64{"log disk_full": 3, "log error": 2})
	})
	timed(t, "F07 copytruncate", func(t *testing.T) {
		r := newRig(t, withLogs("log"))
		r.append("log", logText("disk", "disk", "error"))
		r.wantEvents(map[string]uint64{"log disk_full": 2, "log error": 1})
		r.must(os.Truncate(r.path("log"), 0))
		r.append("log", logText("error"))
		r.wantEvents(map[string]uint64{"log disk_full": 2, "log error": 2})
		if s := r.committed(); s.Logs.Truncations != 1 || s.Accounting.Truncations != 0 {
			t.Errorf("%d truncations of logs and %d of accounting, want 1 and 0", s.Logs.Truncations, s.Accounting.Truncations)
		}
	})
	timed(t, "F14 compressed", func(t *testing.T) {
		r := newRig(t, withLogs("log*"))
		r.append("log.2.gz", "\x1f\x8b Error\n")
		r.append("log", logText("error"))
		r.wantEvents(map[string]uint64{"log error": 1})
	})
	timed(t, "F18 refused", func(t *testing.T) {
		r := newRig(t, withLogs("log"))
		r.append("log", logText("error"))
		r.deny(syscall.EACCES)
		r.wantEvents(nil)
		if s := r.committed(); s.Logs.Readable || !s.Accounting.Readable || s.Logs.LagBytes == 0 {
			t.Errorf("health of logs %+v and of accounting %+v, want only the first not readable, with a lag", s.Logs, s.Accounting)
		}
		r.deny(nil)
		r.wantEvents(map[string]uint64{"log error": 1})
	})
	timed(t, "R03 the last line of a rotated log has no end", func(t *testing.T) {
		r := newRig(t, withLogs("log*"))
		r.append("log", logText("disk")+clock+"Error: cut o")
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.rename("log", "log.1")
		r.append("log", logText("error"))
		r.wantEvents(map[string]uint64{"log disk_full": 1, "log error": 1})
		pass(grace)
		r.wantEvents(map[string]uint64{"log disk_full": 1, "log error": 2})
	})
	timed(t, "R07 a line without end", func(t *testing.T) {
		r := newRig(t, withLogs("log"), func(o *Options) { o.MaxRecordBytes = leastRecordBytes })
		r.append("log", logText("disk")+clock+strings.Repeat("fatal ", 200_000))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.append("log", "\n"+logText("error"))
		r.wantEvents(map[string]uint64{"log disk_full": 1, "log error": 1})
		if s := r.committed(); valueOf(s.Logs.Malformed, acct.Oversize) != 1 || s.Accounting.Malformed.Series != 8 {
			t.Errorf("malformed %v, want one that is too long", aboveZero(s.Logs.Malformed))
		}
		r.wantLog("msg=\"Malformed records", 1)
	})
}

// TestP1TextLogsOutliveTheProgram: counts and positions of logs are of one
// instant, like those of accounting files.
func TestP1TextLogsOutliveTheProgram(t *testing.T) {
	timed(t, "killed and stopped", func(t *testing.T) {
		r := newKeptRig(t, withLogs("log*"))
		r.append("log", logText("disk", "info"))
		r.append("acct", header+rows("a"))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		created := r.committed().Logs.Created
		r.append("log", logText("error")+clock+"Out of")
		r.poll() // counted, but not committed
		r.kill()
		r.append("log", " memory\n")
		r.wantEvents(map[string]uint64{"log disk_full": 1, "log error": 1, "log out_of_memory": 1})
		r.stop()
		r.append("log", "a folded error\n"+logText("disk"))
		r.rename("log", "log.1")
		r.append("log", logText("fatal"))
		r.wantEvents(map[string]uint64{"log disk_full": 2, "log error": 1, "log out_of_memory": 1, "log fatal": 1})
		r.want("a")
		if h := r.committed().Logs; h.Records != 6 || !h.Created.Equal(created) || h.LastRecord.IsZero() {
			t.Errorf("health %+v, want 6 records since %v and a newest one", h, created)
		}
	})
	timed(t, "from end, within a folded reply", func(t *testing.T) {
		r := newKeptRig(t, withLogs("log"), fromEnd)
		r.append("log", logText("disk", "info"))
		r.wantEvents(nil)
		r.append("log", "a folded error\n"+logText("error"))
		r.wantEvents(map[string]uint64{"log error": 1})
		if got, want := valueOf(r.committed().Logs.SkippedBytes, StartAtEnd), uint64(len(logText("disk", "info"))); got != want {
			t.Errorf("%d bytes skipped, want %d", got, want)
		}
	})
	timed(t, "S12 too old to catch up with", func(t *testing.T) {
		r := newKeptRig(t, withLogs("log"))
		r.append("log", logText("disk"))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.stop()
		r.append("log", logText("disk", "error"))
		old := time.Now().Add(-48 * time.Hour)
		r.must(os.Chtimes(r.path("log"), old, old))
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.append("log", "a folded error\n"+logText("fatal"))
		r.wantEvents(map[string]uint64{"log disk_full": 1, "log fatal": 1})
	})
	timed(t, "S10 an event that is known no more", func(t *testing.T) {
		r := newKeptRig(t, withLogs("log"), func(o *Options) { o.LogEvents = eventsWith(t, "our_event") })
		r.append("log", "our_event\nDisk full\n")
		r.wantEvents(map[string]uint64{"log our_event": 1, "log disk_full": 1})
		r.s.options.LogEvents = testOptions(t).LogEvents
		r.stop()
		r.wantEvents(map[string]uint64{"log disk_full": 1})
		r.wantLog("Left out kept counts", 1)
	})
}

// TestSources: which files are read as what.
func TestSources(t *testing.T) {
	timed(t, "found by patterns of both", func(t *testing.T) {
		r := newRig(t, withLogs("*"))
		r.append("acct", header+rows("a"))
		r.append("log", logText("error"))
		r.want("a")
		r.wantEvents(map[string]uint64{"log error": 1})
		if s := r.committed(); s.Accounting.OpenFiles != 1 || s.Logs.OpenFiles != 1 || s.LogLines.Series != 1 {
			t.Errorf("%d accounting files and %d logs of %d names, want one of each", s.Accounting.OpenFiles, s.Logs.OpenFiles, s.LogLines.Series)
		}
	})
	timed(t, "an accounting file moved to where only logs are looked for", func(t *testing.T) {
		r := newKeptRig(t, withLogs("old*"))
		r.append("acct", header+rows("a"))
		r.want("a")
		r.rename("acct", "old-acct")
		r.append("old-acct", rows("b"))
		r.want("a", "b")
		r.stop()
		r.append("old-acct", rows("c"))
		r.want("a", "b", "c")
		r.wantEvents(nil)
		r.must(os.Truncate(r.path("old-acct"), 0))
		r.append("old-acct", logText("error")) // now it is another file
		r.wantEvents(map[string]uint64{"old-acct error": 1})
	})
	timed(t, "logs alone", func(t *testing.T) {
		r := newRig(t, withLogs("*.log"), func(o *Options) { o.Accounting = nil })
		r.append("pmta.log", logText("error"))
		r.wantEvents(map[string]uint64{"pmta.log error": 1})
		if s := r.committed(); s.Accounting.Followed || !s.Logs.Followed {
			t.Errorf("accounting followed %v, logs %v, want false, true", s.Accounting.Followed, s.Logs.Followed)
		}
		r.wantLog("source=accounting", 0)
	})
	timed(t, "no log there", func(t *testing.T) {
		r := newRig(t, withLogs("panic.log", "error.log"))
		r.append("acct", header+rows("a"))
		r.want("a")
		if s := r.committed(); !s.Logs.Readable || s.LogEvents.Series != 0 {
			t.Errorf("logs readable %v with %d names, want true, 0", s.Logs.Readable, s.LogEvents.Series)
		}
		r.wantLog("level=warn", 1) // that there is none yet
	})
}

// eventsWith returns the embedded catalogue with an event that its own name
// tells of.
func eventsWith(t testing.TB, event textlog.Event) *textlog.Catalogue {
	t.Helper()
	c, err := textlog.Extended([]textlog.Row{{
		Event: event, Level: textlog.Warning, Words: []string{string(event)}, Source: "this test", Grade: "A", Examples: []string{string(event)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestM08LogEventsFollowTheRules: a new event is there at 0 for each log before
// a line tells of it; what was counted stays.
func TestM08LogEventsFollowTheRules(t *testing.T) {
	r := newRig(t, withLogs("log"))
	r.append("log", "our_event\nDisk full\n")
	r.wantEvents(map[string]uint64{"log disk_full": 1})
	before := r.committed().LogEvents
	rules := testOptions(t).Rules
	rules.LogEvents = eventsWith(t, "our_event")
	r.setRules(rules)
	wantSamePlaces(t, before, r.committed().LogEvents)
	wantNewAtZero(t, before, r.committed().LogEvents, LogEventKey{"log", "our_event"})
	r.append("log", "our_event\nDisk full\n")
	r.wantEvents(map[string]uint64{"log disk_full": 2, "log our_event": 1})
	r.setRules(testOptions(t).Rules)
	r.append("log", "our_event\n")
	r.wantEvents(map[string]uint64{"log disk_full": 2, "log our_event": 1})
	if limit := r.committed().LogEvents.Limit; limit != maxLogs {
		t.Errorf("room for %d logs, want %d", limit, maxLogs)
	}
}

// TestManyLogs: beyond the ceiling logs are counted together.
func TestManyLogs(t *testing.T) {
	timed(t, "one too many and another", func(t *testing.T) {
		r := newKeptRig(t, withLogs("*.log"))
		for i := range maxLogs + 2 {
			r.append(fmt.Sprintf("x%c%c.log", 'a'+i/26, 'a'+i%26), logText("error"))
		}
		r.poll()
		for range 2 {
			s := r.committed()
			events := len(r.s.options.LogEvents.Events())
			if got := len(slices.Collect(s.LogEvents.All())); got != (maxLogs+1)*events {
				t.Errorf("%d series of events, want %d for each of %d names and other", got, events, maxLogs)
			}
			wantCounts(t, s.LogEvents, map[LogEventKey]uint64{{"xaa.log", textlog.EventError}: 1, {Other, textlog.EventError}: 2})
			if s.LogEvents.Overflow != 2 || s.LogLines.Overflow != 2 || len(r.s.counter.logNames) > maxLogs+1 {
				t.Errorf("overflow %d and %d, want 2", s.LogEvents.Overflow, s.LogLines.Overflow)
			}
			r.stop()
			r.poll()
		}
	})
}

// TestP9NothingOfALineGoesOn: marked words in every place of a line stay in it.
func TestP9NothingOfALineGoesOn(t *testing.T) {
	r := newKeptRig(t, withLogs("*.log"), func(o *Options) { o.MaxRecordBytes = leastRecordBytes })
	const marked = "canary"
	line := strings.ReplaceAll("X error from <X@X.example> to <X@X.example>: 550 \"X disk full X\" subject X (X)", "X", marked)
	r.append("pmta.log", clock+line+"\nfolded "+line+"\n"+clock+line+strings.Repeat(" "+marked, leastRecordBytes)+"\n"+line)
	r.append("other.log", line+"\n\x00"+line+"\n"+marked+"\xff error\n")
	r.poll()
	s := r.committed()
	if s.Logs.Records != 4 {
		t.Errorf("%d lines, want 4", s.Logs.Records)
	}
	kept, err := os.ReadFile(r.s.store.path(stateName))
	r.must(err)
	shown := fmt.Sprint(slices.Collect(s.LogLines.All()), slices.Collect(s.LogEvents.All()), aboveZero(s.Logs.Malformed))
	for where, text := range map[string]string{"the state": string(kept), "the log": r.log.String(), "the counts": shown} {
		if text == "" || strings.Contains(text, marked) {
			t.Errorf("%s: %q, want some text without %q", where, text, marked)
		}
	}
}
