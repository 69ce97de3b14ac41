package logscan

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// After a reading that failed, a file waits twice as long each time until it is
// read again: a disk or server in trouble may take long to say so, and meanwhile
// the other files wait.
const (
	leastWait   = time.Second
	longestWait = 30 * time.Second
)

// noteError notes how the reading of a file ended, and when to try again. The
// position is that of before.
//
// A handle that fails is given up, since the mount or server behind it may be
// gone for good while the path leads to the file again; that it is the file
// shows when it is opened. Only what no path leads to keeps its handle, unless
// that is stale: so it stays.
func (s *Scanner) noteError(f *file, err error) {
	if errors.Is(err, errShort) && !f.short {
		f.short = true // the next look shows why
		return
	}
	now := time.Now()
	switch {
	case err == nil:
		f.err, f.short, f.wait, f.retry = nil, false, 0, time.Time{}
		return
	case f.err == nil:
		f.failing = now
	}
	f.err = err
	if !f.gone || errors.Is(err, syscall.ESTALE) {
		s.tracker.close(f)
	}
	if errors.Is(err, fs.ErrPermission) {
		return // said at once, and often over in a moment: chmod follows creation
	}
	f.wait = min(max(2*f.wait, leastWait), longestWait)
	f.retry = now.Add(f.wait)
}

// waits reports whether it is too early to read a file again.
func (f *file) waits() bool { return time.Now().Before(f.retry) }
