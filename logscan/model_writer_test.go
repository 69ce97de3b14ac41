package logscan

import (
	"os"
	"slices"
	"strings"
	"time"
)

// place is where a file is.
type place uint8

const (
	anywhere place = iota
	inSight        // of the patterns
	away           // where nothing leads
	deleted
)

// modelFile is a file as its writer knows it.
type modelFile struct {
	path       string // without any link
	place      place
	numbered   bool // is or will be called acct.1, acct.2, …
	generation int
	handle     *os.File
	changed    time.Time // when it was written to, or got a successor
	over       bool      // its last record need not be completed any more: it had a successor or was out of sight

	pieces []*piece
	half   string // what is missing of the last piece
	open   span   // whether the scanner holds it open
	seen   bool   // was in sight when the scanner could look last
}

// The kinds of rotation.
const (
	renamed = iota // acct becomes acct.1, and that acct.2
	dated          // acct-2026-11-23-0000 is followed by acct-2026-11-23-0001
	linked         // acct-live leads to one file after the other
	streamCount
)

// model is the writer with its truth, and the scanner.
type model struct {
	*rig
	truth
	tally   tally
	options Options
	onDisk  bool
	logs    bool // the files are text logs

	down, denied, blind, full bool // the scanner is not running; files, the directory, writing the state are refused

	streams    [streamCount]*modelFile // what is written to now
	finished   []*modelFile            // oldest first
	unlinked   []*modelFile            // deleted, and perhaps held open by the scanner
	spare      string                  // a deleted file whose inode will be used again
	compressed []string
	handles    []*os.File
	sequence   int
	serial     int
	headers    int

	shown   *Snapshot
	figures figures
	problem string
}

// files returns all that the scanner may read.
func (m *model) files() []*modelFile {
	all := slices.Concat(m.finished, m.unlinked)
	for _, f := range m.streams {
		if f != nil { // the game has begun
			all = append(all, f)
		}
	}
	return all
}

// create begins a file. On a disk it may get the inode of one that was deleted;
// in memory one is given another name for that.
func (m *model) create(name string) *modelFile {
	path := m.path(name)
	if m.spare != "" {
		m.must(os.Rename(m.spare, path))
		m.must(os.Truncate(path, 0))
	}
	handle, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	m.must(err)
	m.handles = append(m.handles, handle)
	f := &modelFile{path: path, place: inSight, handle: handle}
	m.begin(f, m.onDisk || m.spare != "")
	m.spare = ""
	return f
}

// begin writes the header. Where another file had the inode, the header of that
// one may pass for it.
func (m *model) begin(f *modelFile, reused bool) {
	m.appeared++
	if reused {
		m.reused++
	}
	text := m.header()
	p := m.newPiece(headerLine, text)
	p.doubtful = reused
	m.put(f, text, p)
}

// put writes pieces.
func (m *model) put(f *modelFile, text string, pieces ...*piece) {
	_, err := f.handle.WriteString(text)
	m.must(err)
	f.pieces = append(f.pieces, pieces...)
	f.changed = time.Now()
	if f.place != deleted {
		m.must(os.Chtimes(f.path, f.changed, f.changed))
	}
}

// row makes a record. Some are longer than what is remembered of a file, or
// have line ends within.
func (m *model) row() (*piece, string) {
	m.serial++
	filler := strings.Repeat("y", []int{0, 7, 0, 1500, 3, 0, 4500}[m.serial%7])
	if m.serial%5 == 0 && !m.logs {
		filler += "\r\nmore, \"\"than\"\" one line"
	}
	name := eventName(m.serial)
	text := "d," + name + ",2.0.0,\"ok" + filler + "\"\n"
	if m.logs {
		text = m.line(name, filler)
	}
	p := m.newPiece(record, text)
	p.name = name
	return p, text
}

// write writes whole records, and first the rest of a half one.
func (m *model) write(f *modelFile, n int) bool {
	if f == nil {
		return false
	}
	text := f.half
	if text != "" {
		p := f.pieces[len(f.pieces)-1]
		p.written, f.half = p.size, ""
	}
	var pieces []*piece
	for range n {
		p, row := m.row()
		pieces, text = append(pieces, p), text+row
	}
	m.put(f, text, pieces...)
	return true
}

// writeHalf writes the beginning of a record: its type, its type and name, all
// up to the middle of a quoted field, or all but the line end.
func (m *model) writeHalf(f *modelFile, n int) bool {
	if f.half != "" || n == 0 && len(f.pieces) == 1 {
		return false // nothing tells a header with a type behind it from the next such file
	}
	p, row := m.row()
	quote := strings.IndexByte(row, '"')
	p.written = []int{1, strings.IndexByte(row, 'z') + 1, (quote + len(row)) / 2, len(row) - 1}[n]
	p.first, p.nameless = p.written, n == 0 || n == 2 && !m.logs
	f.half = row[p.written:]
	m.put(f, row[:p.written], p)
	return true
}

// writeNoise writes what belongs to no record.
func (m *model) writeNoise(f *modelFile, n int) bool {
	if f.half != "" {
		return false
	}
	text := []string{"\x00", "\x00\x00\x00\x00", "\n", "\r\n"}[n]
	what := nul
	if n > 1 {
		what = blank
	}
	p := m.newPiece(what, text)
	p.doubtful = !slices.ContainsFunc(f.pieces, func(before *piece) bool { return before.what == record })
	m.put(f, text, p)
	return true
}
