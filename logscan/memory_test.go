package logscan

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
)

func TestL6Allocations(t *testing.T) {
	if raced {
		t.Skip("the race detector lets pools forget at random")
	}
	o := testOptions(t)
	replies := catalogueReplies(o.Replies.Patterns())
	const records, header = 10_000, 10 // a header line costs some, each time
	for _, tc := range []struct {
		name string
		mix  logtest.Mix
		most float64
	}{
		{"delivered", logtest.Mix{Delivered: 1000}, header},
		{"busy server", logtest.BusyServer(), header + records/10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := someTraffic(logtest.NewTraffic(1, tc.mix, replies), records)
			s := newScanner(t, o)
			f := newTestFile(s)
			if n := testing.AllocsPerRun(3, func() { s.consume(f, text, false) }); n > tc.most {
				t.Errorf("%v allocations for %d records, want at most %v", n, records, tc.most)
			}
		})
	}
}

// TestL6FlatMemory feeds MEMORY_BYTES of traffic, in files of some 64 MiB that
// are deleted once they were read. No two replies are the same.
func TestL6FlatMemory(t *testing.T) {
	const perFile, size = 140_000, 64 << 20
	total, _ := strconv.ParseInt(os.Getenv("MEMORY_BYTES"), 10, 64)
	files := int(total / size)
	if files < 8 {
		t.Skip("takes minutes: see make test-memory")
	}
	o := testOptions(t)
	traffic := logtest.NewTraffic(1, logtest.BusyServer(), catalogueReplies(o.Replies.Patterns()))
	traffic.Truth = nil
	dir := t.TempDir()
	o.Accounting = []string{filepath.Join(dir, "acct-*.csv")}
	s := newScanner(t, o)
	var rss []int // after each eighth
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("acct-2026-11-23-%04d.csv", i))
		writeLines(t, path, logtest.TrafficColumns, traffic.Append, perFile)
		for s.Poll(t.Context()) {
		}
		s.Snapshot()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if 8*(i+1)/files > len(rss) {
			rss = append(rss, memory(t, "VmRSS"))
		}
	}
	peak := memory(t, "VmHWM")
	t.Logf("%d records; memory after each eighth %d KiB, at most %d KiB", s.Snapshot().Accounting.Records, rss, peak)
	if peak > 64<<10 || rss[7] > rss[3]+8<<10 {
		t.Error("want at most 65536 KiB, and no growth of more than 8192 KiB in the second half")
	}
}

// memory returns a figure of /proc/self/status in KiB.
func memory(t *testing.T, name string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no %s in %s", name, status)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
