//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// phase is what the exporter was doing when it was killed, by what it left.
type phase string

// The phases that kills are aimed at. Each has its evidence, in the order of
// what the exporter and the simulator did, as inotify tells it, and in the
// files that are left. A kill is counted for one phase only: the first of this
// list that it hit.
const (
	// The temporary state is begun and has not got its name: it is still there.
	committing phase = "commit"
	// The state has lost its name and the new one has not got it: there is none.
	between phase = "rename, between the two"
	// The new state has its name, and the exporter had not closed the directory
	// when the signal had been sent: the names were not known to be durable.
	renaming phase = "rename"
	// The simulator had begun an accounting file less than justNow before, while
	// the exporter ran, and the state that is left does not know it.
	rotating phase = "rotation"
	// The last that the exporter did, less than readTime before, was to read a
	// file that had been written to since it last began a commit: it was reading
	// or counting what no state holds.
	reading phase = "read"
	// None of these.
	elsewhere phase = "other"
)

const (
	justNow  = 100 * time.Millisecond // five polls
	readTime = 2 * time.Millisecond   // enough to read and count what a poll finds
)

// aims are the phases that a kill can be aimed at.
func aims() []phase { return []phase{committing, renaming, rotating, reading} }

// The names in the state directory.
const (
	stateName     = "state"
	previousState = "state.previous"
	temporary     = "state.tmp"
)

// witness sees through inotify what happens in the state directory and among
// the accounting files. The kernel notes every call as it is made, in one queue,
// so after the exporter's death all that it did is there, in order. When it was
// the queue does not say: what is found in it came after it was last empty.
type witness struct {
	inotify, epoll int
	buffer         []byte
	state, acct    string
	inState        int32     // the watch of the state directory
	empty          time.Time // when the queue was empty

	events []event // of the exporter's present life
	kill   int     // how many of them there were when the signal had been sent
	killed time.Time
	unread map[string]bool // accounting files written to since a commit last began
}

// event is a call: what happened to a name in a directory, or to the directory.
type event struct {
	inState bool
	name    string // empty for the directory
	mask    uint32
	after   time.Time // no earlier than this
	fresh   bool      // of a reading: the file was written to since a commit last began
}

func (e event) is(inState bool, name string, mask uint32) bool {
	match, err := filepath.Match(name, e.name)
	return err == nil && match && e.inState == inState && e.mask&mask != 0
}

const (
	written = syscall.IN_CREATE | syscall.IN_OPEN | syscall.IN_MODIFY
	anyFile = "*.csv"
)

func newWitness(t *testing.T, state, acct string) *witness {
	t.Helper()
	inotify, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	t.Cleanup(func() { _ = syscall.Close(inotify) }) // nothing to lose
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	must(err)
	t.Cleanup(func() { _ = syscall.Close(epoll) }) // nothing to lose
	must(syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, inotify, &syscall.EpollEvent{Events: syscall.EPOLLIN}))
	inState, err := syscall.InotifyAddWatch(inotify, state, written|syscall.IN_MOVE|syscall.IN_CLOSE)
	must(err)
	_, err = syscall.InotifyAddWatch(inotify, acct, written|syscall.IN_ACCESS)
	must(err)
	return &witness{
		inotify: inotify, epoll: epoll, buffer: make([]byte, 64<<10),
		state: state, acct: acct, inState: int32(inState), unread: map[string]bool{},
	}
}

// until waits until an event is due, at most so long. It looks at the queue
// every millisecond, to know when it was empty, and as soon as there is an event.
func (w *witness) until(t *testing.T, most time.Duration, due func(event) bool) {
	t.Helper()
	var ready [1]syscall.EpollEvent
	for end := time.Now().Add(most); time.Now().Before(end); {
		if slices.ContainsFunc(w.drain(t), due) {
			return
		}
		if _, err := syscall.EpollWait(w.epoll, ready[:], 1); err != nil && !errors.Is(err, syscall.EINTR) {
			t.Fatal(err)
		}
	}
}

func never(event) bool { return false }

// drain takes the events that are there.
func (w *witness) drain(t *testing.T) []event {
	t.Helper()
	first := len(w.events)
	for {
		now := time.Now()
		n, err := syscall.Read(w.inotify, w.buffer)
		if errors.Is(err, syscall.EAGAIN) {
			w.empty = now
			return w.events[first:]
		}
		if err != nil {
			t.Fatal(err)
		}
		w.note(t, w.buffer[:n])
	}
}

// note keeps the events of a buffer, each a struct inotify_event and its name.
func (w *witness) note(t *testing.T, b []byte) {
	t.Helper()
	for len(b) >= syscall.SizeofInotifyEvent {
		watch, mask := int32(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:])
		end := syscall.SizeofInotifyEvent + binary.NativeEndian.Uint32(b[12:])
		e := event{
			inState: watch == w.inState, mask: mask, after: w.empty,
			name: string(bytes.TrimRight(b[syscall.SizeofInotifyEvent:end], "\x00")),
		}
		if mask&syscall.IN_Q_OVERFLOW != 0 {
			t.Fatal("the queue of inotify overflowed")
		}
		switch {
		case e.is(false, anyFile, syscall.IN_MODIFY):
			w.unread[e.name] = true
		case e.is(false, anyFile, syscall.IN_ACCESS):
			e.fresh = w.unread[e.name]
		case e.is(true, temporary, syscall.IN_OPEN):
			clear(w.unread)
		}
		w.events, b = append(w.events, e), b[end:]
	}
}

// forget begins a new life of the exporter.
func (w *witness) forget(t *testing.T) {
	t.Helper()
	w.drain(t)
	w.events = w.events[:0]
}

// sent is called as soon as SIGKILL has been sent.
func (w *witness) sent(t *testing.T) {
	t.Helper()
	w.killed = time.Now()
	w.drain(t)
	w.kill = len(w.events)
}

// moment is a random instant in a phase, in one of the first commits, files or
// readings to come.
func (w *witness) moment(chance *rand.Rand, p phase) func(event) bool {
	type call struct {
		inState bool
		name    string
		mask    uint32
	}
	calls := map[phase][]call{
		committing: {{true, temporary, syscall.IN_OPEN}, {true, temporary, syscall.IN_MODIFY}},
		renaming:   {{true, temporary, syscall.IN_CLOSE_WRITE}, {true, stateName, syscall.IN_MOVED_FROM}, {true, stateName, syscall.IN_MOVED_TO}},
		rotating:   {{false, anyFile, syscall.IN_CREATE}},
		reading:    {{false, anyFile, syscall.IN_ACCESS}},
	}[p]
	c, wait := calls[chance.IntN(len(calls))], chance.IntN(2)
	return func(e event) bool {
		if !e.is(c.inState, c.name, c.mask) || p == reading && !e.fresh {
			return false
		}
		wait--
		return wait < 0
	}
}

// verdict tells what the dead exporter was doing.
func (w *witness) verdict(t *testing.T) phase {
	t.Helper()
	w.drain(t)
	switch p := w.ofCommit(t); {
	case p != elsewhere:
		return p
	case w.rotated(t):
		return rotating
	case w.read():
		return reading
	default:
		return elsewhere
	}
}

// ofCommit tells how far a commit was, and makes sure that the directory agrees.
func (w *witness) ofCommit(t *testing.T) phase {
	t.Helper()
	p := elsewhere
	for i, e := range w.events {
		switch {
		case e.is(true, temporary, written):
			p = committing
		case e.is(true, stateName, syscall.IN_MOVED_FROM):
			p = between
		case e.is(true, stateName, syscall.IN_MOVED_TO):
			p = renaming
		case e.is(true, "", syscall.IN_CLOSE) && p == renaming && i < w.kill:
			p = elsewhere // later its death closed it
		}
	}
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(w.state, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return err == nil
	}
	half, named := has(temporary), has(stateName)
	if p == committing && !half || p == between && (!half || named) || p == renaming && (half || !named) {
		t.Fatalf("killed in the phase %s, and then there is a temporary state: %v, a state: %v", p, half, named)
	}
	return p
}

// rotated reports whether an accounting file had just begun.
func (w *witness) rotated(t *testing.T) bool {
	t.Helper()
	runs := false
	for _, e := range w.events[:w.kill] {
		runs = runs || e.inState // it has its lock
		if !runs || !e.is(false, anyFile, syscall.IN_CREATE) || w.killed.Sub(e.after) > justNow {
			continue
		}
		if !w.kept(t, e.name) {
			return true
		}
	}
	return false
}

// read reports whether the exporter had just read what is not committed. It
// alone reads there, and looks at the directory.
func (w *witness) read() bool {
	for _, e := range slices.Backward(w.events[:w.kill]) {
		if e.inState || e.is(false, "", syscall.IN_OPEN) || e.is(false, anyFile, syscall.IN_ACCESS) {
			return e.fresh && w.killed.Sub(e.after) < readTime
		}
	}
	return false
}

// kept reports whether the state that the next exporter will find names a file.
// Names are in it as they are, whatever its form.
func (w *witness) kept(t *testing.T, name string) bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.state, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		content, err = os.ReadFile(filepath.Join(w.state, previousState))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte(name))
}
