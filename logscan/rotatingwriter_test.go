package logscan

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
)

// A rotatingWriter writes the files of one acct-file directive, and the name of
// the file into the column vmta of each record, so that what one file loses
// cannot be made up for by what another one doubles.
type rotatingWriter struct {
	rig    *rotationRig
	name   string
	rotate func(w *rotatingWriter) error
	opts   logtest.Options
	keep   int // finished files to keep at least
	record logtest.Record

	current  *rotatedFile
	finished []*rotatedFile // oldest first
	files    int
	written  map[string]uint64 // records by name, of files that are over
}

// rotatedFile is a file of a rotatingWriter.
type rotatedFile struct {
	name    string
	path    string
	id      fileID
	out     *logtest.Writer
	late    int // records that it gets after it was renamed
	records atomic.Uint64
	over    atomic.Bool // no more are to come
}

// rotations are the ways to rotate, of which each has two writers.
func rotations() map[string]func(*rotatingWriter) error {
	return map[string]func(*rotatingWriter) error{
		"shift": (*rotatingWriter).shift, "next": (*rotatingWriter).next, "move": (*rotatingWriter).next, "away": (*rotatingWriter).away,
	}
}

func newRotatingWriter(r *rotationRig, kind string, number int) (*rotatingWriter, error) {
	w := &rotatingWriter{
		rig: r, name: fmt.Sprintf("%s%d", kind, number), rotate: rotations()[kind], keep: 8, written: map[string]uint64{},
		record: logtest.Record{
			"type": "d", "timeLogged": time.Now().UTC(), "timeQueued": time.Now().UTC(), "rcpt": "somebody@example.org", "dlvType": "smtp",
			"orig": "bounce@news.example.com", "dsnStatus": "2.0.0 (success)", "dsnDiag": "smtp;250 2.0.0 OK, queued as 4Zx9Tq2Lm7z1q",
			"dsnMta": "mx.example.org (198.51.100.7)", "dlvSourceIp": "192.0.2.1", "dlvSize": 24567,
		},
		opts: logtest.Options{Dir: r.dir, Types: []string{"d"}, Columns: map[string][]string{
			"d": {"timeLogged", "timeQueued", "orig", "rcpt", "dsnStatus", "dsnDiag", "dsnMta", "dlvType", "dlvSourceIp", "dlvSize", "vmta"},
		}},
	}
	w.opts.Base = "acct-" + w.name
	switch kind {
	case "move":
		w.opts.MoveTo = r.archive()
	case "away":
		w.keep = 0
	}
	return w, w.open()
}

// open starts the next file.
func (w *rotatingWriter) open() error {
	out, err := logtest.New(w.opts, time.Now())
	if err != nil {
		return err
	}
	return w.begin(out)
}

// begin goes on with the file that out just started.
func (w *rotatingWriter) begin(out *logtest.Writer) error {
	info, err := os.Stat(out.Path())
	if err != nil {
		return err
	}
	id, _ := identify(info)
	w.current = &rotatedFile{name: fmt.Sprintf("%s-%04d", w.name, w.files), path: out.Path(), id: id, out: out}
	w.files++
	return nil
}

// run writes as long as records are left.
func (w *rotatingWriter) run() error {
	for n := 0; w.rig.left.Add(-1) >= 0; n++ {
		if n%64 == 0 {
			if err := errors.Join(w.writeLate(1), w.rotateFull()); err != nil {
				return err
			}
		}
		if err := w.write(w.current); err != nil {
			return err
		}
	}
	return errors.Join(w.endLate(), w.end(w.current))
}

func (w *rotatingWriter) write(f *rotatedFile) error {
	f.records.Add(1)
	w.record["vmta"] = f.name
	return f.out.Write(w.record)
}

// writeLate writes up to n records to each file that was renamed and has not
// had all of its records yet.
func (w *rotatingWriter) writeLate(n int) error {
	for _, f := range w.finished {
		if f.over.Load() {
			continue
		}
		for range min(n, f.late) {
			if w.rig.left.Add(-1) < 0 {
				return nil
			}
			if err := errors.Join(w.write(f), f.out.Flush()); err != nil {
				return err
			}
			f.late--
		}
		if f.late == 0 {
			if err := w.end(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// endLate ends the files that were renamed.
func (w *rotatingWriter) endLate() error {
	for _, f := range w.finished {
		if f.over.Load() {
			continue
		}
		if err := w.end(f); err != nil {
			return err
		}
	}
	return nil
}

func (w *rotatingWriter) end(f *rotatedFile) error {
	err := f.out.Close()
	w.over(f)
	return err
}

func (w *rotatingWriter) over(f *rotatedFile) {
	w.written[f.name] = f.records.Load()
	f.over.Store(true)
}

// rotateFull rotates a file that is full, as soon as the rig lets it.
func (w *rotatingWriter) rotateFull() error {
	info, err := os.Stat(w.current.path)
	if err != nil || info.Size() < w.rig.fileBytes {
		return err
	}
	if !w.rig.rotating.TryRLock() {
		if err := w.endLate(); err != nil { // the rig may wait for it
			return err
		}
		w.rig.rotating.RLock()
	}
	defer w.rig.rotating.RUnlock()
	return errors.Join(w.rotate(w), w.deleteCounted())
}

// next starts the file with the next number, after moving the old one to the
// archive if there is one.
func (w *rotatingWriter) next() error {
	old := w.current
	if err := old.out.Rotate(); err != nil {
		return err
	}
	if w.opts.MoveTo != "" {
		old.path = filepath.Join(w.opts.MoveTo, filepath.Base(old.path))
	}
	w.over(old)
	w.finish(old, 0)
	return w.begin(old.out)
}

// shift renames as PowerMTA does its log: each file gets the next number, the
// current one the first, and a new one its name.
func (w *rotatingWriter) shift() error {
	base := w.current.path
	for i, f := range w.finished {
		if err := w.rename(f, fmt.Sprintf("%s.%d", base, len(w.finished)-i+1)); err != nil {
			return err
		}
	}
	w.finish(w.current, 20)
	return errors.Join(w.rename(w.current, base+".1"), w.open())
}

// away renames to where no pattern looks: only who has the file open can read
// the rest of it. So it waits until the scanner has.
func (w *rotatingWriter) away() error {
	if !w.rig.hasOpen(w.current.id) {
		return nil
	}
	w.finish(w.current, 20)
	w.opts.Base = fmt.Sprintf("acct-%s-%04d", w.name, w.files)
	return errors.Join(w.rename(w.current, filepath.Join(w.rig.dir, "away", filepath.Base(w.current.path))), w.open())
}

func (w *rotatingWriter) rename(f *rotatedFile, path string) error {
	err := os.Rename(f.path, path)
	f.path = path
	return err
}

func (w *rotatingWriter) finish(f *rotatedFile, late int) {
	f.late = late
	w.finished = append(w.finished, f)
	w.rig.made.Add(1)
}

// deleteCounted deletes the oldest files, as far as they are counted and the
// counts are safe.
func (w *rotatingWriter) deleteCounted() error {
	for len(w.finished) > w.keep {
		f := w.finished[0]
		if !f.over.Load() || w.rig.shownOf(f.name) != f.records.Load() {
			return nil
		}
		w.rig.forget(f.id)
		if err := os.Remove(f.path); err != nil {
			return err
		}
		w.finished = w.finished[1:]
		w.rig.deleted.Add(1)
	}
	return nil
}
