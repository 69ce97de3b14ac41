package logscan

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
		newer := []byte(strings.Replace(string(good), fmt.Sprint(magic, stateVersion, " "), fmt.Sprint(magic, stateVersion+1, " "), 1))
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

// TestS04TemporaryFile: what a crash left is removed, and never preferred,
// however whole and new it is.
func TestS04TemporaryFile(t *testing.T) {
	timed(t, "left over", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		state, err := r.s.store.load()
		r.must(err)
		state.RecordsRead = 99
		whole := encodeState(nil, state)
		for _, left := range [][]byte{whole, whole[:len(whole)/2], nil} {
			r.must(os.WriteFile(r.s.store.path(temporary), left, 0o600))
			r.kill()
			if got := r.s.Snapshot().Accounting.Records; got != 1 {
				t.Errorf("%d records, want 1 of the state", got)
			}
			if _, err := os.Stat(r.s.store.path(temporary)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the temporary file after the start: %v, want it gone", err)
			}
		}
		r.want("a")
	})
}

// TestS06UnreadableStateStays: a state that cannot be opened or read is not
// damaged. It is left alone, and gone on with once it can be read.
func TestS06UnreadableStateStays(t *testing.T) {
	for _, name := range []string{stateName, previousName} {
		for _, reason := range []error{syscall.EACCES, syscall.EPERM, syscall.EIO, syscall.ENFILE, syscall.EMFILE, syscall.ESTALE} {
			timed(t, fmt.Sprintf("%s %v", name, reason), func(t *testing.T) {
				r := newKeptRig(t)
				r.append("acct", header+rows("a"))
				r.want("a")
				if name == previousName { // as after a crash between two renames
					r.must(os.Rename(r.s.store.path(stateName), r.s.store.path(previousName)))
				}
				before := contents(r, r.s.store.dir)
				r.must(r.s.Close())
				unread, err := openStore(r.s.options.StateDirectory)
				r.must(err)
				unread.read = func(path string) ([]byte, error) {
					if filepath.Base(path) == name {
						return nil, &fs.PathError{Op: "open", Path: path, Err: reason}
					}
					return readState(path)
				}
				kept := r.s.options
				r.s.options.StateDirectory = ""
				r.s = newScanner(t, r.s.options)
				r.must(r.s.takeOver(unread))
				r.append("acct", rows("b"))
				r.want("a", "b") // from memory
				if d := r.s.Snapshot().Durability; d.Enabled || d.Loaded {
					t.Errorf("%+v, want neither enabled nor loaded", d)
				}
				r.wantLog("Cannot read the kept counts, counting from memory", 1)
				if after := contents(r, kept.StateDirectory); !maps.Equal(after, before) {
					t.Errorf("the directory has %q, want what was there", slices.Collect(maps.Keys(after)))
				}
				r.s = newScanner(t, kept)
				t.Cleanup(func() { _ = r.s.Close() })
				if d := r.s.Snapshot(); !d.Durability.Loaded || d.Accounting.Records != 1 {
					t.Errorf("%d records, %+v once the state can be read, want 1, loaded", d.Accounting.Records, d.Durability)
				}
				r.want("a", "b")
			})
		}
	}
}

// contents returns all files of a directory.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(content)
	}
	return all
}

// What stands where a state should and is no file is neither read, waited for,
// nor removed.
func TestS06StateIsNoFile(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"FIFO":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions(t)
			o.StateDirectory = t.TempDir()
			if err := make(filepath.Join(o.StateDirectory, stateName)); err != nil {
				t.Fatal(err)
			}
			if d := newScanner(t, o).Snapshot().Durability; d.Enabled || d.Loaded {
				t.Errorf("%+v, want neither enabled nor loaded", d)
			}
		})
	}
}

// TestS03DamagedAgainAndAgain: what a crash loop puts aside does not fill the
// disk, and where nothing can be put aside nothing is written over it.
func TestS03DamagedAgainAndAgain(t *testing.T) {
	timed(t, "puts aside", func(t *testing.T) {
		r := newKeptRig(t)
		for i := range 3 * mostAside {
			for _, name := range []string{stateName, previousName} {
				r.must(os.WriteFile(r.s.store.path(name), fmt.Append(nil, i), 0o600))
			}
			pass(time.Hour)
			r.kill()
		}
		var aside []string
		for name, content := range contents(t, r.s.store.dir) {
			if strings.Contains(name, asideMark) {
				aside = append(aside, content)
			}
		}
		slices.Sort(aside)
		if want := []string{"12", "13", "13", "14", "14"}; !slices.Equal(aside, want) {
			t.Errorf("put aside: %q, want %q, the newest %d", aside, want, mostAside)
		}
	})
	timed(t, "cannot put aside", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.must(r.s.Close())
		s, err := openStore(r.s.options.StateDirectory)
		r.must(err)
		r.must(os.Rename(s.path(stateName), s.path(previousName)))
		r.must(os.WriteFile(s.path(stateName), []byte("damaged"), 0o600))
		s.fs = &faulty{fileSystem: disk{}, from: 1, to: 2, fault: fault{err: syscall.EROFS}}
		if state, err := s.load(); state != nil || !errors.Is(err, errUnreadable) || !errors.Is(err, syscall.EROFS) {
			t.Errorf("load() = %v, %v, want no state, and why", state, err)
		}
		r.must(s.close())
	})
}

// A state too large to be one is not read into memory.
func TestS03OversizedState(t *testing.T) {
	o := testOptions(t)
	o.StateDirectory = t.TempDir()
	path := filepath.Join(o.StateDirectory, stateName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	if d := newScanner(t, o).Snapshot().Durability; !d.Enabled || d.Loaded {
		t.Errorf("%+v, want it put aside", d)
	}
}
