package logscan

import (
	"bytes"
	"errors"
	"hash/fnv"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// fileID tells files on one host apart, as long as neither is deleted.
type fileID struct {
	device, inode uint64
}

// identify returns the identity of a file and the number of its names.
func identify(info os.FileInfo) (fileID, uint64) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, 0
	}
	return fileID{uint64(stat.Dev), stat.Ino}, uint64(stat.Nlink)
}

// headBytes is how much of a file's beginning makes its fingerprint.
const headBytes = 4 << 10

// fingerprint stands for the first bytes of a file. It grows with the file, up
// to headBytes. Many files begin with the same header line, so that it only
// ever tells that a file is not what it was.
type fingerprint struct {
	size int
	sum  uint64
}

func fingerprintOf(head []byte) fingerprint {
	hash := fnv.New64a()
	hash.Write(head)
	return fingerprint{len(head), hash.Sum64()}
}

func (p fingerprint) matches(head []byte) bool {
	return len(head) >= p.size && fingerprintOf(head[:p.size]) == p
}

// position is how far a file was read, with all that is needed to go on there.
// It changes together with the counts, under the lock of the Scanner, and is
// committed with them.
type position struct {
	begun      bool // the other fields hold
	readAs     source
	header     *acct.Header
	headerLine []byte           // what header was made of
	split      acct.Splitter    // of an accounting file
	lines      textlog.Splitter // of a text log
	head       fingerprint
	offset     int64  // of the first byte that was not passed
	tail       []byte // the bytes before the offset, at most tailBytes
	// stored stands for tail where that is not known yet: after a restart of
	// the program.
	stored fingerprint
}

// tailBytes is how much is compared before the offset. Where a file was
// truncated and filled again beyond it, other bytes stand there.
const tailBytes = 1 << 10

// setHeader takes a header line.
func (p *position) setHeader(line []byte) {
	p.header, p.headerLine = acct.ParseHeader(line), bytes.Clone(line)
}

// cut lets take have the pieces at the start of b, one by one, moves the position
// behind them and returns their size. Take returns the size of the piece that
// its bytes begin with, 0 when it needs more. final says that the file ends with
// b.
func (p *position) cut(b []byte, final bool, take func(b []byte) int) int {
	passed := 0
	for {
		size := take(b[passed:])
		if size == 0 {
			break
		}
		passed += size
	}
	p.pass(b[:passed])
	if final && passed > 0 && b[passed-1] != '\n' {
		p.split.Broken() // should the rest come later, it must not be taken for a record
		p.lines.Broken()
	}
	return passed
}

// startAt returns the position in a file that is read as one of a source.
func startAt(offset int64, as source, maxRecord int) position {
	return position{offset: offset, readAs: as, split: acct.Splitter{Max: maxRecord}, lines: textlog.Splitter{Max: maxRecord}}
}

// pass moves the position behind bytes that were passed.
func (p *position) pass(b []byte) {
	p.offset += int64(len(b))
	if len(b) >= tailBytes {
		p.tail = append(p.tail[:0], b[len(b)-tailBytes:]...)
		return
	}
	if more := len(p.tail) + len(b) - tailBytes; more > 0 {
		p.tail = append(p.tail[:0], p.tail[more:]...)
	}
	p.tail = append(p.tail, b...)
}

// file is one followed file.
type file struct {
	id fileID
	name
	series, place string // see seriesOf
	log           string // label of a text log
	handle        opened // nil while closed

	position

	size     int64 // when last looked at, like modified
	modified time.Time
	since    time.Time // when we saw it last grow, move or end
	seen     int64     // size when an earlier run looked last

	pending bool          // there may be something to read
	err     error         // why it cannot be read
	failing time.Time     // since when
	retry   time.Time     // when to try again
	wait    time.Duration // before that
	short   bool          // the last reading ended with errShort
	refused bool          // compressed, as long as it does not change
	told    bool          // that it is refused
	// skipped says why the position is set before the reading begins, and from
	// where on the bytes before it are not read.
	skipped     acct.Reason
	skippedFrom int64
	renamed     bool
	outdated    bool // renamed, or followed by the next of its series
	gone        bool // no pattern finds it any more
	deleted     bool // nor has it a name elsewhere
}

func newFile(s *sighting, now time.Time) *file {
	f := &file{id: s.id, pending: true}
	f.moveTo(s.names[0])
	f.look(s.info, now)
	return f
}

func (f *file) moveTo(n name) {
	f.name = n
	f.series, f.place = seriesOf(n.path)
	f.log = logName(n.path)
}

// kind is the source of a file: once something was read of it, it stays what it
// was read as, whatever its name.
func (f *file) kind() source {
	if f.begun {
		return f.readAs
	}
	return f.source
}

// is reports whether this is the file that was opened or found.
func (f *file) is(info os.FileInfo) bool {
	id, _ := identify(info)
	return id == f.id && info.Mode().IsRegular()
}

// update notes what a look found of the file.
func (f *file) update(l *look, now time.Time) {
	s := l.found[f.id]
	if s == nil {
		f.lookByHandle(now)
		if !f.gone && !holds(l.blind, f.path) {
			f.gone, f.since = true, now
		}
		return
	}
	f.gone = false
	if !slices.Contains(s.names, f.name) {
		f.moveTo(s.names[0])
		f.renamed, f.outdated = f.isItself(), f.outdated && f.isItself()
	}
	f.look(s.info, now)
}

// isItself reports whether more than a header, or a time, was seen of a file.
// Until then only
// its inode says which file it is, and that may have become a new file's.
func (f *file) isItself() bool {
	if f.readAs == textLog {
		return f.head.size > len(time.DateTime)
	}
	switch f.split.Format() {
	case acct.Undecided:
		return false
	case acct.CSV:
		return f.header != nil && f.head.size > len(f.headerLine)
	}
	return true
}

// look notes size and time.
func (f *file) look(info os.FileInfo, now time.Time) {
	if f.size == info.Size() && f.modified.Equal(info.ModTime()) {
		return
	}
	f.size, f.modified, f.since = info.Size(), info.ModTime(), now
	f.pending, f.refused = true, false // it may be another file by now
}

// lookByHandle does so where the path leads nowhere.
func (f *file) lookByHandle(now time.Time) {
	if f.handle == nil {
		return
	}
	if info, err := f.handle.Stat(); err == nil {
		_, links := identify(info)
		f.deleted = links == 0
		f.look(info, now)
	}
}

// lag returns how many bytes wait to be read.
func (f *file) lag() int64 {
	if f.refused {
		return 0
	}
	return max(f.size-f.offset, 0)
}

// errShort says that the bytes of a file end before its size. Mostly it was
// truncated since it was looked at, and the next look shows it; but a file
// server may also answer with an old size. Such bytes are not used: they may be
// of another content.
var errShort = errors.New("it ends before its size")

// readAt reads from an offset of an open file on, and reports whether the file
// ends there.
func (f *file) readAt(buffer []byte, offset int64) ([]byte, bool, error) {
	n, err := f.handle.ReadAt(buffer, offset)
	switch {
	case err == nil:
		return buffer[:n], false, nil
	case !errors.Is(err, io.EOF):
		return nil, false, err
	case offset+int64(n) < f.size:
		return nil, false, errShort
	}
	return buffer[:n], true, nil
}

// readTail reads what precedes the offset of an open file, and reports whether
// that is what was read there before; where the reading began at the offset,
// nothing was. It returns nil when the file ends before the offset. That is for
// the bytes to tell: a size may be old.
func (f *file) readTail(buffer []byte) ([]byte, bool, error) {
	want := f.tailPrint()
	size := want.size
	if size == 0 {
		size = int(min(f.offset, tailBytes))
	}
	tail, _, err := f.readAt(buffer[:size], f.offset-int64(size))
	if err != nil || len(tail) < size {
		return nil, true, err
	}
	return tail, want.size == 0 || fingerprintOf(tail) == want, nil
}

// tailPrint stands for the bytes before the offset.
func (p *position) tailPrint() fingerprint {
	if len(p.tail) == 0 && p.stored.size > 0 {
		return p.stored
	}
	return fingerprintOf(p.tail)
}

// isCompressed reports whether a file begins as gzip does (RFC 1952).
func isCompressed(head []byte) bool {
	return len(head) > 1 && head[0] == 0x1f && head[1] == 0x8b
}
