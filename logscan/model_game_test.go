package logscan

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// arena is where games are played, one after the other.
type arena struct {
	memory, disk string // directories; memory is on disk where there is no better place
	options      Options
	tally        tally
}

// newArena looks for a file system in memory. None of them uses an inode again,
// as those on disks do, so some games are played on the disk.
func newArena(t *testing.T) *arena {
	t.Helper()
	a := &arena{disk: t.TempDir(), options: modelOptions(t), tally: newTally()}
	memory, err := os.MkdirTemp("/dev/shm", "model")
	if err != nil {
		memory = a.disk
	}
	t.Cleanup(func() { _ = os.RemoveAll(memory) }) // nothing of it is left open
	a.memory = memory
	return a
}

// modelOptions has catalogues as small as can be: the time goes into games.
func modelOptions(t *testing.T) Options {
	t.Helper()
	providers, err := provider.Parse([]byte("providers: [{name: one, title: One, domains: [one.example], source: this test, examples: {domains: [one.example]}}]"))
	if err != nil {
		t.Fatal(err)
	}
	bounces, err := bounce.Parse([]byte("categories: [{name: other, class: soft, meaning: all, source: this test}]"))
	if err != nil {
		t.Fatal(err)
	}
	replies, err := defaultReplies()
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		From: FromStart, PollInterval: time.Second, MaxBackfillAge: 24 * time.Hour, MaxBackfillBytes: 10 << 30, MaxRecordBytes: 1 << 20,
		MaxSeries: 20_000, MaxSenderDomains: 500, Rules: Rules{Providers: providers, Bounces: bounces, Replies: replies, LogEvents: modelCatalogue(t)}, Logger: log.NewNopLogger(),
	}
}

// play plays a game and says what went wrong first; empty when nothing did. The
// state is always kept in memory.
func (a *arena) play(t *testing.T, g game) (problem string) {
	t.Helper()
	base := a.memory
	if g.onDisk {
		base = a.disk
	}
	dir, state := newDir(t, base), newDir(t, a.memory)
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, dir, state, g, a.options)
		defer func() {
			if p := recover(); p != nil {
				problem = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
			}
			m.end()
		}()
		m.playAll(g.plays)
		problem = m.problem
		a.tally.add(m.tally)
	})
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(state)); err != nil {
		t.Fatal(err)
	}
	return problem
}

// newDir makes a directory that lasts as long as one game, and not as the test.
func newDir(t *testing.T, base string) string {
	t.Helper()
	dir, err := os.MkdirTemp(base, "game")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// newModel lays the table: the directory that is followed is reached by a
// symbolic link, so that it can be taken away.
func newModel(t *testing.T, dir, state string, g game, o Options) *model {
	t.Helper()
	m := &model{rig: &rig{TB: t, dir: dir}, onDisk: g.onDisk, logs: g.logs, tally: newTally(), down: true}
	for _, name := range []string{"real/archive", "real/live", "away"} {
		m.must(os.MkdirAll(m.path(name), 0o755))
	}
	m.symlink("real", "logs")
	o.Accounting = []string{m.path("logs/acct*"), m.path("logs/archive/*")}
	if g.logs {
		o.Accounting, o.Logs = nil, o.Accounting
	}
	o.StateDirectory = state
	if g.fromEnd {
		o.From = FromEnd
	}
	m.options = o
	if g.fromEnd { // what comes from now on was not there at the very first start
		m.poll(t.Context())
	}
	m.streams = [streamCount]*modelFile{m.createNumbered(), m.create(m.nextDated()), m.link()}
	return m
}

func (m *model) playAll(plays []play) {
	for _, p := range plays {
		pass(10 * time.Millisecond) // no two moves within one tick of a clock
		m.tally.tried[p.kind]++
		if moveOf[p.kind].make(m, p) {
			m.tally.made[p.kind]++
		}
		if m.problem != "" {
			return
		}
	}
	m.finale()
}

// finale ends the game: with nothing in the way all that is there gets counted,
// whatever time passes nothing else is, and so it stays in another run. What was
// let go is known again when it comes back.
func (m *model) finale() {
	m.allow()
	m.fill(false)
	for _, f := range m.streams {
		m.write(f, 1)
	}
	for range 3 {
		m.poll(m.Context())
		pass(2 * grace)
	}
	m.commit()
	m.fail(m.settled())
	last := m.figures
	m.halt()
	m.poll(m.Context()) // the first poll of a run commits
	m.fail(difference(last, m.figures))
	m.reunite()
	m.poll(m.Context())
	m.commit()
	m.fail(m.settled())
	m.tally.games, m.tally.records = 1, m.serial
	m.tally.lost, m.tally.unsure = m.lost(m.figures)
}

// reunite brings back what is away, and completes what is half.
func (m *model) reunite() {
	for _, f := range m.finished {
		if f.place == away {
			m.moveBack(f)
		}
		if f.half != "" {
			m.write(f, 1)
		}
	}
}

func (m *model) end() {
	m.halt()
	for _, f := range m.handles {
		f.Close()
	}
}

// fail notes the first problem.
func (m *model) fail(problem string) {
	if m.problem == "" {
		m.problem = problem
	}
}
