package logscan

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// platter is a disk with one directory, in memory. It knows what is durable: of
// a file what was there at its last sync, of the names those at the last sync
// of the directory. A sync that fails makes nothing durable, nor does a later
// one of the same content: the system has forgotten that it is not written.
type platter struct {
	names   map[string]*inode // as the system shows them
	durable map[string]*inode
	pending []naming // since the last sync of the directory, in order
}

type inode struct {
	content, durable []byte
	synced           bool // both are the same
	forgotten        bool // a sync has failed
}

// naming gives a file a name; from is the one that it had, or empty.
type naming struct {
	from, to string
	file     *inode
}

func (n naming) do(names map[string]*inode) {
	if names[n.from] == n.file {
		delete(names, n.from)
	}
	names[n.to] = n.file
}

func newPlatter() *platter {
	return &platter{names: map[string]*inode{}, durable: map[string]*inode{}}
}

func (p *platter) name(n naming) {
	n.do(p.names)
	p.pending = append(p.pending, n)
}

func (p *platter) create(path string) (handle, error) {
	name := filepath.Base(path)
	if p.names[name] == nil {
		p.name(naming{to: name, file: &inode{}})
	}
	file := p.names[name]
	file.content, file.synced, file.forgotten = nil, false, false
	return &platterFile{p, file}, nil
}

func (p *platter) openDir(string) (handle, error) { return &platterFile{p, nil}, nil }

func (p *platter) rename(from, to string) error {
	from, to = filepath.Base(from), filepath.Base(to)
	if p.names[from] == nil {
		return fs.ErrNotExist
	}
	p.name(naming{from, to, p.names[from]})
	return nil
}

func (p *platter) read(path string) ([]byte, error) {
	if file := p.names[filepath.Base(path)]; file != nil {
		return file.content, nil
	}
	return nil, fs.ErrNotExist
}

// platterFile is an open file, or the directory when it has none.
type platterFile struct {
	p    *platter
	file *inode
}

func (h *platterFile) Write(b []byte) (int, error) {
	h.file.content, h.file.synced = append(h.file.content, b...), false
	return len(b), nil
}

func (h *platterFile) Sync() error {
	switch {
	case h.file == nil:
		h.p.durable, h.p.pending = maps.Clone(h.p.names), nil
	case !h.file.forgotten:
		h.file.durable, h.file.synced = slices.Clone(h.file.content), true
	}
	return nil
}

// syncFailed is for what stands between this and the program.
func (h *platterFile) syncFailed() {
	if h.file != nil {
		h.file.forgotten = true
	}
}

func (h *platterFile) Close() error { return nil }

// tables are the names that a power cut can leave: those that are durable, and
// any of the pending ones in any order, as of a file system without a journal.
// Each by itself is done or not.
func (p *platter) tables() []map[string]*inode {
	var all []map[string]*inode
	var grow func(names map[string]*inode, pending []naming)
	grow = func(names map[string]*inode, pending []naming) {
		all = append(all, names)
		for i, n := range pending {
			next := maps.Clone(names)
			n.do(next)
			grow(next, slices.Delete(slices.Clone(pending), i, i+1))
		}
	}
	grow(p.durable, p.pending)
	return all
}

// contents are what a power cut can leave of a file.
func (f *inode) contents() [][]byte {
	if f.synced {
		return [][]byte{f.durable}
	}
	torn := make([]byte, len(f.content))
	copy(torn, f.content[:len(f.content)/2])
	return [][]byte{f.durable, f.content, f.content[:len(f.content)/2], torn, make([]byte, len(f.content)), nil}
}

// left are the directories that a power cut can leave.
func (p *platter) left() []map[string]string {
	var all []map[string]string
	for _, names := range p.tables() {
		dirs := []map[string]string{{}}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			var more []map[string]string
			for _, content := range names[name].contents() {
				for _, dir := range dirs {
					dir = maps.Clone(dir)
					dir[name] = string(content)
					more = append(more, dir)
				}
			}
			dirs = more
		}
		all = append(all, dirs...)
	}
	return all
}

// cutter cuts the power, and looks what a program finds afterwards.
type cutter struct {
	*testing.T
	options Options
	found   map[string]uint64 // by what was left: many cuts leave the same
	cuts    int
}

// generation is the state of the nth commit.
func generation(n uint64) *stored {
	now := time.Now()
	return &stored{
		storedHealth: storedHealth{Created: now, RecordsRead: n}, Looked: true,
		Records: storedFamily[acct.Type]{Keys: []acct.Type{acct.Delivered}, Created: []int64{now.UnixNano()}, Counts: []uint64{n}},
	}
}

func (c *cutter) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// cut wants each directory that a power cut can leave now to hold the commit
// least, or a newer one.
func (c *cutter) cut(p *platter, least uint64) {
	c.Helper()
	for _, dir := range p.left() {
		c.cuts++
		key := ""
		for _, name := range slices.Sorted(maps.Keys(dir)) {
			key += name + ":" + dir[name] + "\n"
		}
		if _, ok := c.found[key]; !ok {
			c.found[key] = c.start(dir)
		}
		if got := c.found[key]; got < least {
			c.Fatalf("commit %d was saved, and commit %d is found in %.300q", least, got, key)
		}
	}
}

// start starts a program in a directory, and returns which commit it finds.
func (c *cutter) start(dir map[string]string) uint64 {
	c.Helper()
	o := c.options
	o.StateDirectory = c.TempDir()
	for name, content := range dir {
		c.must(os.WriteFile(filepath.Join(o.StateDirectory, name), []byte(content), 0o600))
	}
	s := newScanner(c, o)
	defer func() { c.must(s.Close()) }()
	if _, err := os.Stat(s.store.path(temporary)); err == nil {
		c.Errorf("the temporary file is still there")
	}
	shown := s.Snapshot()
	if got := valueOf(shown.Records, acct.Delivered); got != shown.Accounting.Records || !shown.Durability.Loaded {
		c.Fatalf("%d deliveries of commit %d, loaded %v", got, shown.Accounting.Records, shown.Durability.Loaded)
	}
	return shown.Accounting.Records
}

// TestS03PowerCut cuts the power at each system call of four commits, also
// where another call failed before, and looks at everything that the cut can
// leave: what was saved last is found, or a newer commit. A program that was
// killed instead, and started again, shows nothing that a cut right after it
// would take away.
func TestS03PowerCut(t *testing.T) {
	const commits, callsOfACommit = 4, 9
	c := &cutter{T: t, options: testOptions(t), found: map[string]uint64{}}
	states := make([]*stored, commits)
	for i := range states {
		states[i] = generation(uint64(i + 1))
	}
	// play saves until the cut, and returns the last commit that succeeded.
	play := func(p *platter, failAt, cutAt int, f fault) uint64 {
		fails := &faulty{fileSystem: p, from: failAt, to: failAt + 1, fault: f}
		off := &faulty{fileSystem: fails, from: cutAt, to: math.MaxInt, fault: fault{err: errors.New("no power")}}
		s, saved := &store{fs: off, read: p.read}, uint64(0)
		for i, state := range states {
			if s.save(state) == nil {
				saved = uint64(i + 1)
			}
		}
		return saved
	}
	for cutAt := 1; cutAt <= commits*callsOfACommit+1; cutAt++ {
		for failAt := range cutAt {
			for _, f := range []fault{{err: syscall.EIO}, {err: syscall.EIO, half: true}, {err: syscall.EIO, done: true}} {
				p := newPlatter()
				c.cut(p, play(p, failAt, cutAt, f))

				again := newScanner(t, c.options)
				c.must(again.takeOver(&store{fs: p, read: p.read}))
				c.cut(p, again.counter.recordsRead) // which New puts on show
			}
		}
	}
	t.Logf("%d cuts left %d different directories", c.cuts, len(c.found))
}
