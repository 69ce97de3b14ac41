package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

const (
	// soakSims is how many simulators write, each two families of files.
	soakSims = 4
	// soakEvery is a little less than 5 s, so that looks do not keep step with
	// the polls of the exporter.
	soakEvery = 4990 * time.Millisecond
)

// TestM12Soak lets the built exporter follow 2,000 records a second of four
// built simulators for as long as SOAK says, such as 30m, and be scraped every
// 5 s. After a tenth of that time neither memory nor descriptors nor goroutines
// grow any more, it is never long behind, and in the end all counts equal the
// simulators' ledgers. SOAK_TABLE names a file for all samples.
func TestM12Soak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("takes long: make soak runs it for 30 minutes, SOAK=2m go test -run TestM12Soak . for two")
	}
	lasts, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	uri := startSims(t, dir, lasts)
	p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri="+uri, "--state.directory="+t.TempDir(),
		"--scan.from=start", "--scan.accounting="+filepath.Join(dir, "*", "acct", "*.csv"))
	s := soak{pid: p.cmd.Process.Pid, url: p.url, pattern: filepath.Join(dir, "*", "acct", "*.csv"), sizes: map[string]int64{}}
	s.run(t, lasts)
	s.tell(t)
	s.judge(t)

	var truth pmtatest.Ledger
	all := eventually(t, p.url, func(now samples) bool {
		return addLedgers(t, dir, &truth) && now.sum("pmta_accounting_records_total") >= float64(recordsOf(truth))
	})
	compareLedger(t, all, truth)
	records := all.sum("pmta_accounting_records_total")
	t.Logf("%.0f records, %.0f/s, %.0f rotations", records, records/lasts.Seconds(), all.sum("pmta_exporter_scan_rotations_total"))
	if records != float64(recordsOf(truth)) || records/lasts.Seconds() < 2000 {
		t.Errorf("%v records, %.0f/s, want %d and at least 2000/s", records, records/lasts.Seconds(), recordsOf(truth))
	}
}

// startSims starts the simulators, and returns the address of one.
func startSims(t *testing.T, dir string, lasts time.Duration) (uri string) {
	t.Helper()
	for i := range soakSims {
		own := filepath.Join(dir, fmt.Sprint(i))
		sim := launch(t, "pmtasim", "--dir="+own, "--seed="+fmt.Sprint(i), "--rate=290", "--warmup=10s", "--traffic-for="+lasts.String(),
			"--max-file-size=2M", "--keep-files=4", "--ledger="+filepath.Join(own, "ledger.json"))
		t.Cleanup(func() { sim.stop(t) })
		uri = sim.log.waitFor(t, "Simulated PowerMTA is running", "url")
	}
	return uri
}

// addLedgers adds up the ledgers of all simulators; it is false while one is
// not written.
func addLedgers(t *testing.T, dir string, sum *pmtatest.Ledger) bool {
	t.Helper()
	*sum = pmtatest.Ledger{Records: map[pmtatest.RecordType]int64{}}
	tables := func(l *pmtatest.Ledger) []*pmtatest.Counts {
		return []*pmtatest.Counts{
			&l.Outcomes, &l.Bounces, &l.Deferrals, &l.SourceOutcomes, &l.SourceDeferrals, &l.SenderOutcomes, &l.DeliveredBytes, &l.DelaySeconds,
			&l.DelayDeliveries, &l.QueueErrors, &l.RemoteBounces, &l.Received, &l.Feedback, &l.SourceFeedback,
			&l.Replies, &l.VMTAReplies,
		}
	}
	for i := range soakSims {
		var one pmtatest.Ledger
		if !readLedger(t, filepath.Join(dir, fmt.Sprint(i), "ledger.json"), &one) {
			return false
		}
		for kind, n := range one.Records {
			sum.Records[kind] += n
		}
		for j, counts := range tables(&one) {
			all := tables(sum)[j]
			if *all == nil {
				*all = pmtatest.Counts{}
			}
			for key, n := range *counts {
				(*all)[key] += n
			}
		}
	}
	return true
}

// soak watches an exporter for a long time.
type soak struct {
	pid     int
	url     string
	pattern string           // of the files
	sizes   map[string]int64 // of each file that there ever was
	rows    []soakRow        // after the warm-up
}

// soakRow is one look.
type soakRow struct {
	at         time.Duration
	rss        float64 // MiB
	files      float64 // descriptors of accounting files
	others     float64 // all other descriptors
	goroutines float64
	lag        float64 // seconds that it took to write what no scrape shows yet
	cpu        float64 // of a core, since the row before
}

// run takes a row with each look.
func (s *soak) run(t *testing.T, lasts time.Duration) {
	t.Helper()
	ticker := time.NewTicker(soakEvery)
	defer ticker.Stop()
	begin, first := time.Now(), s.written(t)
	was, used := begin, cpuTime(t, s.pid)
	for time.Since(begin) < lasts {
		<-ticker.C
		written := s.written(t)
		now := time.Now()
		all := scrape(t, s.url)
		rate := float64(written-first) / now.Sub(begin).Seconds()
		cpu := cpuTime(t, s.pid)
		row := soakRow{
			at: now.Sub(begin), rss: float64(memory(t, s.pid, "VmRSS")) / (1 << 20), files: all.sum("pmta_exporter_scan_open_files"),
			goroutines: all.at(t, "go_goroutines"), cpu: (cpu - used).Seconds() / now.Sub(was).Seconds(),
			lag: max(0, (float64(written)-all.sum("pmta_exporter_scan_bytes_total"))/rate),
		}
		row.others = all.at(t, "process_open_fds") - row.files
		was, used = now, cpu
		if row.at >= lasts/10 {
			s.rows = append(s.rows, row)
		}
	}
}

// written is how many bytes there ever were in the files. Each of them stays
// for longer than the time between two looks.
func (s *soak) written(t *testing.T) (sum int64) {
	t.Helper()
	paths, err := filepath.Glob(s.pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil { // else it was just deleted
			s.sizes[path] = info.Size()
		}
	}
	for _, size := range s.sizes {
		sum += size
	}
	return sum
}

// columns are the figures of a row by name.
func (s *soak) columns() map[string]func(soakRow) float64 {
	return map[string]func(soakRow) float64{
		"rss_mib":           func(r soakRow) float64 { return r.rss },
		"files":             func(r soakRow) float64 { return r.files },
		"other_descriptors": func(r soakRow) float64 { return r.others },
		"goroutines":        func(r soakRow) float64 { return r.goroutines },
		"lag_seconds":       func(r soakRow) float64 { return r.lag },
		"cpu_cores":         func(r soakRow) float64 { return r.cpu },
	}
}

// quantile of a column over some rows.
func quantile(rows []soakRow, column func(soakRow) float64, q float64) float64 {
	var values []float64
	for _, r := range rows {
		values = append(values, column(r))
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

// ends are the first and the last fifth of the rows.
func (s *soak) ends() (first, last []soakRow) {
	fifth := max(1, len(s.rows)/5)
	return s.rows[:fifth], s.rows[len(s.rows)-fifth:]
}

// tell logs a small table, and writes all rows to SOAK_TABLE.
func (s *soak) tell(t *testing.T) {
	t.Helper()
	first, last := s.ends()
	columns := s.columns()
	names := slices.Sorted(maps.Keys(columns))
	var b strings.Builder
	fmt.Fprintf(&b, "%d looks\n%-18s %10s %10s %8s %8s %8s\n", len(s.rows), "", "first 1/5", "last 1/5", "median", "p99", "most")
	table := [][]string{append([]string{"seconds"}, names...)}
	for _, name := range names {
		c := columns[name]
		fmt.Fprintf(&b, "%-18s %10.3f %10.3f %8.3f %8.3f %8.3f\n", name,
			quantile(first, c, 0.5), quantile(last, c, 0.5), quantile(s.rows, c, 0.5), quantile(s.rows, c, 0.99), quantile(s.rows, c, 1))
	}
	for _, r := range s.rows {
		line := []string{strconv.FormatFloat(r.at.Seconds(), 'f', 1, 64)}
		for _, name := range names {
			line = append(line, strconv.FormatFloat(columns[name](r), 'f', 3, 64))
		}
		table = append(table, line)
	}
	t.Log(b.String())
	if path := os.Getenv("SOAK_TABLE"); path != "" {
		writeTable(t, path, table)
	}
}

func writeTable(t *testing.T, path string, table [][]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(table); err != nil {
		t.Fatal(err)
	}
}

// judge compares medians of the first and the last fifth, and the lag.
func (s *soak) judge(t *testing.T) {
	t.Helper()
	first, last := s.ends()
	columns := s.columns()
	grows := func(name string) float64 {
		return quantile(last, columns[name], 0.5) - quantile(first, columns[name], 0.5)
	}
	if drift := grows("rss_mib") / quantile(first, columns["rss_mib"], 0.5); drift >= 0.05 {
		t.Errorf("memory grew by %.1f%%, want less than 5%%", 100*drift)
	}
	if grows("goroutines") > 1 || grows("other_descriptors") > 1 {
		t.Errorf("%v more goroutines and %v more descriptors in the end, want none", grows("goroutines"), grows("other_descriptors"))
	}
	if most := quantile(s.rows, columns["files"], 1); most > 2*5*soakSims+2*soakSims { // two families of 5, and some that were just deleted
		t.Errorf("%v accounting files open at one time", most)
	}
	if lag := quantile(s.rows, columns["lag_seconds"], 0.99); lag >= 2 {
		t.Errorf("%.2f s behind at the 99th percentile, want less than 2 s", lag)
	}
}
