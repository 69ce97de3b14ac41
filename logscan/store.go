package logscan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// store keeps one state in a directory, so that after a crash at any instant
// the newest state that was saved completely is found again.
//
// A save writes a temporary file beside the state, makes it durable (fsync),
// gives the state of before the name of the previous generation and the new
// one its own, and makes the names durable (fsync of the directory). Until that
// has succeeded the state does not count as saved.
//
// A file gets a name only when its content is durable, and the name of the
// state goes away only in the same step that makes it the previous one. So
// whichever of the renames a power cut leaves done, in whatever order, one of
// the two names leads to the last state that was saved or to a newer one.
//
// A state that is damaged is put aside and the previous generation taken; it is
// not possible to lose more than what the disk lost. One that cannot be opened
// or read is not damaged: it stays where it is, and so does the previous one,
// which is older than what was shown.
//
// The directory is locked, since two programs that count the same files into
// one state would each undo what the other did.
type store struct {
	dir    string
	fs     fileSystem
	read   func(path string) ([]byte, error)
	lock   *os.File
	buffer []byte // of the last save, to be used again
}

// The names in the directory.
const (
	stateName    = "state"
	previousName = "state.previous"
	temporary    = "state.tmp"
	lockName     = "lock"
	asideMark    = ".broken-" // in the names of states that were put aside
)

const (
	// mostAside is how many states that were put aside are kept: a crash loop
	// must not fill the disk.
	mostAside = 5
	// mostStateBytes bounds a state. A million series of long names need a fifth.
	mostStateBytes = 1 << 30
)

// errLocked says that another program uses the directory.
var errLocked = errors.New("another exporter uses this directory: give each one its own --state.directory")

// errUnreadable says that there is a state that may be whole, and cannot be
// read or put aside.
var errUnreadable = errors.New("there is a state that cannot be read")

// openStore locks a directory, which must exist, and removes what a crash left
// half written.
func openStore(dir string) (*store, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, fs: disk{}, read: readState, lock: lock}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	if err == nil {
		err = os.Remove(s.path(temporary))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) close() error { return s.lock.Close() }

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

// save replaces the state. Only when it returns nil may anybody see what is in
// it.
func (s *store) save(state *stored) error {
	s.buffer = encodeState(s.buffer[:0], state)
	if len(s.buffer) > mostStateBytes {
		return fmt.Errorf("write state: %d bytes are too many: lower --scan.max-series", len(s.buffer))
	}
	if err := s.write(s.path(temporary), s.buffer); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := s.fs.rename(s.path(stateName), s.path(previousName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep previous state: %w", err)
	}
	if err := s.fs.rename(s.path(temporary), s.path(stateName)); err != nil {
		return fmt.Errorf("name new state: %w", err)
	}
	return s.syncNames()
}

// write makes a file with this content durable.
func (s *store) write(path string, content []byte) error {
	f, err := s.fs.create(path)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncNames makes the names in the directory durable.
func (s *store) syncNames() error {
	d, err := s.fs.openDir(s.dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("save names of states: %w", err)
	}
	return nil
}

// load returns the newest state that can be read, nil when there is none. The
// error tells of states that were damaged and put aside; there may be a state
// all the same. With errUnreadable there is none, and nothing may be saved,
// since that would replace one that is better.
func (s *store) load() (*stored, error) {
	var problems error
	for _, name := range []string{stateName, previousName} {
		content, err := s.read(s.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, errors.Join(problems, fmt.Errorf("%w: %w", errUnreadable, err))
		}
		state, err := decodeState(content)
		if err == nil {
			return state, problems
		}
		problems = errors.Join(problems, fmt.Errorf("%s: %w", s.path(name), err))
		if err := s.putAside(name); err != nil {
			return nil, errors.Join(problems, fmt.Errorf("%w: %w", errUnreadable, err))
		}
	}
	return nil, problems
}

// readState reads a file that may be a state.
func readState(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", path, errNotRegular)
	case info.Size() > mostStateBytes:
		return nil, nil // of no state
	}
	return os.ReadFile(path)
}

// putAside keeps a damaged state for those who want to find out what happened.
func (s *store) putAside(name string) error {
	aside := s.path(name + asideMark + time.Now().UTC().Format("20060102T150405.000000000"))
	if err := s.fs.rename(s.path(name), aside); err != nil {
		return fmt.Errorf("put aside: %w", err)
	}
	return s.forgetAside()
}

// forgetAside removes the oldest states of those that were put aside.
func (s *store) forgetAside() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var aside []string
	for _, entry := range entries {
		if strings.Contains(entry.Name(), asideMark) {
			aside = append(aside, entry.Name())
		}
	}
	slices.SortFunc(aside, func(a, b string) int {
		_, whenA, _ := strings.Cut(a, asideMark)
		_, whenB, _ := strings.Cut(b, asideMark)
		return strings.Compare(whenA, whenB)
	})
	for _, name := range aside[:max(len(aside)-mostAside, 0)] {
		if err := os.Remove(s.path(name)); err != nil {
			return err
		}
	}
	return nil
}
