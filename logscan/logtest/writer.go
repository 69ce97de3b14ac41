package logtest

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// Options describe one <acct-file> of PowerMTA's configuration.
type Options struct {
	Dir     string
	Base    string              // "acct" for acct-2026-11-23-0000.csv
	Types   []string            // directive records; the header follows their order
	Version Version             // whose default columns; empty = 5.0
	Columns map[string][]string // directive record-fields by type, without "type"
	Epoch   bool                // iso-times no
	LF      bool                // line ends other than the guide's CRLF
	MaxSize int64               // directive max-size in bytes; 0 = no limit
	MoveTo  string              // directive move-to; empty = finished files stay
}

// Writer writes the files of one <acct-file>. Like PowerMTA it buffers: what a
// reader of the files can see is sure only after Flush, Rotate or Close. Only
// one goroutine may use it.
//
// Each file begins with a header line. A file ends when it would grow beyond
// MaxSize, at a new date, and at Rotate; the next one has the next sequence
// number of its date, beginning after the highest that exists in Dir or MoveTo.
type Writer struct {
	opts     Options
	format   format
	date     string
	sequence int
	path     string
	file     *os.File
	buffer   *bufio.Writer
	size     int64
	finished []string // paths of finished files, oldest first
	half     string   // rest of a half written record
	halfType string
	ledger   Ledger
}

// Ledger is the truth about what a Writer wrote: complete records by type, and
// all bytes, headers and halves included.
type Ledger struct {
	Records map[string]int64
	Bytes   int64
}

// New starts the first file of a date.
func New(opts Options, now time.Time) (*Writer, error) {
	w := &Writer{
		opts:     opts,
		format:   newFormat(opts),
		date:     now.Format(time.DateOnly),
		sequence: -1,
		ledger:   Ledger{Records: map[string]int64{}},
	}
	if err := w.open(); err != nil {
		return nil, err
	}
	return w, nil
}

// Path is the path under which the current file was opened.
func (w *Writer) Path() string { return w.path }

// Ledger returns the truth up to now.
func (w *Writer) Ledger() Ledger {
	return Ledger{Records: maps.Clone(w.ledger.Records), Bytes: w.ledger.Bytes}
}

// Write appends a record, in a new file if it does not fit into this one.
func (w *Writer) Write(r Record) error {
	line, err := w.prepare(r)
	if err != nil {
		return err
	}
	if err := w.append(line); err != nil {
		return err
	}
	w.ledger.Records[r.Type()]++
	return nil
}

// WriteHalf appends the first half of a record, to be completed by Finish. A
// file that ends before keeps the half.
func (w *Writer) WriteHalf(r Record) error {
	line, err := w.prepare(r)
	if err != nil {
		return err
	}
	w.half, w.halfType = line[len(line)/2:], r.Type()
	return w.append(line[:len(line)/2])
}

// Finish completes the record that WriteHalf began.
func (w *Writer) Finish() error {
	if w.half == "" {
		return errors.New("no half record to finish")
	}
	if err := w.append(w.half); err != nil {
		return err
	}
	w.ledger.Records[w.halfType]++
	w.half = ""
	return nil
}

// prepare returns a record's line and makes sure that there is a file with room
// for it.
func (w *Writer) prepare(r Record) (string, error) {
	if w.half != "" {
		return "", errors.New("finish the half record first")
	}
	line, err := w.format.recordLine(r)
	if err != nil {
		return "", err
	}
	if w.opts.MaxSize > 0 && w.size+int64(len(line)) > w.opts.MaxSize {
		return line, w.Rotate()
	}
	return line, nil
}

// Flush makes everything visible to readers of the file.
func (w *Writer) Flush() error {
	if err := w.buffer.Flush(); err != nil {
		return fmt.Errorf("write accounting file: %w", err)
	}
	return nil
}

// Close ends the current file and leaves it where it is.
func (w *Writer) Close() error {
	return errors.Join(w.Flush(), w.file.Close())
}

func (w *Writer) append(text string) error {
	n, err := w.buffer.WriteString(text)
	w.size += int64(n)
	w.ledger.Bytes += int64(n)
	if err != nil {
		return fmt.Errorf("write accounting file: %w", err)
	}
	return nil
}

// open starts the next file of the date.
func (w *Writer) open() error {
	w.sequence++
	for w.exists(w.name()) {
		w.sequence++
	}
	w.path = filepath.Join(w.opts.Dir, w.name())
	file, err := os.OpenFile(w.path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("start accounting file: %w", err)
	}
	w.file, w.buffer, w.size, w.half = file, bufio.NewWriter(file), 0, ""
	return w.append(w.format.headerLine())
}

func (w *Writer) name() string {
	return fmt.Sprintf("%s-%s-%04d.csv", w.opts.Base, w.date, w.sequence)
}

// exists reports whether a file of that name has been written before.
func (w *Writer) exists(name string) bool {
	for _, dir := range []string{w.opts.Dir, w.opts.MoveTo} {
		if dir == "" {
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}
