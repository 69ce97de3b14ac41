package logscan

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// newKeptRig is a rig whose scanner keeps its counts.
func newKeptRig(t testing.TB, change ...func(*Options)) *rig {
	t.Helper()
	dir := t.TempDir()
	r := newRig(t, append(change, func(o *Options) { o.StateDirectory = dir })...)
	t.Cleanup(func() { _ = r.s.Close() }) // and so the lock lives as long as the test
	return r
}

// kill ends the scanner as SIGKILL would, and starts another one. What was not
// committed is forgotten.
func (r *rig) kill() {
	r.Helper()
	r.s.tracker.closeAll()
	r.must(r.s.Close())
	s, err := New(r.s.options)
	r.must(err)
	r.Cleanup(s.tracker.closeAll)
	r.s = s
}

// stop ends it in order.
func (r *rig) stop() {
	r.Helper()
	r.s.commit(time.Now())
	r.kill()
}

func TestP1CountsOutliveTheProgram(t *testing.T) {
	timed(t, "stopped", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a", "b"))
		r.want("a", "b")
		created := r.committed().Accounting.Created
		r.stop()
		if s := r.s.Snapshot(); !s.Accounting.Created.Equal(created) || valueOf(s.Records, acct.Delivered) != 2 || !s.Durability.Loaded || !s.Durability.Enabled {
			t.Errorf("after the restart %+v, want what was before it", s)
		}
		r.append("acct", rows("c"))
		r.want("a", "b", "c")
	})
	timed(t, "killed before the commit", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b"))
		r.poll() // counted, but not committed
		r.kill()
		r.want("a", "b")
	})
	timed(t, "R02 within a record", func(t *testing.T) {
		r := newKeptRig(t)
		whole := rows("a")
		r.append("acct", header+whole+whole[:10])
		r.want("a")
		r.stop()
		r.append("acct", whole[10:])
		r.want("a", "a")
	})
	timed(t, "R11 another header while stopped", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.stop()
		r.append("acct", "type,dsnStatus,vmta\nd,2.0.0,b\n")
		r.want("a", "b")
	})
}

// A program that ends before it looked at any file keeps all positions.
func TestP1StoppedBeforeTheFirstPoll(t *testing.T) {
	timed(t, "twice", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.stop()
		r.stop()
		r.want("a")
	})
}

// TestP1OddRestarts: what a host can do to files and clock between two runs.
func TestP1OddRestarts(t *testing.T) {
	timed(t, "stopped for a year", func(t *testing.T) {
		r := newKeptRig(t, func(o *Options) { o.MaxBackfillAge = 1 << 60 })
		r.append("acct", header+rows("a"))
		r.want("a")
		r.stop()
		pass(365 * 24 * time.Hour)
		r.stop()
		r.append("acct", rows("b"))
		r.want("a", "b")
	})
	timed(t, "other device numbers", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.edit(func(state *stored) {
			for i := range state.Files {
				state.Files[i].Device++
			}
		})
		r.want("a")
	})
	timed(t, "ended before the very first look", func(t *testing.T) {
		r := newKeptRig(t, fromEnd)
		r.append("acct", header+rows("old"))
		r.stop()
		r.want()
	})
	timed(t, "more files than are remembered when absent", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.edit(func(state *stored) {
			live := state.Files[0]
			state.Files = nil
			for i := range mostAbsent {
				state.Files = append(state.Files, storedFile{Inode: uint64(1<<40 + i), Path: "x", Seen: live.Seen - 1})
			}
			state.Files = append(state.Files, live)
		})
		r.want("a")
	})
	for _, stopped := range []bool{false, true} {
		timed(t, fmt.Sprintf("a compressed file's inode becomes accounting, stopped %v", stopped), func(t *testing.T) {
			r := newKeptRig(t)
			r.append("acct.3.gz", "\x1f\x8b.............")
			r.want()
			if stopped {
				r.stop()
			}
			r.rename("acct.3.gz", "acct")
			r.must(os.Truncate(r.path("acct"), 0))
			r.append("acct", header+rows("a"))
			r.want("a")
		})
	}
}

// edit changes what was kept, and starts another run.
func (r *rig) edit(change func(*stored)) {
	r.Helper()
	state, err := r.s.store.load()
	r.must(err)
	change(state)
	r.must(r.s.store.save(state))
	r.kill()
}

// A commit in the middle of a poll has the positions of files that were found
// in that poll.
func TestP1CommitWithinAPoll(t *testing.T) {
	timed(t, "two new files", func(t *testing.T) {
		r := newKeptRig(t)
		r.poll()
		r.append("acct-1", header+rows("a"))
		r.append("acct-2", header+rows("b"))
		r.s.tracker.openFile = func(dir, path string) (opened, error) {
			if strings.HasSuffix(path, "2") {
				r.s.commit(time.Now()) // acct-1 is counted
			}
			return openToRead(dir, path)
		}
		r.poll()
		r.kill()
		r.want("a", "b")
	})
}

func TestF06RotatedWhileStopped(t *testing.T) {
	for generations := 1; generations <= 3; generations++ {
		timed(t, fmt.Sprint(generations), func(t *testing.T) {
			r := newKeptRig(t)
			r.append("acct", header+rows("a"))
			r.want("a")
			want := []string{"a", "late", "new"}
			r.stop()
			r.append("acct", rows("late"))
			for g := range generations {
				for old := g; old > 0; old-- {
					r.rename(fmt.Sprintf("acct.%d", old), fmt.Sprintf("acct.%d", old+1))
				}
				r.rename("acct", "acct.1")
				name := fmt.Sprintf("middle%d", g)
				if g == generations-1 {
					name = "new"
				} else {
					want = append(want, name)
				}
				r.append("acct", header+rows(name))
			}
			r.want(want...)
		})
	}
}

// Files that were not there when the exporter stopped are new, wherever the
// very first start was told to begin.
func TestS12NewWhileStopped(t *testing.T) {
	timed(t, "from end", func(t *testing.T) {
		r := newKeptRig(t, fromEnd)
		r.append("acct-1", header+rows("old"))
		r.want()
		r.append("acct-1", rows("a"))
		r.want("a")
		r.stop()
		r.append("acct-2", header+rows("b"))
		r.want("a", "b")
	})
}

// A file that could not be read at the very first start is begun at its end as
// it was then, also by a later run.
func TestF18RefusedUntilRestart(t *testing.T) {
	timed(t, "from end", func(t *testing.T) {
		r := newKeptRig(t, fromEnd)
		r.append("acct", header+rows("old"))
		r.deny(syscall.EACCES)
		r.want()
		r.stop()
		r.append("acct", rows("a"))
		r.want("a")
	})
}

func TestF08RefilledBeyondThePosition(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		timed(t, fmt.Sprintf("stopped %v", stopped), func(t *testing.T) {
			r := newKeptRig(t)
			long := strings.Repeat("x", headBytes) // so that the beginning is the same
			begin := header + "d," + long + ",2.0.0,ok\n"
			r.append("acct", begin+rows("a", "b"))
			r.poll()
			before := valueOf(r.committed().Records, acct.Delivered)
			if stopped {
				r.stop()
			}
			r.must(os.Truncate(r.path("acct"), 0))
			r.append("acct", begin+rows("c", "d", "e", "f"))
			pass(time.Second)
			r.poll()
			s := r.committed()
			if got := valueOf(s.Records, acct.Delivered); got != before+5 || s.Accounting.Truncations != 1 {
				t.Errorf("%d records and %d truncations, want %d and 1", got, s.Accounting.Truncations, before+5)
			}
		})
	}
}

func TestF10InodeUsedAgainWhileStopped(t *testing.T) {
	timed(t, "another file", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a", "a", "a"))
		r.want("a", "a", "a")
		r.stop()
		r.must(os.Truncate(r.path("acct"), 0)) // the same inode
		r.append("acct", header+rows("b"))
		r.want("a", "a", "a", "b")
	})
}

// A file that left the patterns and comes back under another one is the same
// file.
func TestF05MovedToArchiveWhileStopped(t *testing.T) {
	timed(t, "archive", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.stop()
		r.rename("acct", "archive/acct")
		r.append("archive/acct", rows("b"))
		r.want("a") // not where the pattern looks
		r.s.options.Accounting = append(r.s.options.Accounting, r.path("archive/*"))
		r.stop()
		r.want("a", "b")
	})
	timed(t, "with a backlog, killed while it is read", func(t *testing.T) {
		r := newKeptRig(t, only("acct*", "archive/*"))
		n := 3 * chunkBytes / len(rows("a"))
		r.append("acct-2026-11-22-0000.csv", header+strings.Repeat(rows("a"), n))
		r.s.Poll(&stopAfter{t.Context(), 2}) // a chunk, committed
		r.rename("acct-2026-11-22-0000.csv", "archive/acct-2026-11-22-0000.csv")
		r.append("acct-2026-11-22-0001.csv", header+rows("next"))
		r.kill()
		r.s.Poll(&stopAfter{t.Context(), 2}) // another one
		r.kill()
		r.s.Poll(&stopAfter{t.Context(), 2})
		r.s.Poll(&stopAfter{t.Context(), 2}) // and one that is not committed
		r.kill()
		r.want(append(slices.Repeat([]string{"a"}, n), "next")...)
		r.wantTruncations(0)
	})
}
