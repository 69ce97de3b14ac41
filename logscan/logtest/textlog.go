package logtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// DefaultLogRotate is PowerMTA's default of log-rotate: so many files, the
// current one included.
const DefaultLogRotate = 8

// TextLog writes a text log such as pmta.log, one unbuffered line at a time.
type TextLog struct {
	path string
	keep int
	file *os.File
}

// OpenTextLog opens or starts a log of which keep files may exist, the current
// one included; keep is at least 2.
func OpenTextLog(path string, keep int) (*TextLog, error) {
	l := &TextLog{path: path, keep: keep}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

// Write appends a line in PowerMTA's form: clock time without zone, then the
// text.
func (l *TextLog) Write(at time.Time, text string) error {
	if _, err := fmt.Fprintf(l.file, "%s %s\n", at.Format(time.DateTime), text); err != nil {
		return fmt.Errorf("write text log: %w", err)
	}
	return nil
}

// Rotate renames pmta.log to pmta.log.1, that one before to pmta.log.2 and so
// on, drops the oldest, and starts anew.
func (l *TextLog) Rotate() error {
	for i := l.keep - 1; i > 0; i-- {
		err := os.Rename(l.generation(i-1), l.generation(i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("rotate text log: %w", err)
		}
	}
	return errors.Join(l.file.Close(), l.open())
}

// Close ends the log.
func (l *TextLog) Close() error { return l.file.Close() }

func (l *TextLog) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open text log: %w", err)
	}
	l.file = file
	return nil
}

func (l *TextLog) generation(i int) string {
	if i == 0 {
		return l.path
	}
	return fmt.Sprintf("%s.%d", l.path, i)
}
