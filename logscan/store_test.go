package logscan

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func TestS07TwoOnOneDirectory(t *testing.T) {
	r := newKeptRig(t)
	if _, err := New(r.s.options); !errors.Is(err, errLocked) {
		t.Errorf("a second scanner: %v, want %v", err, errLocked)
	}
}

func TestS06NoUsableDirectory(t *testing.T) {
	for name, dir := range map[string]string{"missing": "/nowhere/state", "a file": os.Args[0]} {
		r := newRig(t, func(o *Options) { o.StateDirectory = dir })
		r.append("acct", header+rows("a"))
		r.want("a")
		if d := r.committed().Durability; d.Enabled || !strings.Contains(r.log.String(), "counting from memory") {
			t.Errorf("%s: %+v, and the log says\n%s", name, d, r.log)
		}
	}
}

// TestS03DamagedState spoils the state in every way and wants the previous one,
// or a clean start, and never an end.
func TestS03DamagedState(t *testing.T) {
	timed(t, "all", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.append("acct", rows("b"))
		pass(commitInterval)
		r.want("a", "b")
		r.must(r.s.Close())
		dir := r.s.options.StateDirectory
		good, err := os.ReadFile(filepath.Join(dir, stateName))
		r.must(err)
		previous, err := os.ReadFile(filepath.Join(dir, previousName))
		r.must(err)
		flipped := slices.Clone(good)
		flipped[len(flipped)/2] ^= 1
		newer := []byte(strings.Replace(string(good), magic+"2 ", magic+"3 ", 1))
		for name, content := range map[string][]byte{
			"empty": {}, "NULs": make([]byte, len(good)), "cut": good[:len(good)/2], "flipped": flipped, "S08 newer version": newer,
		} {
			r.must(os.WriteFile(filepath.Join(dir, stateName), content, 0o600))
			r.must(os.WriteFile(filepath.Join(dir, previousName), previous, 0o600))
			s, err := New(r.s.options)
			r.must(err)
			if got := valueOf(s.Snapshot().Records, acct.Delivered); got != 1 || s.Snapshot().Durability.Loaded {
				t.Errorf("%s: %d records of the previous state, loaded %v, want 1, false", name, got, s.Snapshot().Durability.Loaded)
			}
			r.must(s.Close())
		}
		r.must(os.WriteFile(filepath.Join(dir, stateName), nil, 0o600))
		r.must(os.WriteFile(filepath.Join(dir, previousName), nil, 0o600))
		s, err := New(r.s.options)
		r.must(err)
		if got := valueOf(s.Snapshot().Records, acct.Delivered); got != 0 {
			t.Errorf("%d records from nothing", got)
		}
		r.must(s.Close())
		if aside, err := filepath.Glob(filepath.Join(dir, "*.broken-*")); err != nil || len(aside) < 2 {
			t.Errorf("put aside: %v, %v", aside, err)
		}
	})
}

// TestS05DiskFull: while commits fail nothing new is shown, one line says so,
// and all of it shows once there is room.
func TestS05DiskFull(t *testing.T) {
	timed(t, "an hour", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.s.store.fs = &faulty{fileSystem: disk{}, from: 1, to: 1 << 30, fault: fault{err: syscall.ENOSPC}}
		for range 60 {
			r.append("acct", rows("b"))
			pass(time.Minute)
			r.poll()
			if s := r.s.Snapshot(); valueOf(s.Records, acct.Delivered) != 1 || s.Durability.Saved {
				t.Fatalf("%+v while the disk is full", s.Durability)
			}
		}
		r.s.store.fs = disk{}
		pass(commitInterval)
		if s := r.s.Snapshot(); valueOf(s.Records, acct.Delivered) != 61 || !s.Durability.Saved {
			t.Errorf("%d records, %+v once there is room, want 61", valueOf(s.Records, acct.Delivered), s.Durability)
		}
		if n := strings.Count(r.log.String(), "Cannot keep the counts"); n != 1 || strings.Count(r.log.String(), "kept again") != 1 {
			t.Errorf("told %d times:\n%s", n, r.log)
		}
	})
}

// TestS04TemporaryFile: what a crash left half written is never read.
func TestS04TemporaryFile(t *testing.T) {
	timed(t, "left over", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		state, err := os.ReadFile(r.s.store.path(stateName))
		r.must(err)
		r.must(os.WriteFile(r.s.store.path(temporary), state[:len(state)/2], 0o600))
		r.kill()
		r.want("a")
	})
}
