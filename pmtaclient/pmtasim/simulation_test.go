package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// startTest starts a simulation whose time the test moves.
func startTest(t testing.TB, args ...string) *simulation {
	t.Helper()
	return startTestAt(t, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), args...)
}

func startTestAt(t testing.TB, now time.Time, args ...string) *simulation {
	t.Helper()
	c, err := parse(append([]string{"--warmup=1m", "--dir=" + t.TempDir()}, args...), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSimulation(c, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// TestDirectoryInUse: a second simulation would be counted as the first one's.
func TestDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	startTestAt(t, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), "--dir="+dir)
	var stderr strings.Builder
	code := run([]string{"--dir=" + dir, "--warmup=1m"}, io.Discard, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "DIR=.run2") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("a second simulation ends with %d and says %q", code, stderr.String())
	}
}

// TestClean: the files of an earlier run stay, unless asked to go.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	first := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	filesOfFirst := func() int {
		paths, err := filepath.Glob(filepath.Join(dir, "acct", "*-2026-11-23-*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return len(paths)
	}
	t.Run("run", func(t *testing.T) { startTestAt(t, first, "--dir="+dir) }) // and ends it

	t.Run("run", func(t *testing.T) { startTestAt(t, first.AddDate(0, 0, 1), "--dir="+dir) }) // and ends it
	if filesOfFirst() == 0 {
		t.Error("a second run removed the files of the first")
	}
	t.Run("run", func(t *testing.T) { startTestAt(t, first.AddDate(0, 0, 2), "--dir="+dir, "--clean") }) // and ends it
	if n := filesOfFirst(); n > 0 {
		t.Errorf("%d files of the first run are left after a clean one", n)
	}
}

// TestFilesSayWhatTheLedgerSays reads the files by their headers and adds up
// what can be compared without judgement.
func TestFilesSayWhatTheLedgerSays(t *testing.T) {
	s := startTest(t, "--max-file-size=500K")
	for range 120 {
		if err := s.advance(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	records, bytes := map[pmtatest.RecordType]int64{}, pmtatest.Counts{}
	families := map[string]string{}
	paths, _ := filepath.Glob(filepath.Join(s.acctDir(), "*.csv"))
	for _, path := range paths {
		for _, row := range readRows(t, path) {
			kind := pmtatest.RecordType(row["type"])
			records[kind]++
			if kind == pmtatest.Delivered {
				size, err := strconv.ParseInt(row["dlvSize"], 10, 64)
				if err != nil {
					t.Fatalf("dlvSize %q in %s", row["dlvSize"], path)
				}
				bytes[pmtatest.Key{VMTA: row["vmta"]}] += size
			}
			family, _, _ := strings.Cut(filepath.Base(path), "-")
			if before, ok := families[row["type"]]; ok && before != family {
				t.Fatalf("records of type %s are in %s and in %s", row["type"], before, family)
			}
			families[row["type"]] = family
		}
	}
	ledger := s.traffic.Ledger()
	delivered := pmtatest.Counts{}
	for key, n := range ledger.DeliveredBytes {
		delivered[pmtatest.Key{VMTA: key.VMTA}] += n
	}
	if !reflect.DeepEqual(records, ledger.Records) || len(records) != 7 {
		t.Errorf("files have records %v, want all types: %v", records, ledger.Records)
	}
	if !reflect.DeepEqual(bytes, delivered) {
		t.Errorf("files have bytes %v, want %v", bytes, delivered)
	}
	if len(paths) < 4 {
		t.Errorf("%d files, want rotation by size", len(paths))
	}
}

func readRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = fields[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestTextLogIsWritten(t *testing.T) {
	s := startTest(t, "--scenario=log-errors")
	if err := s.advance(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(s.logDir(), "pmta.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, err := time.Parse(time.DateTime+"\n", line[:len(time.DateTime)]+"\n"); err != nil {
			t.Errorf("line %q does not begin with a clock time", line)
		}
	}
	if !strings.Contains(string(data), " Unable to parse serial number: number missing\n") {
		t.Errorf("pmta.log lacks the errors of the scenario: %s", data)
	}
}

func TestMidnightStartsNewFiles(t *testing.T) {
	s := startTestAt(t, time.Date(2026, 11, 23, 23, 59, 30, 0, time.UTC))
	if err := s.advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"acct/acct-2026-11-23-0000.csv", "acct/acct-2026-11-24-0000.csv", "acct/diag-2026-11-24-0000.csv",
		"log/pmta.log", "log/pmta.log.1",
	} {
		if _, err := os.Stat(filepath.Join(s.config.dir, name)); err != nil {
			t.Errorf("after midnight: %v", err)
		}
	}
}

func TestKeepFiles(t *testing.T) {
	s := startTest(t, "--max-file-size=20K", "--keep-files=2")
	if err := s.advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if paths, _ := filepath.Glob(filepath.Join(s.acctDir(), "acct-*.csv")); len(paths) != 3 {
		t.Errorf("%d acct files, want the current one and two more", len(paths))
	}
}

// TestTrafficFor lets the loop tick by hand: after the given time mail stands
// still, and the ledger is there.
func TestTrafficFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	s := startTest(t, "--traffic-for=30s", "--speed=10", "--ledger="+path)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan error)
	go func() { ended <- s.loop(ctx, ticks) }()
	start := time.Now()
	for i := range 5 {
		ticks <- start.Add(time.Duration(i+1) * time.Second)
	}
	ticks <- start // the loop is back: the last advance is over
	if got := readLedger(t, path); !reflect.DeepEqual(got, s.traffic.Ledger()) {
		t.Errorf("ledger = %v, want that of the traffic", got)
	}
	if got := s.traffic.State().TimeNow.Sub(s.traffic.State().StartupTime); got != 90*time.Second {
		t.Errorf("%s of traffic, want a minute of warm-up and the 30s asked for", got)
	}
	if res := status(t, s); res != http.StatusOK {
		t.Errorf("the status page answers %d when mail stands still, want 200", res)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("loop = %v", err)
	}
}

func readLedger(t *testing.T, path string) (l pmtatest.Ledger) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func status(t *testing.T, s *simulation) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/status?format=xml", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestDownAndUpAgain(t *testing.T) {
	s := startTest(t, "--scenario=pmta-down")
	for _, test := range []struct {
		advance time.Duration
		want    int
	}{{time.Second, http.StatusOK}, {10 * time.Second, 0}, {45 * time.Second, http.StatusOK}} {
		if err := s.advance(test.advance); err != nil {
			t.Fatal(err)
		}
		if got := status(t, s); got != test.want {
			t.Errorf("status page after %s more = %d, want %d", test.advance, got, test.want)
		}
	}
}

func TestFailedStarts(t *testing.T) {
	s := startTest(t)
	taken := strings.TrimPrefix(s.server.URL, "http://")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ args, want string }{
		{"--listen=" + taken, "address already in use"},
		{"--dir=" + file, "not a directory"},
	} {
		c, err := parse(strings.Fields(test.args), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if c.dir == ".run" {
			c.dir = t.TempDir()
		}
		if _, err := newSimulation(c, time.Now()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("pmtasim %s = %v, want %q", test.args, err, test.want)
		}
	}
}

// TestScenarioConfig: a scenario's configuration of the exporter has the date of
// the simulated clock, and the exporter finds it.
func TestScenarioConfig(t *testing.T) {
	s := startTest(t, "--scenario=warmup-too-fast")
	text, err := os.ReadFile(s.configFile())
	if err != nil || !strings.Contains(string(text), "start: 2026-11-23\n") {
		t.Errorf("configuration %q, %v, want a plan that starts today", text, err)
	}
	variable := "PMTA_EXPORTER_CONFIG_FILE=" + s.configFile()
	if env := s.environment(); !slices.Contains(env, variable) {
		t.Errorf("environment %q, want %s in it", env, variable)
	}
	for _, setting := range startTest(t).environment() {
		if strings.HasPrefix(setting, "PMTA_EXPORTER_CONFIG_FILE=") {
			t.Errorf("the calm scenario sets %s, want nothing", setting)
		}
	}
}
