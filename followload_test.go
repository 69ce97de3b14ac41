package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestFollowsTwentyThousandRecordsASecond measures the built binary: with eight
// files written at once, 20,000 records a second in all, and 10,000 series, it
// stays under 64 MiB, mostly less than 2 s behind, and counts all.
//
// How far it is behind is measured from outside: the bytes written when a
// scrape begins, less those that the scrape has counted, in the time that they
// took to write. So it holds the times to the next poll and commit.
func TestFollowsTwentyThousandRecordsASecond(t *testing.T) {
	const files, rate, seconds = 8, 20_000, 8
	f := newFeed(t, 150)
	dir := t.TempDir()
	p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri=http://127.0.0.1:1", "--state.directory="+t.TempDir(),
		"--scan.from=start", "--scan.accounting="+filepath.Join(dir, "*.csv"))
	var writing sync.WaitGroup
	begin, before := time.Now(), cpuTime(t, p.cmd.Process.Pid)
	for i := range files {
		writing.Go(func() {
			if err := f.write(filepath.Join(dir, fmt.Sprintf("acct-%d.csv", i)), rate*seconds/files, rate/files); err != nil {
				t.Error(err)
			}
		})
	}
	lags := f.watch(t, p.url, seconds)
	lag := lags[len(lags)/2] // the worst is that of the machine, which also runs other tests
	writing.Wait()
	took, cpu := time.Since(begin), cpuTime(t, p.cmd.Process.Pid)-before
	all := eventually(t, p.url, func(s samples) bool { return s.sum("pmta_accounting_records_total") >= rate*seconds })
	series := all.sum("pmta_exporter_series")
	peak := peakRSS(t, p.cmd.Process.Pid)
	t.Logf("%d records in %.1f s, %v series: %d MiB peak RSS, %.2f s behind, at most %.2f, %.0f%% of a core",
		rate*seconds, took.Seconds(), series, peak>>20, lag, slices.Max(lags), 100*cpu.Seconds()/took.Seconds())
	if peak > 64<<20 || lag > 2 || series < 10_000 {
		t.Errorf("%d MiB, %.2f s behind, %v series, want at most 64 MiB, 2 s, and at least 10000", peak>>20, lag, series)
	}
	if got := all.sum("pmta_accounting_records_total"); got != rate*seconds || all.sum("pmta_exporter_scan_bytes_total") != float64(f.bytes.Load()) {
		t.Errorf("%v records, %v bytes, want %d and %d", got, all.sum("pmta_exporter_scan_bytes_total"), rate*seconds, f.bytes.Load())
	}
}

// watch scrapes once a second, and returns how many seconds each scrape was
// behind the feed, the least first.
func (f *feed) watch(t *testing.T, url string, seconds int) (lags []float64) {
	t.Helper()
	counted := regexp.MustCompile(`(?m)^pmta_exporter_scan_bytes_total\{.*\} (\S+)$`)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	begin := time.Now()
	for range seconds {
		<-ticker.C
		written, rate := f.bytes.Load(), float64(f.bytes.Load())/time.Since(begin).Seconds()
		_, body := fetch(t, url)
		match := counted.FindSubmatch(body)
		if match == nil {
			t.Fatalf("no bytes are counted:\n%.500s", body)
		}
		n, err := strconv.ParseFloat(string(match[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		lags = append(lags, (float64(written)-n)/rate)
	}
	slices.Sort(lags)
	return lags
}
