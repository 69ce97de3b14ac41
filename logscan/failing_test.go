package logscan

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// trouble lets calls on files fail.
type trouble struct {
	kind     troubleKind
	calls    int
	from, to int // calls from..to fail, counted from 1
}

type troubleKind string

const (
	ioError  troubleKind = "F22 I/O error"
	stale    troubleKind = "F21 stale handle"
	oldSize  troubleKind = "F21 old size" // a file seems to be half as long
	refused  troubleKind = "F18 refused"  // to open it; what is open can be read
	untilEnd             = 1 << 30
)

func (o *trouble) err() error {
	return map[troubleKind]error{ioError: syscall.EIO, stale: syscall.ESTALE, oldSize: io.EOF, refused: syscall.EACCES}[o.kind]
}

// strikes counts a call, and reports whether it fails.
func (o *trouble) strikes() bool {
	o.calls++
	return o.from <= o.calls && o.calls <= o.to
}

func (o *trouble) open(dir, path string) (opened, error) {
	if o.strikes() && o.kind != oldSize {
		return nil, &os.PathError{Op: "open", Path: path, Err: o.err()}
	}
	f, err := openToRead(dir, path)
	if err != nil {
		return nil, err
	}
	return troubled{f, o}, nil
}

// troubled is an open file whose calls may fail.
type troubled struct {
	opened
	trouble *trouble
}

func (f troubled) ReadAt(b []byte, offset int64) (int, error) {
	n, err := f.opened.ReadAt(b, offset)
	if f.trouble.kind != refused && f.trouble.strikes() {
		return n / 2, f.trouble.err()
	}
	return n, err
}

func (f troubled) Stat() (os.FileInfo, error) {
	info, err := f.opened.Stat()
	switch {
	case err != nil || f.trouble.kind == refused || !f.trouble.strikes():
		return info, err
	case f.trouble.kind == oldSize:
		return halfInfo{info}, nil
	}
	return nil, f.trouble.err()
}

type halfInfo struct{ os.FileInfo }

func (i halfInfo) Size() int64 { return i.FileInfo.Size() / 2 }

// suffer makes calls fail from now on.
func (r *rig) suffer(o *trouble) *trouble {
	r.s.tracker.openFile = o.open
	return o
}

// calm polls until a trouble of three calls must be over.
func (r *rig) calm() {
	r.Helper()
	for i := range 4 {
		r.poll()
		pass(leastWait << i)
	}
}

// troubledRun lets files be written, rotated, truncated and moved while calls
// fail, and returns the records that are to be counted. What is moved out of
// sight is lost when its handle becomes stale.
func (r *rig) troubledRun(o *trouble) []string {
	r.suffer(o)
	r.append("acct", header+rows("old"))
	r.calm()
	for _, text := range []string{rows("a"), "d,b,2.0.0", ",ok\n"} {
		r.append("acct", text)
		r.calm()
	}
	r.rename("acct", "acct.1")
	r.append("acct.1", rows("late"))
	r.append("acct", header+rows("c"))
	r.calm()
	r.stop()
	r.s.store.fs = unsynced{}
	r.suffer(o)
	r.append("acct", rows("d"))
	r.calm()
	r.must(os.Truncate(r.path("acct"), 0))
	r.append("acct", header+rows("e", "f", "g", "h"))
	r.calm()
	want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "late"}
	if o.kind != stale {
		r.append("acct", "d,moved,2.0.0,ok")
		r.rename("acct", "elsewhere")
		want = append(want, "moved")
	}
	for range 3 {
		r.calm()
		pass(grace)
	}
	return want
}

// TestF22EachCallFails lets each call on a file fail, also with the two that
// follow it, and wants all records counted once all the same.
func TestF22EachCallFails(t *testing.T) {
	o := testOptions(t)
	for _, c := range []struct {
		kind  troubleKind
		calls int // that fail together
	}{
		{ioError, 1},
		{ioError, 3},
		{stale, 1},
		{refused, 1},
		{oldSize, 1}, // when two agree on a shorter file, it is one
	} {
		t.Run(fmt.Sprintf("%s, %d at a time", c.kind, c.calls), func(t *testing.T) {
			total := 1
			for n := 0; n <= total; n++ { // at first none fails
				synctest.Test(t, func(t *testing.T) {
					total = playTrouble(t, o, &trouble{kind: c.kind, from: n, to: n + c.calls - 1})
				})
			}
			t.Logf("%d calls", total)
		})
	}
}

// playTrouble returns how many calls there were.
func playTrouble(t *testing.T, options Options, o *trouble) int {
	t.Helper()
	options.StateDirectory = t.TempDir()
	r := newRigWith(t, options, fromEnd)
	t.Cleanup(func() { _ = r.s.Close() }) // nothing is kept
	r.s.store.fs = unsynced{}
	names := r.troubledRun(o)
	s := r.committed()
	got := fmt.Sprint(countedNames(s), s.Accounting.Truncations, valueOf(s.Accounting.SkippedBytes, Lost),
		valueOf(s.Accounting.SkippedBytes, StartAtEnd), s.Accounting.Readable)
	if want := fmt.Sprint(names, 1, 0, len(header+rows("old")), true); got != want {
		t.Fatalf("call %d of %d failed: %s, want %s\n%s", o.from, o.calls, got, want, r.log)
	}
	return o.calls
}

func (r *rig) wantOpen(most int) {
	r.Helper()
	if got := len(r.s.tracker.handles); got > most {
		r.Errorf("%d files open, want at most %d", got, most)
	}
}

// TestF22TriedLessAndLess: trouble is said once, and each time it is waited
// longer until the file is read again.
func TestF22TriedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		o := r.suffer(&trouble{kind: ioError, from: 1, to: untilEnd})
		r.append("acct", header+rows("a"))
		for range 600 { // polls, of 5 minutes
			r.poll()
			pass(500 * time.Millisecond)
		}
		if o.calls < 13 || o.calls > 14 { // after 1, 2, 4, 8, 16, 30, 30 … seconds
			t.Errorf("%d calls in 5 minutes, want 13 or 14", o.calls)
		}
		r.wantReadable(false)
		r.wantLog("level=warn", 1)
		r.wantLog("err=\"input/output error\"", 1)
		o.to = 0
		pass(longestWait)
		r.want("a")
		r.wantReadable(true)
		r.wantLog("any more", 1)
	})
}

// A file that cannot be read is said to be so also in polls that do not come to
// it.
func TestF18StillRefusedInABacklog(t *testing.T) {
	r := newRig(t)
	r.suffer(&trouble{kind: refused, from: 1, to: untilEnd})
	r.append("acct-1", header+rows("a"))
	r.want()
	for range 3 {
		r.s.Poll(&stopAfter{t.Context(), 0})
		r.wantReadable(false)
	}
	r.wantLog("level=warn", 1)
	r.wantLog("any more", 0)
}

// A handle stays stale: the path leads to the file again, or to the next one.
func TestF21StaleHandle(t *testing.T) {
	timed(t, "the file is still there", func(t *testing.T) {
		r := newRig(t)
		o := r.suffer(&trouble{kind: stale})
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b"))
		o.from, o.to = o.calls+1, untilEnd
		r.want("a")
		r.wantReadable(false)
		r.wantOpen(0)
		before := o.calls
		r.want("a")
		if o.calls != before {
			t.Errorf("%d calls in the same second, want none", o.calls-before)
		}
		o.to = 0
		pass(leastWait)
		r.want("a", "b")
		r.wantReadable(true)
		r.wantTruncations(0)
	})
	timed(t, "another file has its path", func(t *testing.T) {
		r := newRig(t, only("acct"))
		o := r.suffer(&trouble{kind: stale})
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("lost"))
		r.s.Poll(&stopAfter{t.Context(), 0}) // sees its size
		r.rename("acct", "elsewhere")
		r.append("acct", header+rows("x", "y", "z"))
		o.from, o.to = o.calls+1, o.calls+2 // Stat and ReadAt of the old file
		r.want("a", "x", "y", "z")
		r.wantFiles(2)
		pass(grace)
		r.want("a", "x", "y", "z")
		r.wantFiles(1)
		r.wantSkipped(Lost, len(rows("lost")))
	})
}

// A size may be that of a moment ago: what counts is where the bytes end.
func TestF21OldSize(t *testing.T) {
	r := newRig(t)
	r.append("acct", header+rows("a", "b"))
	r.want("a", "b")
	f := r.s.tracker.order[0]
	f.size, f.pending = f.size/2, true
	r.s.follow(t.Context(), f, pollBytes)
	r.append("acct", rows("c"))
	r.want("a", "b", "c")
	r.wantTruncations(0)
}

// When bytes and size do not agree for longer than a truncation takes to be
// seen, that is an error, and nothing is used.
func TestF21OldSizeForLong(t *testing.T) {
	timed(t, "and then the true one", func(t *testing.T) {
		r := newRig(t)
		o := r.suffer(&trouble{kind: oldSize, from: 1, to: untilEnd})
		r.append("acct", header+rows("a"))
		r.want()
		r.wantReadable(true)
		r.want()
		r.wantReadable(false)
		r.wantLog("it ends before its size", 1)
		o.to = 0
		pass(leastWait)
		r.want("a")
		r.wantReadable(true)
	})
}

// What is about to be forgotten is read whatever its size seems to be.
func TestF21NoSizeAtAll(t *testing.T) {
	timed(t, "moved out of sight", func(t *testing.T) {
		r := newRig(t)
		o := r.suffer(&trouble{kind: ioError})
		write := r.writer("acct")
		write(header + rows("a"))
		r.want("a")
		r.rename("acct", "elsewhere")
		o.from, o.to = o.calls+1, o.calls+1 // Stat
		r.want("a")
		write(rows("b"))
		pass(grace)
		o.from, o.to = o.calls+1, o.calls+1
		r.want("a", "b")
		r.wantFiles(0)
	})
}

// A client of NFS renames what is deleted while it is open. Under that name it
// is not a file to follow.
func TestF21RenamedByDeletion(t *testing.T) {
	timed(t, "deleted", func(t *testing.T) {
		r := newRig(t, only("*"))
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b"))
		r.rename("acct", ".nfs00000000000a1b2c00000001")
		r.want("a", "b")
		pass(grace)
		r.want("a", "b")
		r.wantFiles(0)
		r.wantOpen(0)
	})
}

// What no path leads to and cannot be read is not kept for longer than the
// grace; a deleted file not even when it is still written.
func TestF17NeverPinned(t *testing.T) {
	for _, deleted := range []bool{true, false} {
		timed(t, fmt.Sprintf("deleted %v", deleted), func(t *testing.T) {
			r := newRig(t)
			o := r.suffer(&trouble{kind: ioError})
			write := r.writer("acct")
			write(header + rows("a"))
			r.want("a")
			r.rename("acct", "elsewhere")
			if deleted {
				r.remove("elsewhere")
			}
			for second := range int(grace / time.Second) {
				if deleted || second == 0 {
					write(rows("b"))
				}
				o.from, o.to = o.calls+2, untilEnd // behind a Stat
				r.want("a")
				r.wantFiles(1)
				pass(time.Second)
			}
			r.want("a")
			r.wantFiles(0)
			r.wantOpen(0)
		})
	}
}
