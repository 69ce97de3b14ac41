package logscan

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// What random games found, and what changed code showed to be without a test.

const halfRow = "d,half,2.0.0,\"ha"

// reuse lets a new file begin with an inode of before, as after a deletion.
func (r *rig) reuse(old, now, text string) {
	r.Helper()
	r.s.tracker.closeAll() // a file that is open keeps its inode
	r.rename(old, now)
	r.must(os.Truncate(r.path(now), 0))
	r.append(now, text)
}

// A file that gets the inode of an old one is none that has a successor: a
// record that is half written stays unread until it is whole. Where the old file
// held nothing but a header, both begin alike.
func TestF10InodeOfAnOldFile(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		for _, old := range []string{"", header, header + rows("old"), "\x1f\x8b\x08\x00 compressed"} {
			timed(t, fmt.Sprintf("stopped %v after %d bytes", stopped, len(old)), func(t *testing.T) {
				r := newKeptRig(t)
				r.append("acct", old)
				r.poll()
				r.rename("acct", "acct.1")
				r.poll()
				if stopped {
					r.stop()
				}
				r.reuse("acct.1", "acct", header+halfRow)
				r.wantHalfToStay("acct", strings.Contains(old, "old"))
			})
		}
	}
	timed(t, "one that was followed by the next", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct-2026-11-22-0001.csv", header)
		r.append("acct-2026-11-22-0002.csv", header)
		r.poll()
		r.reuse("acct-2026-11-22-0001.csv", "acct-2026-11-22-0003.csv", header+halfRow)
		r.wantHalfToStay("acct-2026-11-22-0003.csv", false)
	})
}

// wantHalfToStay completes a half record after a long time, and compares.
func (r *rig) wantHalfToStay(name string, afterOld bool) {
	r.Helper()
	for range 3 {
		r.poll()
		pass(grace)
	}
	r.append(name, "lf\"\n")
	if afterOld {
		r.want("half", "old")
	} else {
		r.want("half")
	}
	r.wantMalformed(acct.Quote, 0)
}

// A file that was out of sight for a moment is the one that is written to, as
// before.
func TestF01BackAtOnce(t *testing.T) {
	timed(t, "with half a record", func(t *testing.T) {
		r := newKeptRig(t, only("acct"))
		r.append("acct", header+halfRow)
		r.want()
		r.rename("acct", "elsewhere")
		r.want()
		r.rename("elsewhere", "acct")
		r.wantHalfToStay("acct", false)
	})
}

// A file that was let go is known again when it comes back, with its position
// and as one whose last record need not have a line end. One that was deleted is
// not remembered: its inode says nothing any more.
func TestF05BackAfterLong(t *testing.T) {
	timed(t, "moved", func(t *testing.T) {
		r := newKeptRig(t, only("acct"))
		r.append("acct", header+rows("a"))
		r.want("a")
		r.rename("acct", "elsewhere")
		r.want("a")
		pass(grace)
		r.want("a")
		r.wantFiles(0)
		r.append("elsewhere", "d,b,,")
		r.rename("elsewhere", "acct")
		r.want("a")
		pass(grace)
		r.want("a", "b")
	})
	timed(t, "deleted", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.remove("acct")
		r.want("a")
		if r.wantFiles(0); len(r.s.tracker.absent) != 0 {
			t.Errorf("%d absent files, want none", len(r.s.tracker.absent))
		}
	})
}

func TestR03RenamedWhileStopped(t *testing.T) {
	timed(t, "no line end", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a")+"d,b,,")
		r.want("a")
		r.stop()
		r.rename("acct", "acct.1")
		r.want("a")
		pass(grace)
		r.want("a", "b")
	})
}

// A file keeps being an old one when the next is gone.
func TestR03SuccessorGone(t *testing.T) {
	timed(t, "while stopped", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct-2026-11-22-0000.csv", header+rows("a")+"d,b,,")
		r.append("acct-2026-11-22-0001.csv", header)
		r.want("a")
		r.stop()
		r.remove("acct-2026-11-22-0001.csv")
		r.want("a")
		pass(grace)
		r.want("a", "b")
	})
}

// A file that could not be read at the very first start, and was truncated
// since, is read from its start.
func TestF18RefusedThenTruncated(t *testing.T) {
	r := newRig(t, fromEnd)
	r.deny(syscall.EACCES)
	r.append("acct", header+rows("old", "old"))
	r.want()
	r.must(os.Truncate(r.path("acct"), 0))
	r.append("acct", header+rows("a"))
	r.want()
	r.deny(nil)
	r.want("a")
}

// What precedes the position is known also where the reading began in the
// middle, so that a refill shows although the file begins as before.
func TestF08RefilledAfterStartAtEnd(t *testing.T) {
	timed(t, "same beginning", func(t *testing.T) {
		r := newRig(t, fromEnd)
		begin := header + "p," + strings.Repeat("x", headBytes) + ",,\n"
		r.append("acct", begin+rows("old", "old"))
		r.want()
		r.append("acct", "d,")
		r.want()
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", begin+rows("a", "b", "c", "d"))
		pass(time.Second)
		r.want("a", "b", "c", "d")
		r.wantTruncations(1)
	})
}

// What is passed over after a pause ends nowhere before it began, so that half
// a record that was counted as the last one of its file is not read again.
func TestS13BackfillBehindHalfARecord(t *testing.T) {
	timed(t, "no line end", func(t *testing.T) {
		r := newKeptRig(t, func(o *Options) { o.MaxBackfillAge = time.Hour })
		r.append("acct-2026-11-22-0000.csv", header+rows("a")+"d,b,,")
		r.append("acct-2026-11-22-0001.csv", header)
		r.want("a")
		pass(grace)
		r.want("a", "b")
		r.stop()
		r.append("acct-2026-11-22-0000.csv", "rest")
		old := time.Now().Add(-2 * time.Hour)
		r.must(os.Chtimes(r.path("acct-2026-11-22-0000.csv"), old, old))
		r.want("a", "b")
		r.append("acct-2026-11-22-0000.csv", " of b\n"+rows("c"))
		r.want("a", "b", "c")
	})
}
