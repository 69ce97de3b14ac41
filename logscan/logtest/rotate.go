package logtest

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Rotate ends the current file, moves it away if MoveTo says so, and starts the
// next, as `pmta rotate acct` does.
func (w *Writer) Rotate() error {
	if err := w.Close(); err != nil {
		return err
	}
	if w.opts.MoveTo != "" {
		if err := w.Rename(filepath.Join(w.opts.MoveTo, filepath.Base(w.path))); err != nil {
			return err
		}
	}
	w.finished = append(w.finished, w.path)
	return w.open()
}

// SetDate starts a new file, with sequence 0000, if the date is not that of the
// current file.
func (w *Writer) SetDate(now time.Time) error {
	date := now.Format(time.DateOnly)
	if date == w.date {
		return nil
	}
	w.date, w.sequence = date, -1
	return w.Rotate()
}

// Rename gives the current file another path. The Writer holds it open and goes
// on writing to it.
func (w *Writer) Rename(path string) error {
	if err := os.Rename(w.path, path); err != nil {
		return fmt.Errorf("move accounting file: %w", err)
	}
	w.path = path
	return nil
}

// Truncate empties the current file in place, as careless operators and
// copytruncate do. No header follows, for nobody tells PowerMTA.
func (w *Writer) Truncate() error {
	if err := w.Flush(); err != nil {
		return err
	}
	if err := w.file.Truncate(0); err != nil {
		return fmt.Errorf("truncate accounting file: %w", err)
	}
	w.size = 0
	return nil
}

// DeleteOld removes finished files but for the newest few, as the directive
// delete-after does in its own time.
func (w *Writer) DeleteOld(keep int) error {
	for len(w.finished) > keep {
		if err := os.Remove(w.finished[0]); err != nil {
			return fmt.Errorf("delete accounting file: %w", err)
		}
		w.finished = w.finished[1:]
	}
	return nil
}
