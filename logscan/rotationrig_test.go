package logscan

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rotationRig lets eight writers write at once and rotate in four ways, while a
// scanner follows their files in real time. The scanner is stopped and started
// again now and then; meanwhile the writers go on.
//
// The goroutine of the test owns the scanner and looks at its snapshots. It
// forbids to rotate for the moments in which the scanner ends and begins, so
// that it is known which files begin while there is a scanner.
type rotationRig struct {
	*testing.T
	dir       string
	fileBytes int64 // size at which a file is rotated
	options   Options
	writers   []*rotatingWriter
	left      atomic.Int64 // records to write
	made      atomic.Int64 // rotations
	deleted   atomic.Int64 // files

	rotating sync.RWMutex // held to rotate, and as a whole to start and end the scanner
	scanner  *Scanner     // nil while stopped
	end      func()       // ends it
	unseen   int64        // rotations without a scanner

	mu    sync.Mutex
	open  map[fileID]bool   // files that the scanner opened
	shown map[string]uint64 // records by name of the file
}

func newRotationRig(t *testing.T, records int, fileBytes int64) *rotationRig {
	t.Helper()
	r := &rotationRig{T: t, dir: t.TempDir(), fileBytes: fileBytes, options: testOptions(t), shown: map[string]uint64{}}
	r.left.Store(int64(records))
	r.options.Accounting = []string{filepath.Join(r.dir, "acct*"), filepath.Join(r.archive(), "*")}
	r.options.PollInterval, r.options.StateDirectory, r.options.MaxSeries = 20*time.Millisecond, t.TempDir(), 200_000
	for _, dir := range []string{r.archive(), filepath.Join(r.dir, "away")} {
		r.must(os.Mkdir(dir, 0o755))
	}
	// So that a file that reaches the archive between two polls is known for the next one of its kind.
	r.must(os.WriteFile(filepath.Join(r.archive(), "older"), []byte(header), 0o600))
	for kind := range rotations() {
		for i := range 2 {
			w, err := newRotatingWriter(r, kind, i)
			r.must(err)
			r.writers = append(r.writers, w)
		}
	}
	return r
}

func (r *rotationRig) archive() string { return filepath.Join(r.dir, "archive") }

func (r *rotationRig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// start starts a scanner and waits for its first look.
func (r *rotationRig) start() {
	r.Helper()
	s, err := New(r.options)
	r.must(err)
	r.mu.Lock()
	r.open = map[fileID]bool{}
	r.mu.Unlock()
	s.tracker.openFile = r.openNoted
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	r.scanner = s
	r.end = func() {
		cancel()
		<-ended
		r.scanner = nil
		r.mu.Lock()
		r.open = nil
		r.mu.Unlock()
		if err := s.Close(); err != nil {
			r.Error(err)
		}
	}
	r.waitFor(func() string { return unless(s.Ready(), "the first look") })
}

// openNoted opens files for the scanner.
func (r *rotationRig) openNoted(dir, path string) (opened, error) {
	f, err := openToRead(dir, path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil {
		id, _ := identify(info)
		r.mu.Lock()
		r.open[id] = true
		r.mu.Unlock()
	}
	return f, nil
}

func (r *rotationRig) hasOpen(id fileID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[id]
}

func (r *rotationRig) forget(id fileID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, id)
}

func (r *rotationRig) shownOf(name string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown[name]
}

// look takes a snapshot, as a scrape does. No count may be below what it was.
func (r *rotationRig) look() *Snapshot {
	r.Helper()
	s := r.scanner.Snapshot()
	now := map[string]uint64{}
	for series := range s.Outcomes.All() {
		now[series.Key.VMTA] += series.Value
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, before := range r.shown {
		if now[name] < before {
			r.Errorf("%s stepped back from %d to %d", name, before, now[name])
		}
	}
	r.shown = now
	return s
}

// waitFor looks at the snapshots, if there is a scanner, until nothing is
// missing any more.
func (r *rotationRig) waitFor(missing func() string) {
	r.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	patience := time.After(2 * time.Minute)
	for what := missing(); what != ""; what = missing() {
		select {
		case <-poll.C:
		case <-patience:
			r.Fatalf("waited 2 minutes for %s", what)
		}
		if r.scanner != nil {
			r.look()
		}
	}
}

// restart stops the scanner once it has seen each file, lets the writers make
// some rotations, and starts another one.
func (r *rotationRig) restart() {
	r.Helper()
	r.rotating.Lock()
	r.waitFor(r.unseenFile)
	r.end()
	before := r.made.Load()
	r.rotating.Unlock()
	r.waitFor(func() string {
		return unless(r.made.Load() >= before+16 || r.left.Load() <= 0, "rotations while stopped")
	})
	r.rotating.Lock()
	defer r.rotating.Unlock()
	r.unseen += r.made.Load() - before
	r.start()
}

// unseenFile names a file that the scanner does not know yet, or has not read
// to its end where no pattern looks. Nobody rotates.
func (r *rotationRig) unseenFile() string {
	for _, w := range r.writers {
		if r.shownOf(w.current.name) == 0 {
			return w.current.name
		}
		for _, f := range w.finished {
			if got, want := r.shownOf(f.name), f.records.Load(); w.keep == 0 && (!f.over.Load() || got != want) {
				return fmt.Sprintf("%s with %d records of %d", f.name, got, want)
			}
		}
	}
	return ""
}

// compare wants each file counted as often as it was written.
func (r *rotationRig) compare() {
	r.Helper()
	lost, doubled := 0, 0
	for _, w := range r.writers {
		r.Logf("writer %s: %d files", w.name, len(w.written))
		for name, want := range w.written {
			switch got := r.shown[name]; {
			case got < want:
				lost++
				r.Logf("%s: %d of %d records counted", name, got, want)
			case got > want:
				doubled++
				r.Logf("%s: %d records counted, %d were written", name, got, want)
			}
		}
	}
	if lost > 0 || doubled > 0 {
		r.Errorf("%d files lost records, %d doubled some", lost, doubled)
	}
}

// rigSize is 60,000 records in files of 64 KiB, or RECORDS in files of 1 MiB.
func rigSize(t *testing.T) (records int, fileBytes int64) {
	t.Helper()
	text := os.Getenv("RECORDS")
	if text == "" {
		return 60_000, 64 << 10
	}
	records, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return records, 1 << 20
}

// TestRotationRig: make test-rotation writes 10,000,000 records.
func TestRotationRig(t *testing.T) {
	records, fileBytes := rigSize(t)
	r := newRotationRig(t, records, fileBytes)
	begin := time.Now()
	r.start()
	var writing sync.WaitGroup
	for _, w := range r.writers {
		writing.Go(func() {
			if err := w.run(); err != nil {
				t.Errorf("writer %s: %v", w.name, err)
			}
		})
	}
	restarts := 3 + records/1_000_000
	for i := range restarts {
		next := int64(records - (i+1)*records/(restarts+2))
		r.waitFor(func() string { return unless(r.left.Load() < next, "records to be written") })
		r.restart()
	}
	writing.Wait()
	stalled := time.Now().Add(time.Minute)
	r.waitFor(func() string { return unless(r.sum() == uint64(records) || time.Now().After(stalled), "the rest") })
	last := r.look().Accounting
	took := time.Since(begin)
	r.end()
	t.Logf("%d records, %d rotations (%d of them while stopped), %d restarts, %d files deleted, %.1f s, %.0f records/s",
		records, r.made.Load(), r.unseen, restarts, r.deleted.Load(), took.Seconds(), float64(records)/took.Seconds())
	r.compare()
	// A file with the inode of one that was deleted while stopped counts as one written anew.
	if want := uint64(r.made.Load() - r.unseen); last.Rotations > want || last.Rotations+last.Truncations < want {
		t.Errorf("%d rotations counted and %d files written anew, want %d", last.Rotations, last.Truncations, want)
	}
	if last.Records != uint64(records) || total(last.Malformed) != 0 || total(last.SkippedBytes) != 0 || last.LagBytes != 0 {
		t.Errorf("%d records of %d, malformed %d, bytes skipped %d, unread %d", last.Records, records,
			total(last.Malformed), total(last.SkippedBytes), last.LagBytes)
	}
}

func unless(holds bool, missing string) string {
	if holds {
		return ""
	}
	return missing
}

func (r *rotationRig) sum() (n uint64) {
	for _, records := range r.shown {
		n += records
	}
	return n
}

func total[K comparable](c Counts[K]) (n uint64) {
	for series := range c.All() {
		n += series.Value
	}
	return n
}
