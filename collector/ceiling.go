package collector

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// A shortlist chooses which items of a list get series of their own: the
// largest. So that series do not come and go while sizes change a little, an
// item that the last scrape showed counts as twice its size: a newcomer takes
// its place only when it is more than twice as large.
type shortlist[K comparable] struct {
	limit int

	mu    sync.Mutex // scrapes with different filters run at the same time
	shown map[K]bool
}

// stickiness is how many times larger than a shown item a newcomer must be.
const stickiness = 2

// choose returns the keys of the items to show, at most limit of them. Of
// equals, the first listed is shown.
func (s *shortlist[K]) choose(n int, item func(i int) (K, float64)) map[K]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	type candidate struct {
		key   K
		score float64
	}
	candidates := make([]candidate, n)
	for i := range candidates {
		key, size := item(i)
		if s.shown[key] {
			size *= stickiness
		}
		candidates[i] = candidate{key, size}
	}
	if n > s.limit {
		slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
		candidates = candidates[:s.limit]
	}
	s.shown = make(map[K]bool, len(candidates))
	for _, c := range candidates {
		s.shown[c.key] = true
	}
	return s.shown
}

// foldSmallest holds sums to a ceiling of label sets: the largest stay as they
// are, the rest is added up under the key that fold gives. Reserve is the
// number of label sets that fold can give, which count as well. It returns how
// many were folded.
func foldSmallest[K comparable](sums map[K]float64, limit, reserve int, fold func(K) K) float64 {
	if len(sums) <= limit {
		return 0
	}
	keys := slices.Collect(maps.Keys(sums))
	slices.SortFunc(keys, func(a, b K) int { return cmp.Compare(sums[b], sums[a]) })
	rest := keys[max(0, limit-reserve):]
	for _, key := range rest {
		size := sums[key]
		delete(sums, key)
		sums[fold(key)] += size
	}
	return float64(len(rest))
}
