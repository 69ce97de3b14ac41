package logscan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// store keeps one state in a directory, so that after a crash at any instant
// the newest state that was saved completely is found again.
//
// A save writes a temporary file beside the state, makes it durable (fsync),
// gives the state of before the name of the previous generation and the new
// one its own, and makes the names durable (fsync of the directory). A crash in
// between leaves the old state under one of the two names, and perhaps the
// temporary file, which is never read. A state that cannot be read is put aside
// and the previous generation taken; it is not possible to lose more than what
// the disk lost.
//
// The directory is locked, since two programs that count the same files into
// one state would each undo what the other did.
type store struct {
	dir    string
	fs     fileSystem
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

// errLocked says that another program uses the directory.
var errLocked = errors.New("another exporter uses this directory: give each one its own --state.directory")

// openStore locks a directory, which must exist.
func openStore(dir string) (*store, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, errors.Join(err, lock.Close())
	}
	return &store{dir: dir, fs: disk{}, lock: lock}, nil
}

func (s *store) close() error { return s.lock.Close() }

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

// save replaces the state. Only when it returns nil may anybody see what is in
// it.
func (s *store) save(state *stored) error {
	s.buffer = encodeState(s.buffer[:0], state)
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
// error tells of states that could not be read and were put aside; there may
// be a state all the same.
func (s *store) load() (*stored, error) {
	var problems error
	for _, name := range []string{stateName, previousName} {
		content, err := os.ReadFile(s.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			var state *stored
			if state, err = decodeState(content); err == nil {
				return state, problems
			}
		}
		problems = errors.Join(problems, fmt.Errorf("%s: %w", s.path(name), err), s.quarantine(name))
	}
	return nil, problems
}

// quarantine puts a state aside for those who want to find out what happened.
func (s *store) quarantine(name string) error {
	aside := name + asideMark + time.Now().UTC().Format("20060102T150405.000000000")
	return s.fs.rename(s.path(name), s.path(aside))
}
