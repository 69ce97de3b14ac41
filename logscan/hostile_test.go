package logscan

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// seal makes a state file of anything, with the line that it wants.
func seal(version int, body []byte) []byte {
	line := appendLine(nil, body)
	line = bytes.Replace(line, fmt.Appendf(nil, "%s%d ", magic, stateVersion), fmt.Appendf(nil, "%s%d ", magic, version), 1)
	return append(line, body...)
}

// missing counts the label sets that were stored and are not on show. Those on
// show must have count and age of the stored ones.
func missing[K comparable](t *testing.T, stored storedFamily[K], shown Counts[K]) (n int) {
	t.Helper()
	all := map[K]Series[K]{}
	for s := range shown.All() {
		all[s.Key] = s
	}
	if len(all) != len(shown.rows) {
		t.Errorf("%d label sets on show, %d of them different", len(shown.rows), len(all))
	}
	for i, k := range stored.Keys {
		switch s, ok := all[k]; {
		case !ok:
			n++
		case s.Value != stored.Counts[i] || s.Created.UnixNano() != stored.Created[i]:
			t.Errorf("%v is %d since %s, stored were %d since %d", k, s.Value, s.Created, stored.Counts[i], stored.Created[i])
		}
	}
	if shown.Overflow != stored.Overflow {
		t.Errorf("overflow %d, stored was %d", shown.Overflow, stored.Overflow)
	}
	return n
}

// allMissing does so for all families.
func allMissing(t *testing.T, s *stored, c *Snapshot) int {
	t.Helper()
	n := missing(t, s.Records, c.Records) + missing(t, s.Outcomes, c.Outcomes) + missing(t, s.SourceIPOutcomes, c.SourceIPOutcomes) +
		missing(t, s.SenderDomainOutcomes, c.SenderDomainOutcomes) + missing(t, s.Bounces, c.Bounces) + missing(t, s.Deferrals, c.Deferrals) +
		missing(t, s.SourceIPDeferrals, c.SourceIPDeferrals) + missing(t, s.DeliveredBytes, c.DeliveredBytes) +
		missing(t, s.TLSDeliveries, c.TLSDeliveries) + missing(t, s.SourceIPs, c.SourceIPs) +
		missing(t, s.Malformed, c.Accounting.Malformed) + missing(t, s.Skipped, c.Accounting.SkippedBytes)
	return n + len(s.Delays) - len(c.Delays) + len(s.Daily.Counts) - len(c.Daily.Counts)
}

// FuzzState: whatever a state holds, also under a good checksum, nothing
// panics, and memory is taken for what is there only. What is read is restored
// as it was or left out, can be gone on with in a file, and saved and read again.
func FuzzState(f *testing.F) {
	for version := 1; version <= stateVersion; version++ {
		_, body, err := openState(stateOf(f, version))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(version, body)
	}
	small := codec{}
	small.state(hostileBase())
	f.Add(stateVersion, small.b)
	o := testOptions(f)
	o.Accounting = []string{filepath.Join(f.TempDir(), "acct")}
	if err := os.WriteFile(o.Accounting[0], []byte(header+strings.Repeat(rows("a"), 100)), 0o600); err != nil {
		f.Fatal(err)
	}
	info, err := os.Stat(o.Accounting[0])
	if err != nil {
		f.Fatal(err)
	}
	id, _ := identify(info)
	f.Fuzz(func(t *testing.T, version int, body []byte) {
		if _, err := decodeState(body); err == nil {
			t.Error("a state was read without a line")
		}
		state := decodeBounded(t, seal(version, body))
		if state == nil {
			return
		}
		s := newScanner(t, o)
		leftOut := s.counter.restore(state, newWords(o))
		if len(state.Files) > 0 {
			state.Files[0].Device, state.Files[0].Inode = id.device, id.inode
		}
		s.tracker.resumed, s.tracker.absent = true, absentFiles(state.Files, time.Now())
		c := commitNow(s)
		if n := allMissing(t, state, c); n != leftOut {
			t.Errorf("%d label sets are missing, %d were left out", n, leftOut)
		}
		s.keep()
		_, next := s.capture(time.Now())
		next.take(c)
		if _, err := decodeState(encodeState(nil, next)); err != nil {
			t.Errorf("saved and read again: %v", err)
		}
		for range 3 {
			s.Poll(t.Context())
		}
		for _, f := range s.tracker.order {
			if f.offset < 0 || f.offset > f.size || f.lag() < 0 {
				t.Errorf("position %d in %d bytes", f.offset, f.size)
			}
		}
	})
}

// decodeBounded decodes a state, nil when it is none, and looks at the memory
// that it takes: what stands in few bytes takes some more, but never as much as
// a length claims. Gob believes up to 10 MiB at once, and no more.
func decodeBounded(t *testing.T, content []byte) *stored {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	state, err := decodeState(content)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > uint64(16<<20+100*len(content)) {
		t.Errorf("%d bytes of memory for a state of %d", taken, len(content))
	}
	if err != nil {
		return nil
	}
	return state
}

// hostileBase is a state that is fine.
func hostileBase() *stored {
	delay := storedDelay{Provider: "gmail", Count: 3, Zero: 1, Sum: 2, Classic: make([]uint64, classicBuckets), Native: map[int]uint64{8: 2}}
	delay.Classic[0], delay.Classic[1] = 1, 2
	return &stored{
		storedHealth: storedHealth{Created: time.Unix(946684800, 0), RecordsRead: 7}, Looked: true,
		Outcomes: storedFamily[OutcomeKey]{Keys: []OutcomeKey{{"gmail", "v", OutcomeDelivered}}, Created: []int64{5}, Counts: []uint64{7}},
		Delays:   []storedDelay{delay},
		Daily:    Daily{10957, []DailyCount{{DailyKey{10956, "v", "gmail"}, 3}, {DailyKey{10957, "v", "gmail"}, 4}}},
		Files: []storedFile{{
			Inode: 1, Path: "/x", Begun: true, Offset: 100, Header: []byte(header),
			Head: storedPrint{50, 1}, Tail: storedPrint{60, 1}, Split: acct.SplitterState{Headed: true},
		}},
	}
}

// TestS03HostileState: what no program can have saved counts as damaged.
func TestS03HostileState(t *testing.T) {
	if _, err := decodeState(encodeState(nil, hostileBase())); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(s *stored, f *storedFile, d *storedDelay){
		"a position before the file":   func(_ *stored, f *storedFile, _ *storedDelay) { f.Offset = -1 },
		"skipped from before the file": func(_ *stored, f *storedFile, _ *storedDelay) { f.SkippedFrom = -1 },
		"a negative head":              func(_ *stored, f *storedFile, _ *storedDelay) { f.Head.Size = -1 },
		"a head too long":              func(_ *stored, f *storedFile, _ *storedDelay) { f.Head.Size = headBytes + 1 },
		"a negative tail":              func(_ *stored, f *storedFile, _ *storedDelay) { f.Tail.Size = math.MinInt },
		"a tail before the file":       func(_ *stored, f *storedFile, _ *storedDelay) { f.Tail.Size = 101 },
		"no header":                    func(_ *stored, f *storedFile, _ *storedDelay) { f.Header = nil },
		"a header that is none":        func(_ *stored, f *storedFile, _ *storedDelay) { f.Header = []byte("d,x\n") },
		"skipped for no reason":        func(_ *stored, f *storedFile, _ *storedDelay) { f.Begun = false },
		"skipped for another reason":   func(_ *stored, f *storedFile, _ *storedDelay) { f.Skipped = "because" },
		"an unknown source":            func(_ *stored, f *storedFile, _ *storedDelay) { f.Source = sources },
		"a count of lines too high": func(s *stored, _ *storedFile, _ *storedDelay) {
			s.LogLines = storedFamily[LogLineKey]{Keys: []LogLineKey{{"log", "info"}}, Created: []int64{5}, Counts: []uint64{1 << 63}}
		},
		"a time of events too few": func(s *stored, _ *storedFile, _ *storedDelay) {
			s.LogEvents = storedFamily[LogEventKey]{Keys: []LogEventKey{{"log", "error"}}, Counts: []uint64{1}}
		},
		"reasons of logs that do not fit": func(s *stored, _ *storedFile, _ *storedDelay) { s.Logs.Skipped.Counts = []uint64{1} },
		"a label set twice": func(s *stored, _ *storedFile, _ *storedDelay) {
			o := &s.Outcomes
			o.Keys, o.Created, o.Counts = append(o.Keys, o.Keys[0]), append(o.Created, 1), append(o.Counts, 1)
		},
		"a count too few":           func(s *stored, _ *storedFile, _ *storedDelay) { s.Outcomes.Counts = nil },
		"a time too few":            func(s *stored, _ *storedFile, _ *storedDelay) { s.Outcomes.Created = nil },
		"a label set too few":       func(s *stored, _ *storedFile, _ *storedDelay) { s.Outcomes.Keys = nil },
		"a count too high":          func(s *stored, _ *storedFile, _ *storedDelay) { s.Outcomes.Counts[0] = 1 << 63 },
		"a provider's delays twice": func(s *stored, _ *storedFile, d *storedDelay) { s.Delays = append(s.Delays, *d) },
		"other buckets":             func(_ *stored, _ *storedFile, d *storedDelay) { d.Classic = d.Classic[1:] },
		"a bucket beyond the last":  func(_ *stored, _ *storedFile, d *storedDelay) { d.Native = map[int]uint64{nativeBuckets: 2} },
		"a bucket before the first": func(_ *stored, _ *storedFile, d *storedDelay) { d.Native = map[int]uint64{-1: 2} },
		"classic sum too high":      func(_ *stored, _ *storedFile, d *storedDelay) { d.Classic[2] = 1 },
		"native sum too high":       func(_ *stored, _ *storedFile, d *storedDelay) { d.Native[9] = math.MaxUint64 },
		"native sum too low":        func(_ *stored, _ *storedFile, d *storedDelay) { d.Native[8] = 1 },
		"a day that is over":        func(s *stored, _ *storedFile, _ *storedDelay) { s.Daily.Today++ },
		"a day to come":             func(s *stored, _ *storedFile, _ *storedDelay) { s.Daily.Today-- },
		"a daily count twice":       func(s *stored, _ *storedFile, _ *storedDelay) { s.Daily.Counts[0].Day++ },
		"a daily count too high":    func(s *stored, _ *storedFile, _ *storedDelay) { s.Daily.Counts[1].Recipients = 1 << 63 },
		"no number":                 func(_ *stored, _ *storedFile, d *storedDelay) { d.Sum = math.NaN() },
		"an infinite sum":           func(_ *stored, _ *storedFile, d *storedDelay) { d.Sum = math.Inf(1) },
	} {
		s := hostileBase()
		spoil(s, &s.Files[0], &s.Delays[0])
		if _, err := decodeState(encodeState(nil, s)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Labels that no record can have made are left out: such a one would fail every
// scrape.
func TestS10LabelsThatAreNone(t *testing.T) {
	for _, name := range []string{"", "\xff", "a\x00", strings.Repeat("x", maxLabelBytes+1)} {
		s := hostileBase()
		s.Outcomes.Keys[0].VMTA, s.Daily.Counts[1].VMTA, s.Daily.Counts[0].Provider = name, name, name
		s.Daily.Counts[0].Day, s.Daily.Counts[0].VMTA = 10956, "a"
		s.Delays = nil
		scanner := startWith(t, testOptions(t), map[string][]byte{stateName: encodeState(nil, s)})
		if n := scanner.Snapshot().Outcomes.Series + len(scanner.Snapshot().Daily.Counts); n != 0 || !scanner.Snapshot().Durability.Loaded {
			t.Errorf("%d label sets with the name %q, want none", n, name)
		}
	}
}

// TestS03ClaimedLengths: a length costs nothing before it is checked, and a list
// no more than what is there of it. A map of version 1 that claims to be huge
// is among the seeds of FuzzState.
func TestS03ClaimedLengths(t *testing.T) {
	var empty codec
	empty.state(&stored{storedHealth: storedHealth{Created: time.Unix(0, 0)}})
	rest := bytes.Repeat([]byte{0xff}, 1<<20) // no number
	for i := range empty.b {
		for _, claim := range []uint64{math.MaxInt64, uint64(len(rest))} {
			c := codec{b: bytes.Clone(empty.b[:i])}
			c.uint(&claim)
			decodeBounded(t, seal(stateVersion, append(c.b, rest...)))
		}
	}
}
