package logscan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
)

// TestAddAtCountsLikeAdd fills families beyond their ceilings in both ways, with
// other ceilings in between.
func TestAddAtCountsLikeAdd(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	plain, numbered := newOpenFamily(40, 5, VMTAKey.open), newOpenFamily(40, 5, VMTAKey.open)
	now := time.Unix(0, 0)
	for i := range 20_000 {
		if i == 10_000 {
			for _, f := range []*family[VMTAKey]{&plain, &numbered} {
				f.bound(80, 5)
				f.forget()
			}
		}
		vmta, provider := random.IntN(30), random.IntN(5)
		k := VMTAKey{fmt.Sprint("provider", provider), fmt.Sprint("vmta", vmta)}
		plain.add(k, 2, now)
		numbered.addAt(max(vmta-5, 0), max(provider-1, 0), k, 2, now) // several without a number
	}
	got, want := maps.Collect(valuesOf(numbered.committed())), maps.Collect(valuesOf(plain.committed()))
	if !maps.Equal(got, want) || numbered.overflow != plain.overflow || plain.overflow == 0 {
		t.Errorf("addAt counts %v, overflow %d, want %v, %d", got, numbered.overflow, want, plain.overflow)
	}
}

// valuesOf yields label sets and their counts.
func valuesOf[K comparable](c Counts[K]) func(func(K, uint64) bool) {
	return func(yield func(K, uint64) bool) {
		for s := range c.All() {
			if !yield(s.Key, s.Value) {
				return
			}
		}
	}
}

func TestPlacesAreBounded(t *testing.T) {
	var p places
	for i := range 20_000 {
		if place := p.at(1+i, 1+i); place != nil {
			*place = 1
		}
	}
	if p.cells > maxCells {
		t.Errorf("%d cells, want at most %d", p.cells, maxCells)
	}
	if p.at(0, 1) != nil || p.at(1, 0) != nil {
		t.Error("0 has a place, want none: it is no number")
	}
	if place := p.at(5, 5); place == nil || *place != 1 {
		t.Error("the place of 5, 5 is forgotten")
	}
}
