package logscan

import (
	"os"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func TestFromEnd(t *testing.T) {
	old := header + rows("old", "old")
	t.Run("S12 begins at the end of what exists", func(t *testing.T) {
		r := newRig(t, fromEnd)
		r.append("acct", old)
		r.want()
		r.append("acct", rows("a"))
		r.append("acct-2", header+rows("b"))
		r.want("a", "b")
		r.wantSkipped(StartAtEnd, len(old))
		r.wantRotations(1)
	})
	t.Run("R02 within a record", func(t *testing.T) {
		r := newRig(t, fromEnd)
		r.append("acct", old+"d,a,2.0.0,\"smtp;250")
		r.want()
		r.append("acct", " OK\"\n"+rows("b"))
		r.want("a", "b")
		r.wantSkipped(StartAtEnd, len(old))
	})
	t.Run("R14 no known format", func(t *testing.T) {
		r := newRig(t, fromEnd)
		r.append("acct", "[]\n[]\n")
		r.want()
		r.wantLog("level=warn", 0)
		r.append("acct", "[]\n")
		r.want()
		r.wantMalformed(acct.NoHeader, 1)
		r.wantLog("level=warn", 1)
	})
}

func TestFromEndOfOddFiles(t *testing.T) {
	old := header + rows("old", "old")
	for _, c := range []struct{ name, before, after, want string }{
		{"within a quoted field of several lines", old + "d,x,2.0.0,\"smtp;250\nsecond line", ", end\"\n" + rows("b"), "b"},
		{"within the header", header[:9], header[9:] + rows("a"), "a"},
		{"behind blank lines and NULs", "\n\r\n\x00\x00" + old, rows("a"), "a"},
		{"in a long record", old + "d,x,2.0.0,\"smtp;250" + strings.Repeat("x", 2*chunkBytes), "\"\n" + rows("b"), "b"},
		{"everything in quotes", "\"type\",\"vmta\"\r\n\"d\",\"old\"\r\n", "\"d\",\"a\"\r\n", "a"},
		{"empty file", "", header + rows("a"), "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, fromEnd)
			r.append("acct", c.before)
			r.want()
			r.append("acct", c.after)
			r.want(c.want)
		})
	}
}

func TestFromStart(t *testing.T) {
	r := newRig(t)
	r.append("acct-2026-11-22-0001.csv", header+rows("b"))
	r.append("acct-2026-11-22-0000.csv", header+rows("a"))
	r.append("acct.csv", header+rows("z"))
	r.want("a", "b", "z")
	r.wantRotations(0)
}

func TestF19DirectoryAppearsLater(t *testing.T) {
	for _, from := range []From{FromEnd, FromStart} {
		t.Run(string(from), func(t *testing.T) {
			r := newRig(t, only("later/*/acct*"), func(o *Options) { o.From = from })
			r.want()
			if !r.s.Ready() {
				t.Error("not ready after the first look")
			}
			r.wantLog("Found no file yet", 1)
			r.must(os.MkdirAll(r.path("later/a"), 0o755))
			r.append("later/a/acct", header+rows("a"))
			r.want("a")
			r.wantRotations(0)
		})
	}
}

// Another directory may take the place of one, such as by a mount.
func TestF19DirectoryReplaced(t *testing.T) {
	timed(t, "and put back", func(t *testing.T) {
		r := newRig(t, only("dir/acct*"), fromEnd)
		r.must(os.Mkdir(r.path("dir"), 0o755))
		r.append("dir/acct", header+rows("old"))
		r.want()
		r.append("dir/acct", rows("a"))
		r.rename("dir", "dir.old")
		r.want("a") // by the open handle
		r.must(os.Mkdir(r.path("dir"), 0o755))
		r.append("dir/acct", header+rows("b"))
		r.want("a", "b")
		pass(grace)
		r.want("a", "b")
		r.wantFiles(1)
		r.rename("dir", "dir.new")
		r.rename("dir.old", "dir")
		r.append("dir/acct", rows("c"))
		r.want("a", "b", "c")
	})
}

// What could not be looked at at the very first start was there then, also for
// a later run.
func TestF18DirectoryRefusedUntilRestart(t *testing.T) {
	r := newKeptRig(t, only("dir/*/acct*"), fromEnd)
	r.must(os.MkdirAll(r.path("real/log"), 0o755))
	r.append("real/log/acct", header+rows("old"))
	r.symlink("dir", "dir") // a loop, which root cannot read either
	r.want()
	for range 2 {
		r.stop()
		r.want()
	}
	r.remove("dir")
	r.symlink("real", "dir")
	r.want()
	r.append("real/log/acct", rows("a"))
	r.append("real/log/acct-2", header+rows("b"))
	r.want("a", "b")
	r.wantSkipped(StartAtEnd, len(header+rows("old")))
}

func TestPatternMatchesLater(t *testing.T) {
	r := newRig(t, only("acct-[0-9].csv"))
	r.append("acct-x.csv", header+rows("a"))
	r.want()
	r.rename("acct-x.csv", "acct-1.csv")
	r.want("a")
}
