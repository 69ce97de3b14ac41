package logscan

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var errNotRegular = errors.New("not a regular file")

// tracker knows which files there are, and follows them through rotation.
//
// Polling is the truth. Each look expands the patterns and tells files apart by
// device and inode, so one file is one file under whatever and however many
// names. A file that moved is found by its identity where a pattern still
// covers it, and is read on by its open handle where none does. An inode can be
// used again only while we do not have the file open, and then the fingerprint
// of its head shows it.
//
// What cannot be looked at is not taken for gone: when a directory may not be
// read for a while, its files keep their positions.
type tracker struct {
	patterns  []pattern
	fromEnd   bool // begin with files that are there at the very first start at their end
	maxRecord int
	// absent are files that an earlier run read, or that this one let go, and
	// that may come back, such as by a pattern of the directory they went to.
	absent   map[fileID]storedFile
	resumed  bool // there was an earlier run
	maxOpen  int
	openFile func(dir, path string) (opened, error)

	known    map[fileID]*file
	order    []*file // as they are read: oldest first, then as they appeared
	handles  []*file // those that are open
	matched  map[string]bool
	looked   bool            // in this run or an earlier one
	unseen   map[string]bool // what could not be looked at ever since the very first look
	problems map[spot]error  // of the last poll
}

func newTracker(o Options) *tracker {
	return &tracker{
		patterns: o.patterns(), fromEnd: o.From == FromEnd, maxOpen: openFilesBudget(), openFile: openToRead,
		known: map[fileID]*file{}, matched: map[string]bool{}, unseen: map[string]bool{}, absent: map[fileID]storedFile{}, maxRecord: o.MaxRecordBytes,
	}
}

// look is what one look at the patterns found.
type look struct {
	found map[fileID]*sighting
	blind map[string]bool // files and directories that could not be looked at
}

// sighting is a file that a look found, under each of its names.
type sighting struct {
	id    fileID
	names []name
	info  os.FileInfo
}

// name is a path, and the pattern that led to it.
type name struct {
	path, pattern string
	source        source // of the pattern
}

// spot is what cannot be read of a source.
type spot struct {
	path   string
	source source
}

// discover takes a look and returns the number of rotations by source: of files
// that began while others of their pattern were there.
func (t *tracker) discover(now time.Time) [sources]uint64 {
	var rotations [sources]uint64
	l := t.look()
	for _, f := range t.order {
		f.update(l, now)
	}
	for _, f := range t.unknown(l, now) {
		was, again := t.recall(f)
		switch existed := t.existed(f.path); {
		case again:
			f.resume(was, t.maxRecord)
		case existed && t.fromEnd:
			f.offset, f.skipped = f.size, StartAtEnd
		case !existed && t.matched[f.pattern]:
			rotations[f.source]++
		}
		t.known[f.id] = f
		t.order = append(t.order, f)
	}
	t.remember(l)
	t.markOutdated(now)
	return rotations
}

// recall takes a file out of the absent ones. Device numbers may change when
// the host starts: then inode and path tell it. That it is the file shows before
// a byte of it is read.
func (t *tracker) recall(f *file) (storedFile, bool) {
	id := f.id
	was, ok := t.absent[id]
	for other, w := range t.absent {
		if ok {
			break
		}
		if other.inode == id.inode && w.Path == f.path {
			id, was, ok = other, w, true
		}
	}
	delete(t.absent, id)
	return was, ok
}

func (t *tracker) look() *look {
	t.problems = map[spot]error{}
	l := &look{found: map[fileID]*sighting{}, blind: map[string]bool{}}
	for _, p := range t.patterns {
		fail := func(path string, err error) {
			l.blind[path] = true
			t.problems[spot{path, p.source}] = err
		}
		for _, path := range expand(p.glob, fail) {
			info, err := os.Stat(path)
			switch {
			case err == nil && info.Mode().IsRegular():
				l.add(name{path, p.glob, p.source}, info)
			case err == nil:
				t.problems[spot{path, p.source}] = errNotRegular
			case !isMissing(err):
				fail(path, err)
			}
		}
	}
	return l
}

func (l *look) add(n name, info os.FileInfo) {
	id, _ := identify(info)
	s := l.found[id]
	if s == nil {
		s = &sighting{id: id, info: info}
		l.found[id] = s
	}
	s.names = append(s.names, n)
}

// unknown returns the files that are new, oldest first.
func (t *tracker) unknown(l *look, now time.Time) []*file {
	var found []*file
	for id, s := range l.found {
		if t.known[id] == nil {
			found = append(found, newFile(s, now))
		}
	}
	sortByAge(found)
	return found
}

// sortByAge puts the oldest files first. Those of one series stand by their
// places in it: times may be equal or go back. Files of different series, or of
// none, stand by time; for that a file is at least as new as those before it in
// its series.
func sortByAge(files []*file) {
	slices.SortFunc(files, func(a, b *file) int {
		return cmp.Or(strings.Compare(a.place, b.place), strings.Compare(a.path, b.path))
	})
	latest := map[string]time.Time{} // of each series so far
	age := map[*file]time.Time{}
	for _, f := range files {
		age[f] = f.modified
		if before := latest[f.series]; f.series != "" && f.modified.Before(before) {
			age[f] = before
		}
		latest[f.series] = age[f]
	}
	slices.SortStableFunc(files, func(a, b *file) int { return age[a].Compare(age[b]) })
}

// resumeLooking takes over what an earlier run knew of its looks.
func (t *tracker) resumeLooking(state *stored) {
	t.resumed, t.looked = state.Looked, state.Looked
	for _, path := range state.Unseen {
		t.unseen[path] = true
	}
}

// existed reports whether a file that was just found was there at the very
// first look.
func (t *tracker) existed(path string) bool {
	return !t.looked || holds(t.unseen, path)
}

// holds reports whether a path or a directory above it is among the paths.
func holds(paths map[string]bool, path string) bool {
	for !paths[path] {
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
	return true
}

// remember notes what the next look wants to know about this one.
func (t *tracker) remember(l *look) {
	for _, s := range l.found {
		t.matched[s.names[0].pattern] = true
	}
	if !t.looked {
		t.looked, t.unseen = true, l.blind
	}
	for path := range t.unseen {
		if !l.blind[path] {
			delete(t.unseen, path)
		}
	}
}

// markOutdated marks the files that have a successor or were renamed: their
// last record is not going to be completed.
func (t *tracker) markOutdated(now time.Time) {
	newest := map[string]string{}
	for _, f := range t.order {
		newest[f.series] = max(newest[f.series], f.place)
	}
	for _, f := range t.order {
		if !f.outdated && (f.renamed || f.place < newest[f.series]) {
			f.outdated, f.since = true, now
		}
	}
}

// open opens a file, and closes another when there are too many. It is false
// when that is not possible now, but may be at the next poll.
func (t *tracker) open(f *file) (bool, error) {
	if len(t.handles) >= t.maxOpen && !t.closeIdle() {
		return false, nil
	}
	handle, err := t.openFile(directoryOf(f.pattern), f.path)
	if errors.Is(err, syscall.EMFILE) && t.closeIdle() { // scrapes took the rest
		handle, err = t.openFile(directoryOf(f.pattern), f.path)
	}
	if err != nil && isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if info, err := handle.Stat(); err != nil || !f.is(info) {
		handle.Close()
		return false, err
	}
	f.handle = handle
	t.handles = append(t.handles, f)
	return true, nil
}

// closeIdle closes the file that has been idle for longest. A file that is gone
// is not among them, because it could not be opened again.
func (t *tracker) closeIdle() bool {
	var idle *file
	for _, f := range t.handles {
		if !f.gone && (idle == nil || f.since.Before(idle.since)) {
			idle = f
		}
	}
	if idle != nil {
		t.close(idle)
	}
	return idle != nil
}

func (t *tracker) close(f *file) {
	if f.handle == nil {
		return
	}
	f.handle.Close()
	f.handle = nil
	t.handles = slices.DeleteFunc(t.handles, func(open *file) bool { return open == f })
}

func (t *tracker) closeAll() {
	for len(t.handles) > 0 {
		t.close(t.handles[0])
	}
}
