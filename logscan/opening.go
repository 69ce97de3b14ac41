package logscan

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// opened is an open file; tests let each call fail.
type opened interface {
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
}

// errOutside says that a path leads to where no pattern looks.
var errOutside = errors.New("a symbolic link leads out of the directory of its pattern: name the place it leads to instead")

// openToRead opens a file below a directory, without waiting should it have
// become a FIFO.
//
// Who may write in the directory of the accounting files may put a symbolic
// link there. Links within the directory are followed, so that one can be
// switched from file to file; one that leads out of it is refused. Since links
// may change while they are looked at, it is the opening that makes sure.
func openToRead(dir, path string) (opened, error) {
	f, err := openBelow(dir, path)
	if err != nil {
		var inner *fs.PathError // of some part of the path
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return f, nil
}

func openBelow(dir, path string) (*os.File, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(dir, target)
	if err != nil || !filepath.IsLocal(name) {
		return nil, errOutside
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // the file stays open
	return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// resolve returns the path that links lead to.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}
