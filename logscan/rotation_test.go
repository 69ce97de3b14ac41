package logscan

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// timed runs a test whose clock stands still unless pass moves it.
func timed(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestF01Renamed(t *testing.T) {
	timed(t, "out of the pattern, writer goes on", func(t *testing.T) {
		r := newRig(t, only("acct"))
		write := r.writer("acct")
		write(header + rows("a"))
		r.want("a")
		r.rename("acct", "acct.1")
		r.append("acct", header+rows("x"))
		write(rows("b"))
		r.want("a", "b", "x")
		pass(3 * time.Second)
		write(rows("c"))
		r.want("a", "b", "c", "x")
		r.wantFiles(2)
		pass(grace)
		r.append("acct", rows("y"))
		r.want("a", "b", "c", "x", "y")
		r.wantFiles(1)
		r.wantRotations(1)
	})
	timed(t, "within the pattern", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.rename("acct", "acct.1")
		r.append("acct.1", rows("b"))
		r.append("acct", header+rows("x"))
		r.want("a", "b", "x")
		pass(2 * grace)
		r.append("acct.1", rows("c"))
		r.want("a", "b", "c", "x")
		r.wantRotations(1)
	})
	timed(t, "and renamed back", func(t *testing.T) {
		r := newRig(t, only("acct"))
		r.append("acct", header+rows("a"))
		r.want("a")
		r.rename("acct", "elsewhere")
		r.want("a")
		r.rename("elsewhere", "acct")
		r.want("a")
		pass(2 * grace)
		r.want("a")
		r.append("acct", rows("b"))
		r.want("a", "b")
		r.wantRotations(0)
	})
}

func TestF01LateHalfOfARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, only("acct"))
		write := r.writer("acct")
		write(header + rows("a"))
		r.want("a")
		pass(2 * grace)
		r.rename("acct", "acct.1")
		r.want("a")
		pass(grace * 2 / 3)
		write("d,b,")
		r.want("a")
		pass(grace * 2 / 3)
		r.want("a")
		write(",\n")
		r.want("a", "b")
		r.wantMalformed(acct.ShortRow, 0)
	})
}

func TestRotation(t *testing.T) {
	timed(t, "F02 nothing at the path for a while", func(t *testing.T) {
		r := newRig(t, only("acct"), fromEnd)
		r.append("acct", header+rows("old"))
		r.want()
		r.rename("acct", "acct.1")
		r.want()
		pass(2 * grace)
		r.want()
		r.append("acct", header+rows("x"))
		r.want("x")
		r.wantLog("level=warn", 0)
	})
	timed(t, "F03 renamed twice between two polls", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b"))
		r.rename("acct", "acct.1")
		r.append("acct", header+rows("m"))
		r.rename("acct.1", "acct.2")
		r.rename("acct", "acct.1")
		r.append("acct", header+rows("x"))
		r.want("a", "b", "m", "x")
		r.wantRotations(2)
	})
	timed(t, "F04 dated next file", func(t *testing.T) {
		r := newRig(t)
		r.append("acct-2026-11-22-0000.csv", header+rows("a"))
		r.want("a")
		r.append("acct-2026-11-22-0000.csv", rows("b"))
		r.append("acct-2026-11-22-0001.csv", "type,orig,vmta\nd,o@example.com,x\n")
		r.append("acct-2026-11-23-0000.csv", header+rows("y"))
		r.want("a", "b", "x", "y")
		r.append("acct-2026-11-22-0000.csv", rows("late"))
		r.want("a", "b", "late", "x", "y")
		r.wantRotations(2)
		r.wantFiles(3)
	})
}

func TestF05MovedAway(t *testing.T) {
	timed(t, "to another directory, out of sight", func(t *testing.T) {
		r := newRig(t)
		r.append("acct-2026-11-22-0000.csv", header+rows("a"))
		r.want("a")
		r.append("acct-2026-11-22-0000.csv", rows("b"))
		r.rename("acct-2026-11-22-0000.csv", "done/acct-2026-11-22-0000.csv")
		r.want("a", "b")
		pass(grace)
		r.want("a", "b")
		r.wantFiles(0)
	})
	timed(t, "to another directory that is followed", func(t *testing.T) {
		r := newRig(t, only("acct*.csv", "done/*.csv"))
		r.append("acct-2026-11-22-0000.csv", header+rows("a"))
		r.want("a")
		r.append("acct-2026-11-22-0000.csv", rows("b"))
		r.rename("acct-2026-11-22-0000.csv", "done/acct-2026-11-22-0000.csv")
		r.want("a", "b")
		pass(2 * grace)
		r.want("a", "b")
		r.wantFiles(1)
		r.wantRotations(0)
	})
	timed(t, "with a backlog", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+strings.Repeat(rows("a"), 3*chunkBytes/len(rows("a"))))
		r.s.Poll(&stopAfter{t.Context(), 3})
		r.rename("acct", "elsewhere")
		for range 3 {
			r.s.Poll(&stopAfter{t.Context(), 0})
			pass(grace)
		}
		r.wantFiles(1)
		r.want(slices.Repeat([]string{"a"}, 3*chunkBytes/len(rows("a")))...)
		r.wantFiles(0)
	})
}

func TestF17Gone(t *testing.T) {
	timed(t, "deleted while open", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b")+"d,c,")
		r.remove("acct")
		r.want("a", "b", "c")
		r.wantFiles(0)
		r.wantMalformed(acct.ShortRow, 1)
	})
	timed(t, "deleted before it could be read", func(t *testing.T) {
		r := newRig(t)
		r.s.tracker.maxOpen = 0
		r.append("acct", header+rows("a"))
		r.want()
		r.remove("acct")
		r.want()
		pass(grace)
		r.want()
		r.wantFiles(0)
		r.wantSkipped(Lost, len(header+rows("a")))
	})
}

func TestDuplicateFiles(t *testing.T) {
	t.Run("F11 equal beginnings", func(t *testing.T) {
		r := newRig(t)
		text := header + rows(manyNames(2000)...)
		r.append("acct-1", text)
		r.append("acct-2", text)
		r.want(append(manyNames(2000), manyNames(2000)...)...)
	})
	t.Run("F15 overlapping patterns and hard links", func(t *testing.T) {
		r := newRig(t, only("acct*", "acct.*", "acct.csv"))
		r.append("acct.csv", header+rows("a"))
		r.link("acct.csv", "acct-link")
		r.want("a")
		r.append("acct-link", rows("b"))
		r.want("a", "b")
		r.wantFiles(1)
		r.remove("acct-link")
		r.append("acct.csv", rows("c"))
		r.want("a", "b", "c")
		r.wantRotations(0)
	})
}
