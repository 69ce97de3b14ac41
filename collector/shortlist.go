package collector

import (
	"cmp"
	"slices"
	"sync"
)

// A shortlist chooses which items get series of their own: the largest. So
// that series do not come and go while sizes change a little, an item that the
// last scrape showed counts as twice its size: a newcomer takes its place only
// when it is more than twice as large.
type shortlist[K comparable] struct {
	limit int // most items
	// budget is the most label sets of all items; 0 for no bound but limit.
	budget int

	mu    sync.Mutex // scrapes with different filters run at the same time
	shown map[K]bool
}

// candidate is an item with its size, and the label sets that it takes.
type candidate[K comparable] struct {
	key  K
	size float64
	cost int
}

// stickiness is how many times larger than a shown item a newcomer must be.
const stickiness = 2

// choose returns the keys of the items to show. Of equals, the first one is
// shown, so the order of the candidates should not depend on chance.
func (s *shortlist[K]) choose(candidates []candidate[K]) map[K]bool {
	return s.chooseWithin(s.budget, candidates)
}

// chooseWithin is choose with a budget of this scrape.
func (s *shortlist[K]) chooseWithin(budget int, candidates []candidate[K]) map[K]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	costs := 0
	for i := range candidates {
		c := &candidates[i]
		if s.shown[c.key] {
			c.size *= stickiness
		}
		costs += c.cost
	}
	if len(candidates) > s.limit || budget > 0 && costs > budget {
		slices.SortStableFunc(candidates, func(a, b candidate[K]) int { return cmp.Compare(b.size, a.size) })
	}
	s.shown = map[K]bool{}
	left := budget
	for _, c := range candidates {
		left -= c.cost
		if len(s.shown) == s.limit || budget > 0 && left < 0 {
			break
		}
		s.shown[c.key] = true
	}
	return s.shown
}

// table is a map that keeps the order in which its keys appeared.
type table[K comparable, V any] struct {
	index map[K]int
	keys  []K
	rows  []V
}

func newTable[K comparable, V any]() *table[K, V] {
	return &table[K, V]{index: map[K]int{}}
}

// at returns the row of a key, a new one when there is none. It is valid until
// the next call.
func (t *table[K, V]) at(key K) *V {
	i, ok := t.index[key]
	if !ok {
		i = len(t.rows)
		t.index[key] = i
		t.keys = append(t.keys, key)
		t.rows = append(t.rows, *new(V))
	}
	return &t.rows[i]
}
