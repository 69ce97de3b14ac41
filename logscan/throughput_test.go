package logscan

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// bigFile writes some 256 MiB of records and returns its path and what it
// holds. Having been written it lies in the page cache.
func bigFile(b *testing.B) (path string, size, lines int64) {
	b.Helper()
	const records, times = 10_000, 64
	text := benchText(records)
	path = filepath.Join(b.TempDir(), "acct.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for range times {
		if _, err := f.WriteString(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path, times * int64(len(text)), times * (records + 1)
}

// readOnly follows a file as follow does, but counts nothing except the pieces.
func (s *Scanner) readOnly(f *file) (pieces int64, err error) {
	ok, err := s.prepare(f)
	for ended := !ok; !ended && err == nil; {
		var chunk []byte
		chunk, ended, err = f.readAt(s.buffer, f.offset)
		f.cut(chunk, false, func(b []byte) int {
			piece := f.split.Next(b, false)
			if piece.Kind != acct.More {
				pieces++
			}
			return piece.Size
		})
	}
	return pieces, err
}

// BenchmarkFollow is the follower by itself: open, read, split, move on.
// BenchmarkFollowWC is what it is measured against.
func BenchmarkFollow(b *testing.B) {
	path, size, lines := bigFile(b)
	o := testOptions(b)
	o.Accounting = []string{path}
	s := newScanner(b, o)
	b.SetBytes(size)
	before := cpuTime(b)
	for b.Loop() {
		s.tracker = newTracker(o)
		s.tracker.discover(time.Now())
		pieces, err := s.readOnly(s.tracker.order[0])
		if err != nil || pieces != lines {
			b.Fatalf("%d pieces, %v, want %d", pieces, err, lines)
		}
		s.tracker.closeAll()
	}
	reportPerCore(b, size, cpuTime(b)-before)
}

func BenchmarkFollowWC(b *testing.B) {
	wc, err := exec.LookPath("wc")
	if err != nil {
		b.Skip("no wc to compare with")
	}
	path, size, _ := bigFile(b)
	b.SetBytes(size)
	spent := time.Duration(0)
	for b.Loop() {
		count := exec.CommandContext(b.Context(), wc, "-l", path) //nolint:gosec // a test
		if out, err := count.Output(); err != nil || !strings.Contains(string(out), path) {
			b.Fatalf("wc -l: %q, %v", out, err)
		}
		spent += count.ProcessState.UserTime() + count.ProcessState.SystemTime()
	}
	reportPerCore(b, size, spent)
}

// reportPerCore tells the speed by processor time, which other programs on the
// machine disturb least.
func reportPerCore(b *testing.B, size int64, spent time.Duration) {
	b.Helper()
	b.ReportMetric(float64(size)*float64(b.N)/1e9/spent.Seconds(), "GB/cpu-s")
}

// cpuTime is what this process has used, in all threads.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
