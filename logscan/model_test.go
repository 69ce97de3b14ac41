package logscan

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
)

// The model test plays random games between a writer, which writes and rotates
// files in every way that is known, and a scanner, which is polled, stopped and
// killed in between. The writer keeps the truth. At the end each record was
// counted once; only those may be missing that were truncated or deleted
// before they were read and committed.

// play is one move.
type play struct {
	kind  string
	n     int // how many records, which file, how long
	other int
}

func (p play) String() string { return fmt.Sprintf("%s(%d,%d)", p.kind, p.n, p.other) }

// moves are the kinds of moves, as often as they shall come.
func moves() []string {
	return strings.Fields("write write write write half poll poll poll pollonly rename rename next next late archive truncate refill delete " +
		"pause longpause deny allow allow restart kill kill")
}

func randomGame(chance *rand.Rand) []play {
	kinds := moves()
	game := make([]play, 5+chance.IntN(30))
	for i := range game {
		game[i] = play{kinds[chance.IntN(len(kinds))], chance.IntN(4), chance.IntN(4)}
	}
	return game
}

// modelFile is a file as its writer knows it.
type modelFile struct {
	path   string
	handle *os.File
	rows   int // whole records written since it was last truncated
	safe   int // of these, read and committed
	half   string
}

// model is the writer with its truth.
type model struct {
	rig      *rig
	current  *modelFile // renamed when it is full: acct
	dated    *modelFile // followed by the next: diag-2026-11-23-0001
	finished []*modelFile
	sequence int
	serial   int
	denied   bool

	written, losable int
}

func newModel(r *rig) *model {
	m := &model{rig: r}
	m.current, m.dated = m.create("acct"), m.create("acct-2026-11-23-0000")
	return m
}

func (m *model) create(name string) *modelFile {
	f, err := os.OpenFile(m.rig.path(name), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	m.rig.must(err)
	m.rig.Cleanup(func() { _ = f.Close() }) // it was only written to
	_, err = f.WriteString(header)
	m.rig.must(err)
	return &modelFile{path: m.rig.path(name), handle: f}
}

func (m *model) row() string {
	m.serial++
	return fmt.Sprintf("d,v,2.0.0,\"ok, %d\"\n", m.serial)
}

// write writes whole records, and first the rest of a half one.
func (m *model) write(f *modelFile, n int) {
	text := f.half
	if f.half != "" {
		n--
		f.half = ""
		f.rows++
		m.written++
	}
	for range n {
		text += m.row()
		f.rows++
		m.written++
	}
	_, err := f.handle.WriteString(text)
	m.rig.must(err)
}

func (m *model) halfWrite(f *modelFile, n int) {
	if f.half != "" {
		return
	}
	row := m.row()
	cut := 1 + n*(len(row)-2)/4
	_, err := f.handle.WriteString(row[:cut])
	m.rig.must(err)
	f.half = row[cut:]
}

func (m *model) either(n int) *modelFile { return []*modelFile{m.current, m.dated}[n%2] }

// gone notes what may be lost with the content of a file.
func (m *model) gone(f *modelFile) {
	m.losable += f.rows - f.safe
	f.rows, f.safe, f.half = 0, 0, ""
}

func (m *model) rename() {
	m.write(m.current, 1)
	m.finished = append(m.finished, m.current)
	m.sequence++
	to := m.rig.path(fmt.Sprintf("acct.%d", m.sequence))
	m.rig.must(os.Rename(m.current.path, to))
	m.current.path = to
	m.current = m.create("acct")
}

func (m *model) next() {
	m.write(m.dated, 1)
	m.finished = append(m.finished, m.dated)
	m.sequence++
	m.dated = m.create(fmt.Sprintf("acct-2026-11-23-%04d", m.sequence))
}

func (m *model) archive(f *modelFile) {
	to := filepath.Join(m.rig.dir, "archive", filepath.Base(f.path))
	m.rig.must(os.MkdirAll(filepath.Dir(to), 0o755))
	m.rig.must(os.Rename(f.path, to))
	f.path = to
}

func (m *model) truncate(f *modelFile, refill int) {
	m.gone(f)
	m.rig.must(f.handle.Truncate(0))
	_, err := f.handle.WriteString(header)
	m.rig.must(err)
	m.write(f, refill)
}

func (m *model) files() []*modelFile {
	return append(slices.Clone(m.finished), m.current, m.dated)
}

// poll lets the scanner read, and commit.
func (m *model) poll() {
	m.rig.poll()
	m.rig.s.commit(time.Now())
	if m.denied {
		return // some were read, by handles that were open
	}
	for _, f := range m.files() {
		f.safe = f.rows
	}
}

func (m *model) deny(denied bool) {
	m.denied = denied
	var err error
	if denied {
		err = syscall.EACCES
	}
	m.rig.deny(err)
}

func (m *model) again(kill bool) {
	if !kill {
		m.rig.s.commit(time.Now())
	}
	m.rig.kill()
	m.rig.s.store.fs = unsynced{}
	m.deny(m.denied)
}

// make makes one move, if it is possible.
func (m *model) make(p play) {
	switch p.kind {
	case "write":
		m.write(m.either(p.other), p.n)
	case "half":
		m.halfWrite(m.either(p.other), p.n)
	case "poll":
		m.poll()
	case "pollonly":
		m.rig.poll()
	case "rename":
		m.rename()
	case "next":
		m.next()
	case "truncate":
		m.truncate(m.either(p.other), 0)
	case "refill":
		m.truncate(m.either(p.other), 1+5*p.n)
	case "pause":
		pass(time.Duration(p.n) * time.Second)
	case "longpause":
		pass(grace + time.Duration(p.n)*time.Second)
	case "deny", "allow":
		m.deny(p.kind == "deny")
	case "restart", "kill":
		m.again(p.kind == "kill")
	case "late", "archive", "delete":
		m.makeFinished(p)
	}
}

// makeFinished makes a move with a file that has a successor.
func (m *model) makeFinished(p play) {
	if len(m.finished) == 0 {
		return
	}
	i := p.n % len(m.finished)
	f := m.finished[i]
	switch p.kind {
	case "late":
		m.write(f, 1+p.other)
	case "archive":
		m.archive(f)
	case "delete":
		m.gone(f)
		m.rig.must(os.Remove(f.path))
		m.finished = slices.Delete(m.finished, i, i+1)
	}
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

// playGame plays and says what is wrong in the end; empty when nothing is.
func playGame(t *testing.T, o Options, game []play) (problem string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir, state := t.TempDir(), t.TempDir()
		o.Accounting = []string{filepath.Join(dir, "acct*"), filepath.Join(dir, "archive", "*")}
		o.StateDirectory, o.Logger = state, log.NewNopLogger()
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		s.store.fs = unsynced{}
		r := &rig{TB: t, dir: dir, s: s}
		defer func() {
			r.s.tracker.closeAll()
			_ = r.s.Close() // nothing was written since the last commit
		}()
		m := newModel(r)
		for _, p := range game {
			m.make(p)
		}
		m.deny(false)
		m.write(m.current, 1)
		m.write(m.dated, 1)
		m.poll()
		got := 0
		for series := range r.committed().Outcomes.All() {
			got += int(series.Value)
		}
		if got > m.written || got < m.written-m.losable {
			problem = fmt.Sprintf("%d records counted of %d written, of which at most %d could be lost", got, m.written, m.losable)
		}
	})
	return problem
}

// shrink leaves out moves as long as the game goes wrong without them.
func shrink(t *testing.T, o Options, game []play) []play {
	t.Helper()
	for i := 0; i < len(game); {
		shorter := slices.Delete(slices.Clone(game), i, i+1)
		if playGame(t, o, shorter) != "" {
			game, i = shorter, 0
		} else {
			i++
		}
	}
	return game
}

// TestP1P4Model plays MODEL games, 200 unless told otherwise: make test-model
// plays 100,000. SEED repeats a game.
func TestP1P4Model(t *testing.T) {
	games, seed := 200, uint64(time.Now().UnixNano())
	for name, set := range map[string]func(n uint64){
		"MODEL": func(n uint64) { games = int(n) }, "SEED": func(n uint64) { seed = n },
	} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			set(n)
		}
	}
	o := testOptions(t)
	for i := range uint64(games) {
		game := randomGame(rand.New(rand.NewPCG(seed+i, 0))) //nolint:gosec // a test
		if problem := playGame(t, o, game); problem != "" {
			shortest := shrink(t, o, game)
			t.Fatalf("SEED=%d: %s\nshortest game: %v\n%s", seed+i, problem, shortest, playGame(t, o, shortest))
		}
	}
	t.Logf("%d games from seed %d", games, seed)
}
