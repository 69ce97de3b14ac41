package logscan

import (
	"testing"
	"time"
)

func mostBytes(n int) func(*Options) {
	return func(o *Options) { o.MaxBackfillBytes = int64(n) }
}

// startKept is a rig that has looked once, and stopped.
func startKept(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	r := newKeptRig(t, change...)
	r.want()
	r.stop()
	return r
}

func TestS13Backfill(t *testing.T) {
	timed(t, "the newest bytes of the newest files", func(t *testing.T) {
		r := startKept(t, mostBytes(len(header+rows("d"))+len(rows("c"))))
		r.append("acct-1", header+rows("a"))
		r.append("acct-2", header+rows("b", "b", "b", "c"))
		r.append("acct-3", header+rows("d"))
		for i, name := range []string{"acct-1", "acct-2", "acct-3"} {
			r.touch(name, time.Now().Add(time.Duration(i-3)*time.Minute))
		}
		r.want("c", "d")
		r.wantSkipped(Backfill, len(header+rows("a"))+len(header+rows("b", "b", "b")))
	})
	timed(t, "the newest of a series by its sequence", func(t *testing.T) {
		r := startKept(t, mostBytes(len(header+rows("b"))))
		r.append("acct-2026-11-22-0000.csv", header+rows("a"))
		r.append("acct-2026-11-22-0001.csv", header+rows("b"))
		r.touch("acct-2026-11-22-0001.csv", time.Now().Add(-time.Hour))
		r.want("b")
	})
	timed(t, "the newest of two series by time", func(t *testing.T) {
		r := startKept(t, mostBytes(len(header+rows("b"))))
		r.append("acct-2026-11-22-0007.csv", header+rows("a"))
		r.append("acct-diag-2026-11-22-0000.csv", header+rows("b"))
		r.touch("acct-2026-11-22-0007.csv", time.Now().Add(-time.Hour))
		r.want("b")
	})
	timed(t, "age", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct-1", header+rows("a"))
		r.want("a")
		r.stop()
		r.append("acct-1", rows("late"))
		r.touch("acct-1", time.Now().Add(-25*time.Hour))
		r.want("a")
		r.append("acct-1", rows("b"))
		r.want("a", "b")
		r.wantSkipped(Backfill, len(rows("late")))
	})
	timed(t, "what is too old takes no room", func(t *testing.T) {
		r := startKept(t, mostBytes(len(header+rows("a")+header+rows("c"))))
		r.append("acct-2026-11-22-0000.csv", header+rows("a"))
		r.append("acct-2026-11-22-0001.csv", header+rows(manyNames(100)...))
		r.append("acct-2026-11-22-0002.csv", header+rows("c"))
		r.touch("acct-2026-11-22-0001.csv", time.Now().Add(-25*time.Hour))
		r.touch("acct-2026-11-22-0000.csv", time.Now().Add(-time.Hour))
		r.want("a", "c")
	})
}

// What a run had seen and not read, the next one reads: a restart in the
// backlog of the very first start, or of a pause, costs nothing.
func TestS13SeenBeforeThePause(t *testing.T) {
	timed(t, "cut by a restart", func(t *testing.T) {
		r := newKeptRig(t, mostBytes(len(rows("new"))))
		old := time.Now().Add(-8 * 24 * time.Hour)
		for _, name := range []string{"acct-1", "acct-2", "acct-3"} {
			r.append(name, header+rows(name))
			r.touch(name, old)
		}
		r.s.Poll(&stopAfter{t.Context(), 3}) // the first of them
		r.stop()
		r.s.Poll(&stopAfter{t.Context(), 0}) // none, and what was known is known
		r.stop()
		r.append("acct-3", rows("new"))
		r.want("acct-1", "acct-2", "acct-3", "new")
		r.wantSkipped(Backfill, 0)
	})
	timed(t, "and grown by more than the limit", func(t *testing.T) {
		r := newKeptRig(t, mostBytes(len(rows("c"))))
		r.append("acct", header+rows("a"))
		r.s.Poll(&stopAfter{t.Context(), 0})
		r.stop()
		r.append("acct", rows("b", "c"))
		r.want("c")
		r.wantSkipped(Backfill, len(header+rows("a", "b")))
	})
	timed(t, "and killed before the first byte was read", func(t *testing.T) {
		r := startKept(t, mostBytes(len(rows("b"))))
		r.append("acct", header+rows("a", "b"))
		r.s.Poll(&stopAfter{t.Context(), 0})
		r.stop()
		r.append("acct", rows("c", "d"))
		r.want("d")
		r.wantSkipped(Backfill, len(header+rows("a", "b", "c")))
	})
}
