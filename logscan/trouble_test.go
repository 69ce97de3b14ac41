package logscan

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func TestTruncation(t *testing.T) {
	t.Run("F07 shorter than before", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("a", "b"))
		r.want("a", "b")
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", header+rows("x"))
		r.want("a", "b", "x")
		r.wantTruncations(1)
	})
	t.Run("F07 only the end is cut off", func(t *testing.T) {
		r := newRig(t)
		n := 2 * headBytes / len(rows("a"))
		r.append("acct", header+strings.Repeat(rows("a"), n)+rows("b"))
		r.want(append(slices.Repeat([]string{"a"}, n), "b")...)
		r.must(os.Truncate(r.path("acct"), int64(len(header)+n*len(rows("a"))+3)))
		r.poll()
		r.append("acct", "a rest\n"+rows("c"))
		r.want(append(slices.Repeat([]string{"a"}, n), "b", "c")...)
		r.wantTruncations(1)
		r.wantSkipped(acct.Rest, len("a rest\n"))
	})
	t.Run("F07 the end of a file without a header", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", strings.Repeat("[]\n", 2*headBytes))
		r.want()
		r.must(os.Truncate(r.path("acct"), headBytes))
		r.want()
		r.append("acct", rows("a")+header+rows("b"))
		r.want("b")
	})
	t.Run("F08 filled again beyond the position", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", header+rows("x", "y", "z"))
		r.want("a", "x", "y", "z")
		r.wantTruncations(1)
	})
	t.Run("F09 writer keeps its place", func(t *testing.T) {
		r := newRig(t)
		write := r.writer("acct")
		write(header + rows("a"))
		r.want("a")
		r.must(os.Truncate(r.path("acct"), 0))
		r.want("a")
		write(header + rows("x"))
		r.want("a", "x")
		r.wantTruncations(1)
		r.wantSkipped(acct.NUL, len(header+rows("a")))
	})
}

func TestF10InodeUsedAgain(t *testing.T) {
	r := newRig(t)
	r.s.tracker.maxOpen = 1 // so that the file is closed when the next is opened
	r.append("acct-1", header+rows("a", "b", "c"))
	r.append("acct-2", header)
	r.want("a", "b", "c")
	r.must(os.Rename(r.path("acct-1"), r.path("acct-3")))
	r.must(os.WriteFile(r.path("acct-3"), []byte(header+rows("w", "x", "y", "z")), 0o644))
	r.want("a", "b", "c", "w", "x", "y", "z")
}

// Between the look at a path and its opening another file may come to it.
func TestF10ReplacedBeforeOpening(t *testing.T) {
	r := newRig(t)
	r.append("acct-1", header+rows("a"))
	r.s.tracker.openFile = func(dir, path string) (opened, error) {
		r.s.tracker.openFile = openToRead
		r.rename("acct-1", "acct-2")
		r.append("acct-1", header+rows("x", "y"))
		return openToRead(dir, path)
	}
	r.want()
	r.want("a", "x", "y")
}

func TestF14CompressedFile(t *testing.T) {
	r := newRig(t)
	r.append("acct.gz", "\x1f\x8b\x08\x00garbage")
	r.append("acct-2.gz", "")
	r.append("acct", header+rows("a"))
	r.want("a")
	r.append("acct-2.gz", "\x1f")
	r.want("a")
	r.append("acct-2.gz", "\x8b\x08\x00garbage\n")
	r.append("acct.gz", "more\n")
	r.want("a")
	r.wantLog("Ignoring a compressed file", 2)
	r.wantMalformed(acct.NoHeader, 0)
	if state := r.committed().Accounting.State; state != (State{OpenFiles: 1, Readable: true}) {
		t.Errorf("state %+v, want one open file and nothing to read", state)
	}
}

// deny makes opening files fail, since tests may run as root.
func (r *rig) deny(err error) {
	r.s.tracker.openFile = func(dir, path string) (opened, error) {
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		return openToRead(dir, path)
	}
}

func (r *rig) wantReadable(want bool) {
	r.Helper()
	if got := r.committed().Accounting.Readable; got != want {
		r.Errorf("readable %v, want %v", got, want)
	}
}

func TestF18FileRefused(t *testing.T) {
	t.Run("new file becomes readable", func(t *testing.T) {
		r := newRig(t, fromEnd)
		r.want()
		r.deny(syscall.EACCES)
		r.append("acct", header+rows("a"))
		r.want()
		r.want()
		r.wantReadable(false)
		if lag := r.committed().Accounting.LagBytes; lag != int64(len(header+rows("a"))) {
			t.Errorf("lag %d, want %d", lag, len(header+rows("a")))
		}
		r.wantLog("err=\"permission denied\"", 1)
		r.wantLog("set world-readable", 1)
		r.deny(nil)
		r.want("a")
		r.want("a")
		r.wantReadable(true)
		r.wantLog("any more", 1)
	})
	t.Run("file of before the start begins at its end", func(t *testing.T) {
		r := newRig(t, fromEnd)
		r.deny(syscall.EACCES)
		r.append("acct", header+rows("old"))
		r.want()
		r.append("acct", rows("a"))
		r.want()
		r.deny(nil)
		r.want("a")
	})
	t.Run("many files in one line", func(t *testing.T) {
		r := newRig(t)
		r.deny(syscall.EACCES)
		for i := range 50 {
			r.append(fmt.Sprintf("acct-%02d", i), header)
		}
		r.want()
		r.wantLog("files=50 path="+r.path("acct-00"), 1)
		r.wantLog("level=warn", 1)
	})
}

func TestF18DirectoryRefused(t *testing.T) {
	t.Run("from the start", func(t *testing.T) {
		r := newRig(t, only("dir/*/acct*"), fromEnd)
		r.must(os.MkdirAll(r.path("real/log"), 0o755))
		r.append("real/log/acct", header+rows("old"))
		r.symlink("dir", "dir") // a loop, which root cannot read either
		r.want()
		r.wantReadable(false)
		r.remove("dir")
		r.symlink("real", "dir")
		r.want()
		r.append("real/log/acct", rows("a"))
		r.append("real/log/acct-2", header+rows("b"))
		r.want("a", "b")
		r.wantReadable(true)
	})
	timed(t, "for a while", func(t *testing.T) {
		r := newRig(t, only("dir/acct*"))
		r.must(os.Mkdir(r.path("real"), 0o755))
		r.append("real/acct", header+rows("a"))
		r.symlink("real", "dir")
		r.want("a")
		r.remove("dir")
		r.symlink("dir", "dir")
		r.append("real/acct", rows("b"))
		for range 3 {
			r.want("a", "b")
			pass(grace)
		}
		r.remove("dir")
		r.symlink("real", "dir")
		r.append("real/acct", rows("c"))
		r.want("a", "b", "c")
	})
}

func TestF20NotRegular(t *testing.T) {
	r := newRig(t)
	r.must(os.Mkdir(r.path("acct-dir"), 0o755))
	r.must(syscall.Mkfifo(r.path("acct-fifo"), 0o644))
	r.symlink("/dev/zero", "acct-zero")
	r.append("acct", header+rows("a"))
	r.want("a")
	r.want("a")
	r.wantLog("not a regular file", 1)
	r.wantReadable(true)
	r.wantFiles(1)
}

func TestF23ManyFiles(t *testing.T) {
	for _, from := range []From{FromStart, FromEnd} {
		t.Run(string(from), func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.From = from })
			r.s.tracker.maxOpen = 8
			for i := range 300 {
				r.append(fmt.Sprintf("acct-2026-11-22-%04d.csv", i), header+rows("a"))
			}
			r.poll()
			r.wantOpen(8)
			for i := range 300 {
				r.append(fmt.Sprintf("acct-2026-11-22-%04d.csv", i), rows("b"))
			}
			want := slices.Repeat([]string{"b"}, 300)
			if from == FromStart {
				want = slices.Repeat([]string{"a", "b"}, 300)
			}
			r.want(want...)
		})
	}
}

// TestF23TenThousandFiles: the first look at many days of files is soon over,
// reads the oldest first, and has few of them open. Processor time does not
// depend on what else the machine does.
func TestF23TenThousandFiles(t *testing.T) {
	const files = 10_000
	r := newRig(t)
	for i := range files { // written in any order
		r.append(fmt.Sprintf("acct-2026-11-22-%04d.csv", i*7919%files), header+rows("a"))
	}
	before := cpuTime(t)
	r.poll()
	spent := cpuTime(t) - before
	t.Logf("%s for the first look", spent)
	if spent > 5*time.Second {
		t.Errorf("%s for the first look, want at most 5s", spent)
	}
	r.wantOpen(maxOpenFiles)
	if !slices.IsSortedFunc(r.s.tracker.order, func(a, b *file) int { return strings.Compare(a.path, b.path) }) {
		t.Error("not the oldest first")
	}
	if got := valueOf(r.committed().Records, acct.Delivered); got != files {
		t.Errorf("%d records, want %d", got, files)
	}
}

// A file that is out of sight keeps its handle, whatever else waits for one.
func TestF23HandleOfGoneFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, only("acct"))
		r.s.tracker.maxOpen = 1
		write := r.writer("acct")
		write(header + rows("a"))
		r.want("a")
		r.rename("acct", "elsewhere")
		r.append("acct", header+rows("x"))
		r.want("a")
		write(rows("b"))
		r.want("a", "b")
		pass(grace)
		r.want("a", "b")
		r.want("a", "b", "x")
	})
}

func TestF25BigFile(t *testing.T) {
	r := newRig(t, fromEnd)
	r.append("acct", header)
	r.must(os.Truncate(r.path("acct"), 5<<30))
	r.append("acct", "\n")
	r.want()
	r.append("acct", rows("a"))
	r.want("a")
	r.wantSkipped(StartAtEnd, 5<<30+1)
}
