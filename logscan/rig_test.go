package logscan

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// rig is a directory of accounting files and a scanner that is polled by hand.
// Its records carry a name in the column vmta, so that a test sees which of
// them were counted, and how often.
type rig struct {
	testing.TB
	dir string
	s   *Scanner
	log *bytes.Buffer
}

func newRig(t testing.TB, change ...func(*Options)) *rig {
	t.Helper()
	return newRigWith(t, testOptions(t), change...)
}

// newRigWith is for tests that make many rigs: options take some time.
func newRigWith(t testing.TB, o Options, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{TB: t, dir: t.TempDir(), log: &bytes.Buffer{}}
	o.Accounting = []string{filepath.Join(r.dir, "acct*")}
	o.Logger = log.NewLogfmtLogger(log.NewSyncWriter(r.log))
	for _, f := range change {
		f(&o)
	}
	r.s = newScanner(t, o)
	return r
}

// The tables never change, and take longer to parse than many a test.
var (
	providersOnce = sync.OnceValues(provider.Default)
	bouncesOnce   = sync.OnceValues(bounce.Default)
	eventsOnce    = sync.OnceValues(textlog.Default)
)

// defaultReplies takes a while, and many tests want it.
var defaultReplies = sync.OnceValues(reply.Default)

func testOptions(t testing.TB) Options {
	t.Helper()
	providers, err := providersOnce()
	if err != nil {
		t.Fatal(err)
	}
	bounces, err := bouncesOnce()
	if err != nil {
		t.Fatal(err)
	}
	replies, err := defaultReplies()
	if err != nil {
		t.Fatal(err)
	}
	events, err := eventsOnce()
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		From: FromStart, PollInterval: time.Second, MaxBackfillAge: 24 * time.Hour, MaxBackfillBytes: 10 << 30, MaxRecordBytes: 1 << 20, MaxSeries: 20_000, MaxSenderDomains: 500,
		Rules: Rules{Providers: providers, Bounces: bounces, Replies: replies, LogEvents: events}, Logger: log.NewNopLogger(),
	}
}

func newScanner(t testing.TB, o Options) *Scanner {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.tracker.closeAll)
	return s
}

func fromEnd(o *Options) { o.From = FromEnd }

const header = "type,vmta,dsnStatus,dsnDiag\n"

// rows makes a delivery for each name.
func rows(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "d,%s,2.0.0 (success),\"smtp;250 2.0.0 OK, thanks\"\n", name)
	}
	return b.String()
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// append writes through a handle of its own, as to an existing file.
func (r *rig) append(name, text string) {
	r.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	r.must(err)
}

// writer returns a function that writes to a file whatever becomes of its name.
func (r *rig) writer(name string) func(text string) {
	r.Helper()
	f, err := os.OpenFile(r.path(name), os.O_CREATE|os.O_WRONLY, 0o644)
	r.must(err)
	r.Cleanup(func() { f.Close() })
	return func(text string) {
		_, err := f.WriteString(text)
		r.must(err)
	}
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) rename(from, to string) {
	r.Helper()
	r.must(os.MkdirAll(filepath.Dir(r.path(to)), 0o755))
	r.must(os.Rename(r.path(from), r.path(to)))
}

func (r *rig) remove(name string) {
	r.Helper()
	r.must(os.Remove(r.path(name)))
}

// poll polls until the scanner has caught up.
func (r *rig) poll() {
	r.Helper()
	for r.s.Poll(r.Context()) {
	}
}

// pass lets time go by, in tests under synctest.
func pass(d time.Duration) { <-time.After(d) }

// committed returns a snapshot of this moment.
func (r *rig) committed() *Snapshot { return commitNow(r.s) }

func commitNow(s *Scanner) *Snapshot {
	s.commit(time.Now())
	return s.Snapshot()
}

// want polls and compares the names of the records counted so far, each as
// often as it was counted.
func (r *rig) want(names ...string) {
	r.Helper()
	r.poll()
	got, want := countedNames(r.committed()), slices.Sorted(slices.Values(names))
	if !slices.Equal(got, want) {
		r.Errorf("counted %.500q, want %.500q", got, want)
	}
}

func countedNames(s *Snapshot) []string {
	var names []string
	for series := range s.Outcomes.All() {
		for range series.Value {
			names = append(names, series.Key.VMTA)
		}
	}
	slices.Sort(names)
	return names
}

// wantReason compares the count of a reason for malformed records.
func (r *rig) wantMalformed(reason acct.Reason, want uint64) {
	r.Helper()
	if got := valueOf(r.committed().Accounting.Malformed, reason); got != want {
		r.Errorf("malformed records with reason %s: %d, want %d", reason, got, want)
	}
}

func (r *rig) wantSkipped(reason acct.Reason, want int) {
	r.Helper()
	if got := valueOf(r.committed().Accounting.SkippedBytes, reason); got != uint64(want) {
		r.Errorf("bytes skipped with reason %s: %d, want %d", reason, got, want)
	}
}

// wantLog compares how many lines of the log contain text.
func (r *rig) wantLog(text string, want int) {
	r.Helper()
	if got := strings.Count(r.log.String(), text); got != want {
		r.Errorf("%d log lines with %q, want %d:\n%s", got, text, want, r.log)
	}
}

func valueOf[K comparable](c Counts[K], k K) uint64 {
	for series := range c.All() {
		if series.Key == k {
			return series.Value
		}
	}
	return 0
}

// only follows these patterns in the rig's directory.
func only(patterns ...string) func(*Options) {
	return func(o *Options) {
		dir := filepath.Dir(o.Accounting[0])
		o.Accounting = nil
		for _, pattern := range patterns {
			o.Accounting = append(o.Accounting, filepath.Join(dir, pattern))
		}
	}
}

func (r *rig) wantFiles(want int) {
	r.Helper()
	if got := len(r.s.tracker.order); got != want || len(r.s.tracker.known) != want {
		r.Errorf("%d files followed, %d known, want %d", got, len(r.s.tracker.known), want)
	}
}

func (r *rig) wantRotations(want uint64) {
	r.Helper()
	if got := r.committed().Accounting.Rotations; got != want {
		r.Errorf("%d rotations, want %d", got, want)
	}
}

func (r *rig) wantTruncations(want uint64) {
	r.Helper()
	if got := r.committed().Accounting.Truncations; got != want {
		r.Errorf("%d truncations, want %d", got, want)
	}
}

func (r *rig) link(from, to string) {
	r.Helper()
	r.must(os.Link(r.path(from), r.path(to)))
}

func (r *rig) symlink(to, at string) {
	r.Helper()
	r.must(os.Symlink(r.path(to), r.path(at)))
}

func manyNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("v%d", i%100)
	}
	return names
}

// unsynced is a file system that tells nothing to the disk.
type unsynced struct{ disk }

func (u unsynced) create(path string) (handle, error) {
	f, err := u.disk.create(path)
	return unsyncedHandle{f}, err
}

func (u unsynced) openDir(path string) (handle, error) {
	d, err := u.disk.openDir(path)
	return unsyncedHandle{d}, err
}

type unsyncedHandle struct{ handle }

func (unsyncedHandle) Sync() error { return nil }
