package logscan

import (
	"iter"
	"slices"
	"time"
)

// family counts the label sets of one metric family. Once shown, a label set
// stays, at the same place: rows only ever grow. So a Snapshot can share them
// and copies nothing but the counts.
//
// A family with an open label, whose values come from files, has a ceiling.
// Names are admitted as they come. Beyond the ceiling they are counted as
// Other, for which there is always room, so the closed labels beside it stay
// exact. New names are refused before the ceiling is reached: the last quarter
// is kept for further label sets of names already shown, since a VirtualMTA
// that has its deliveries under its name and its bounces under Other would seem
// to do well.
type family[K comparable] struct {
	index  map[K]int
	rows   []row[K]
	counts []uint64

	open     func(K) (name string, other K) // nil when all labels are closed
	names    map[string]bool                // admitted names
	named    int                            // rows with a name
	ceiling  ceiling
	overflow uint64
}

type row[K comparable] struct {
	key     K
	created time.Time
}

// ceiling bounds a family.
type ceiling struct {
	limit    int // label sets in all
	named    int // label sets with a name
	newNames int // no new names once there are as many label sets with a name
	names    int // names; 0 for no bound
}

// newFamily makes a family of closed labels with a known number of label sets.
func newFamily[K comparable](limit int) family[K] {
	return family[K]{index: map[K]int{}, ceiling: ceiling{limit: limit}}
}

// newOpenFamily makes a family with one open label. closed is the number of
// combinations of the other labels.
func newOpenFamily[K comparable](limit, closed int, open func(K) (string, K)) family[K] {
	f := newFamily[K](limit)
	f.open, f.names = open, map[string]bool{}
	f.bound(limit, closed)
	return f
}

// bound sets the ceiling of a family with an open label. Rows stay: where those
// with a name leave too little for Other, the ceiling is higher by that.
func (f *family[K]) bound(limit, closed int) {
	limit = max(limit, f.named+closed)
	named := limit - closed
	f.ceiling = ceiling{limit: limit, named: named, newNames: named * 3 / 4}
}

// newInfoFamily makes a family that says which label sets there are and whose
// counts are of no interest. No name can seem to do well in it, so nothing is
// kept for names already shown: it has one row of Other and is full at its
// ceiling.
func newInfoFamily[K comparable](limit int, open func(K) (string, K)) family[K] {
	f := newOpenFamily(limit, 1, open)
	f.ceiling.newNames = f.ceiling.named
	return f
}

// newNamesFamily makes a family that is bounded by the number of its names.
// None is not one of them.
func newNamesFamily[K comparable](names, closed int, open func(K) (string, K)) family[K] {
	f := newFamily[K](0)
	f.open, f.names = open, map[string]bool{}
	f.boundNames(names, closed)
	return f
}

// boundNames sets the ceiling of a family that is bounded by its names.
func (f *family[K]) boundNames(names, closed int) {
	f.ceiling = ceiling{limit: (names + 2) * closed, named: names * closed, newNames: names * closed, names: names}
}

// add counts n under a label set, or under that which stands for it.
func (f *family[K]) add(k K, n uint64, now time.Time) {
	i, _ := f.find(k, now)
	f.counts[i] += n
}

// begin makes a label set, or that which stands for it, known at 0.
func (f *family[K]) begin(k K, now time.Time) {
	if _, ok := f.index[k]; !ok && !f.admits(k) {
		_, k = f.open(k)
	}
	if _, ok := f.index[k]; !ok {
		f.create(k, now)
	}
}

// addAt does the same for a label set whose slot is kept somewhere. What is kept
// must be forgotten when the ceiling changes.
func (f *family[K]) addAt(p *slot, k K, n uint64, now time.Time) {
	switch {
	case *p > 0:
		f.counts[*p-1] += n
	case *p < 0:
		f.counts[-*p-1] += n
		f.overflow++
	default:
		i, own := f.find(k, now)
		f.counts[i] += n
		*p = slot(i + 1)
		if !own {
			*p = -*p
		}
	}
}

// find returns the row of a label set, and whether it is its own.
func (f *family[K]) find(k K, now time.Time) (int, bool) {
	if i, ok := f.index[k]; ok {
		return i, true
	}
	return f.admit(k, now)
}

// admit finds or makes the row for a label set that has none of its own, and
// reports whether that is its own now.
func (f *family[K]) admit(k K, now time.Time) (int, bool) {
	own := f.admits(k)
	if !own {
		_, k = f.open(k)
		f.overflow++
	}
	if i, ok := f.index[k]; ok {
		return i, own
	}
	return f.create(k, now), own
}

// admits reports whether there is room for a label set that has no row yet, and
// takes it.
func (f *family[K]) admits(k K) bool {
	if f.open == nil {
		return true
	}
	name, other := f.open(k)
	switch {
	case k == other, name == None && f.ceiling.names > 0:
		return true
	case !f.room(name):
		return false
	}
	f.names[name] = true
	f.named++
	return true
}

func (f *family[K]) room(name string) bool {
	if f.names[name] {
		return f.named < f.ceiling.named
	}
	return f.named < f.ceiling.newNames && (f.ceiling.names == 0 || len(f.names) < f.ceiling.names)
}

func (f *family[K]) create(k K, now time.Time) int {
	i := len(f.rows)
	f.index[k] = i
	f.rows = append(f.rows, row[K]{k, now})
	f.counts = append(f.counts, 0)
	return i
}

// committed returns the counts as they are now.
func (f *family[K]) committed() Counts[K] {
	usage := Usage{Series: len(f.rows), Limit: f.ceiling.limit, Overflow: f.overflow}
	if f.ceiling.names > 0 {
		usage.Series, usage.Limit = len(f.names), f.ceiling.names
	}
	return Counts[K]{rows: slices.Clip(f.rows), counts: slices.Clone(f.counts), Usage: usage}
}

// Counts is one counted family of a Snapshot. Its series stand in the order of
// their first appearance: a series keeps its place in all later Snapshots.
type Counts[K comparable] struct {
	Usage
	rows   []row[K]
	counts []uint64
}

// Usage says how much of its ceiling a family uses: label sets, or domains
// where the number of sending domains is the ceiling. Overflow counts what was
// put under Other because of it.
type Usage struct {
	Series, Limit int
	Overflow      uint64
}

// Series is one label set with its count, and the time since which it is
// counted: of the commit before its first record. There it was still at 0, and
// that is before any scrape that shows it, as Prometheus wants it of a beginning.
type Series[K comparable] struct {
	Key     K
	Value   uint64
	Created time.Time
}

// All yields the series in order.
func (c Counts[K]) All() iter.Seq[Series[K]] {
	return func(yield func(Series[K]) bool) {
		for i, row := range c.rows {
			if !yield(Series[K]{row.key, c.counts[i], row.created}) {
				return
			}
		}
	}
}
