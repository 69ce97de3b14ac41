package logscan

import "os"

// fileSystem is what saving a state asks of the system, one system call each,
// so that tests can let each of them fail.
type fileSystem interface {
	// create makes an empty file to write to, also where there is a file.
	create(path string) (handle, error)
	// openDir opens a directory, whose Sync makes the names in it durable.
	openDir(path string) (handle, error)
	rename(from, to string) error
}

// handle is an open file or directory.
type handle interface {
	Write(b []byte) (int, error)
	Sync() error
	Close() error
}

// disk is the fileSystem of the operating system.
type disk struct{}

func (disk) create(path string) (handle, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

func (disk) openDir(path string) (handle, error) { return os.Open(path) }

func (disk) rename(from, to string) error { return os.Rename(from, to) }
