package logscan

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// faulty is a file system some of whose calls fail.
type faulty struct {
	fileSystem
	from, to int // calls that fail: from the nth, until before the nth
	fault    fault
	calls    int
}

// fault is how a call fails.
type fault struct {
	err   error
	half  bool // half of what was to be written has been
	done  bool // although all was done
	crash bool // and nothing happens after it
}

func (f fault) String() string {
	return fmt.Sprintf("%v half %v done %v crash %v", f.err, f.half, f.done, f.crash)
}

// do makes a call, or lets it fail.
func (f *faulty) do(call func() error) error {
	f.calls++
	if f.calls < f.from || f.calls >= f.to {
		return call()
	}
	if f.fault.done {
		return errors.Join(f.fault.err, call())
	}
	return f.fault.err
}

func (f *faulty) open(open func(string) (handle, error), path string) (handle, error) {
	var h handle
	err := f.do(func() (err error) {
		h, err = open(path)
		return err
	})
	return faultyHandle{h, f}, err
}

func (f *faulty) create(path string) (handle, error) { return f.open(f.fileSystem.create, path) }

func (f *faulty) openDir(path string) (handle, error) { return f.open(f.fileSystem.openDir, path) }

func (f *faulty) rename(from, to string) error {
	return f.do(func() error { return f.fileSystem.rename(from, to) })
}

type faultyHandle struct {
	handle
	f *faulty
}

func (h faultyHandle) Write(b []byte) (n int, err error) {
	err = h.f.do(func() (err error) {
		n, err = h.handle.Write(b)
		return err
	})
	if err != nil && h.f.fault.half {
		n, _ = h.handle.Write(b[:len(b)/2])
	}
	return n, err
}

func (h faultyHandle) Sync() error {
	err := h.f.do(h.handle.Sync)
	if file, ok := h.handle.(*platterFile); ok && err != nil {
		file.syncFailed()
	}
	return err
}

// Close closes in any case: a test has only so many descriptors.
func (h faultyHandle) Close() error {
	err := h.handle.Close()
	return errors.Join(h.f.do(func() error { return nil }), err)
}

// faults are all ways in which a call fails here.
func faults() []fault {
	return []fault{
		{err: syscall.EIO},
		{err: syscall.ENOSPC},
		{err: syscall.EDQUOT},
		{err: syscall.EROFS},
		{err: io.ErrShortWrite, half: true},
		{err: syscall.EIO, done: true},
		{err: syscall.EIO, crash: true},
		{err: syscall.EIO, crash: true, half: true},
		{err: syscall.EIO, crash: true, done: true},
	}
}

// TestS02EachCallFails lets each system call of three commits fail in each way.
// What is shown is never above what a program that starts now would find, the
// next commit succeeds, and in the end nothing is lost or counted twice.
func TestS02EachCallFails(t *testing.T) {
	const callsOfACommit, commits = 9, 3
	names := []string{"b", "c", "d"}
	for _, fault := range faults() {
		for at := 1; at <= callsOfACommit*commits; at++ {
			timed(t, fmt.Sprintf("%v call %d", fault, at), func(t *testing.T) {
				r := newKeptRig(t)
				r.append("acct", header+rows("a"))
				r.want("a")
				broken := &faulty{fileSystem: disk{}, from: at, to: at + 1, fault: fault}
				if fault.crash {
					broken.to = 1 << 30
				}
				r.s.store.fs = broken
				shown := uint64(1)
				for _, name := range names {
					r.append("acct", rows(name))
					pass(commitInterval)
					r.poll()
					shown = r.wantShown(shown)
				}
				if broken.calls < at {
					t.Fatalf("%d calls, want %d at least", broken.calls, at)
				}
				if !fault.crash {
					pass(commitInterval)
					if r.wantShown(shown) != 4 || !r.s.Snapshot().Durability.Saved {
						t.Errorf("%d records, %+v after the fault, want 4, saved", shown, r.s.Snapshot().Durability)
					}
				}
				r.kill()
				r.wantShown(shown)
				r.want("a", "b", "c", "d")
			})
		}
	}
}

// wantShown compares what is shown with what was, and with what a program that
// starts now would find. It returns the records that are shown.
func (r *rig) wantShown(before uint64) uint64 {
	r.Helper()
	shown := valueOf(r.s.Snapshot().Records, acct.Delivered)
	state, err := (&store{dir: r.s.store.dir, fs: disk{}, read: readState}).load()
	r.must(err)
	if shown < before || shown > state.Records.Counts[slices.Index(state.Records.Keys, acct.Delivered)] {
		r.Errorf("%d records on show, want at least %d, and at most what %+v has", shown, before, state.Records)
	}
	return shown
}
