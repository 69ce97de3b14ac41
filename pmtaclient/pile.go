package pmtaclient

import "slices"

// pileSize is how many items are added to a pile before it takes more memory.
const pileSize = 256

// pile gathers the items of a list, of which nobody knows beforehand how many
// there are. A slice that grows by append would be copied over and over, five
// times its final size in all, and end up too large; a pile leaves its items
// where they are and makes one slice of the right size at the end.
type pile[T any] struct {
	full [][]T
	top  []T
}

func (p *pile[T]) add(item T) {
	if len(p.top) == cap(p.top) {
		if len(p.top) > 0 {
			p.full = append(p.full, p.top)
		}
		p.top = make([]T, 0, pileSize)
	}
	p.top = append(p.top, item)
}

// all returns all items in order; nil when there are none.
func (p *pile[T]) all() []T { return slices.Concat(append(p.full, p.top)...) }
