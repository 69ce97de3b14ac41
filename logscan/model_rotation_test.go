package logscan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// succeeded makes a file an old one.
func (m *model) succeeded(f *modelFile) {
	f.over, f.changed = true, time.Now()
	m.finished = append(m.finished, f)
}

func (m *model) createNumbered() *modelFile {
	f := m.create("real/acct")
	f.numbered = true
	return f
}

// rename moves each generation on: acct.1 to acct.2, acct to acct.1.
func (m *model) rename() bool {
	m.succeeded(m.streams[renamed])
	for _, f := range m.finished { // the highest number first
		if f.numbered {
			f.generation++
			m.moveFile(f, fmt.Sprintf("real/acct.%d", f.generation))
		}
	}
	m.streams[renamed] = m.createNumbered()
	return true
}

func (m *model) moveFile(f *modelFile, to string) {
	m.must(os.Rename(f.path, m.path(to)))
	f.path = m.path(to)
}

// nextDated returns the name of the next file with a date.
func (m *model) nextDated() string {
	m.sequence++
	return fmt.Sprintf("real/acct-2026-11-23-%04d", m.sequence)
}

func (m *model) next() bool {
	m.succeeded(m.streams[dated])
	m.streams[dated] = m.create(m.nextDated())
	return true
}

// link makes a file and lets the link lead to it.
func (m *model) link() *modelFile {
	m.sequence++
	f := m.create(fmt.Sprintf("real/live/%d", m.sequence))
	m.lead(f)
	return f
}

func (m *model) lead(f *modelFile) {
	m.must(os.Symlink(filepath.Join("live", filepath.Base(f.path)), m.path("real/link")))
	m.rig.rename("real/link", "real/acct-live")
}

// switchLink lets the link lead to a new file, or back to one of before.
func (m *model) switchLink(p play) bool {
	m.succeeded(m.streams[linked])
	m.streams[linked].place, m.vanished = away, true
	at := slices.IndexFunc(m.finished, func(f *modelFile) bool { return strings.HasPrefix(f.path, m.path("real/live/")) })
	if p.n < 3 || m.finished[at] == m.streams[linked] {
		m.streams[linked] = m.link()
		return true
	}
	f := m.finished[at]
	m.finished = slices.Delete(m.finished, at, at+1)
	f.place = inSight
	m.appeared++
	m.lead(f)
	m.streams[linked] = f
	return true
}

// archive moves a file to a directory that is followed too.
func (m *model) archive(f *modelFile) bool {
	if f == nil || strings.Contains(f.path, "/archive/") {
		return false
	}
	m.moveTo(f, "real/archive")
	return true
}

// moveAway moves a file where nobody looks, and moveBack from there.
func (m *model) moveAway(f *modelFile) bool {
	if f == nil {
		return false
	}
	f.place, m.vanished = away, true
	m.moveTo(f, "away")
	return true
}

func (m *model) moveBack(f *modelFile) bool {
	if f == nil {
		return false
	}
	f.place = inSight
	m.appeared++
	m.moveTo(f, "real/archive")
	return true
}

// moveTo moves a file to a directory, under a name that is free there.
func (m *model) moveTo(f *modelFile, dir string) {
	f.numbered = false
	to := filepath.Join(dir, filepath.Base(f.path))
	if _, err := os.Lstat(m.path(to)); !errors.Is(err, fs.ErrNotExist) {
		m.sequence++
		to = fmt.Sprintf("%s-%d", to, m.sequence)
	}
	m.moveFile(f, to)
}

// truncate empties a file, and lets the writer go on in it: at its beginning,
// or behind a hole where it stood before.
func (m *model) truncate(f *modelFile, refill int, hole bool) bool {
	m.must(f.handle.Truncate(0))
	size := 0
	for _, p := range f.pieces {
		size += p.written
	}
	f.pieces, f.half = []*piece{m.newTruncation(f.pieces)}, ""
	if zeros := strings.Repeat("\x00", size); hole {
		m.put(f, zeros, m.newDoubtful(nul, zeros))
	}
	text := m.header()
	m.put(f, text, m.newDoubtful(headerLine, text))
	return m.write(f, refill)
}

// shorten takes records from the end of a file that is long enough to be known
// again, as a crash of the host may do that the scanner outlives. It reads and
// commits before the writer is back, since who knows what the file is after that.
func (m *model) shorten(f *modelFile, n int) bool {
	keep := max(len(f.pieces)-1-n, 0)
	size, headed := 0, false // a header not too far behind a hole
	for _, p := range f.pieces[:keep] {
		headed = headed || p.what == headerLine && size < headBytes/2
		size += p.written
	}
	if size < headBytes || !headed || f.place == deleted || m.reach(f).least == 0 || m.full {
		return false
	}
	m.must(os.Truncate(f.path, int64(size)))
	m.shortened = true
	event := m.newTruncation(f.pieces[keep:])
	f.pieces, f.half = append(slices.Clone(f.pieces[:keep]), event), ""
	m.put(f, "")
	m.poll(m.Context())
	m.commit()
	return true
}

// delete deletes a file. When the scanner does not hold it open its inode is
// free, and comes back with the next file.
func (m *model) delete(f *modelFile) bool {
	if f == nil {
		return false
	}
	m.finished = slices.DeleteFunc(m.finished, func(other *modelFile) bool { return other == f })
	m.vanished = true
	if f.open.most == 0 {
		m.free(f.path)
		return true
	}
	m.must(os.Remove(f.path))
	f.place, f.over, f.changed = deleted, true, time.Now()
	m.unlinked = append(m.unlinked, f)
	return true
}

func (m *model) free(path string) {
	m.spare = m.path("spare")
	m.must(os.Rename(path, m.spare))
}

// recreate deletes a file that is written to, and begins it anew.
func (m *model) recreate(stream int) bool {
	f := m.streams[stream]
	m.delete(f)
	name, err := filepath.Rel(m.dir, f.path)
	m.must(err)
	m.streams[stream] = m.create(name)
	m.streams[stream].numbered = f.numbered
	return true
}

// compress puts a compressed file beside an old one, and may delete that.
func (m *model) compress(f *modelFile, remove bool) bool {
	if f == nil {
		return false
	}
	m.sequence++
	path := fmt.Sprintf("%s-%d.gz", f.path, m.sequence)
	m.must(os.WriteFile(path, []byte("\x1f\x8b\x08\x00 and so on\n"), 0o644))
	m.compressed = append(m.compressed, path)
	m.appeared++
	return !remove || m.delete(f)
}

// deleteCompressed deletes one, which the scanner does not hold open.
func (m *model) deleteCompressed(p play) bool {
	if len(m.compressed) == 0 {
		return false
	}
	at := p.n % len(m.compressed)
	m.free(m.compressed[at])
	m.vanished = true // perhaps before it could be seen what it is
	m.compressed = slices.Delete(m.compressed, at, at+1)
	return true
}
