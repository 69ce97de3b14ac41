package logscan

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The model test plays random games between a writer, which writes, rotates,
// truncates and deletes files in every way that is known, and a scanner, which
// is polled, stopped and killed in between. The writer keeps the truth: of each
// single record, how often it must and may have been counted. Each commit is
// held against it.
//
// The parts: model_game_test.go plays a game, model_moves_test.go has the moves,
// model_writer_test.go the files, model_truth_test.go the truth.

// game is what a seed stands for.
type game struct {
	onDisk  bool // and not in memory: inodes are used again
	fromEnd bool // the scanner begins at the end of files that are there at the very first start
	logs    bool // the files are text logs
	plays   []play
}

func (g game) String() string {
	return fmt.Sprintf("on disk %v, from end %v, text logs %v: %v", g.onDisk, g.fromEnd, g.logs, g.plays)
}

// play is one move. What its numbers choose depends on the move.
type play struct {
	kind     string
	n, other int
}

func (p play) String() string { return fmt.Sprintf("%s(%d,%d)", p.kind, p.n, p.other) }

// newGame makes the game of a seed. One in eight is on the disk, which is slower,
// and one in four is of text logs.
func newGame(seed uint64) game {
	chance := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	kinds := weighted()
	g := game{onDisk: chance.IntN(8) == 0, fromEnd: chance.IntN(2) == 0, plays: make([]play, 5+chance.IntN(45))}
	g.logs = seed%4 == 0
	for i := range g.plays {
		g.plays[i] = play{kinds[chance.IntN(len(kinds))], chance.IntN(4), chance.IntN(4)}
	}
	return g
}

// shrink leaves out moves, many at once and then one by one, as long as the
// game goes wrong without them.
func (a *arena) shrink(t *testing.T, g game) game {
	t.Helper()
	for size := len(g.plays) / 2; size > 0; {
		shrunk := false
		for i := 0; i+size <= len(g.plays); {
			shorter := g
			shorter.plays = slices.Delete(slices.Clone(g.plays), i, i+size)
			if a.play(t, shorter) == "" {
				i++
				continue
			}
			g, shrunk = shorter, true
		}
		if !shrunk || size > 1 {
			size /= 2
		}
	}
	return g
}

// tally says what happened in all games.
type tally struct {
	games, commits, records int
	lost, unsure            int            // records that were not counted, and that need not have been
	tried, made             map[string]int // moves by kind
}

func newTally() tally { return tally{tried: map[string]int{}, made: map[string]int{}} }

func (t *tally) add(o tally) {
	t.games += o.games
	t.commits += o.commits
	t.records += o.records
	t.lost += o.lost
	t.unsure += o.unsure
	for kind := range o.tried {
		t.tried[kind] += o.tried[kind]
		t.made[kind] += o.made[kind]
	}
}

func (t *tally) String() string {
	var b strings.Builder
	moves := 0
	for _, m := range moveTable() {
		moves += t.made[m.kind]
		fmt.Fprintf(&b, "\n%-10s %8d made, %8d not possible", m.kind, t.made[m.kind], t.tried[m.kind]-t.made[m.kind])
	}
	return fmt.Sprintf("%d games, %d moves, %d commits compared, %d records, of which %d were truncated or deleted unread, and %d could have been%s",
		t.games, moves, t.commits, t.records, t.lost, t.unsure, b.String())
}

// TestP1P4Model plays MODEL games, 1,000 unless told otherwise: make test-model
// plays 100,000. SEED repeats games from that one on; with MODEL=1 it alone.
func TestP1P4Model(t *testing.T) {
	games := number(t, "MODEL", 1000)
	seed := number(t, "SEED", uint64(time.Now().UnixNano()))
	var next, failed atomic.Uint64
	var lock sync.Mutex
	all := newTally()
	t.Run("games", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				a := newArena(t)
				for i := next.Add(1); i <= games && failed.Load() == 0; i = next.Add(1) {
					if !a.playSeed(t, seed+i-1) {
						failed.Add(1)
					}
				}
				lock.Lock()
				defer lock.Unlock()
				all.add(a.tally)
			})
		}
	})
	t.Logf("from seed %d: %v", seed, &all)
	for _, m := range moveTable() {
		if games >= 1000 && failed.Load() == 0 && all.made[m.kind] == 0 {
			t.Errorf("move %s was never possible in %d games", m.kind, games)
		}
	}
}

// playSeed plays the game of a seed, and shows the shortest that goes wrong
// like it.
func (a *arena) playSeed(t *testing.T, seed uint64) bool {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("to repeat: SEED=%d MODEL=1", seed)
		}
	}()
	g := newGame(seed)
	problem := a.play(t, g)
	if problem == "" {
		return true
	}
	shortest := a.shrink(t, g)
	t.Errorf("%s\nshortest game %v\n%s", problem, shortest, a.play(t, shortest))
	return false
}

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
