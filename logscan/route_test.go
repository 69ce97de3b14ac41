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
	known := map[VMTAKey]*slot{}
	for i := range 20_000 {
		if i == 10_000 {
			for _, f := range []*family[VMTAKey]{&plain, &numbered} {
				f.bound(80, 5)
			}
			clear(known)
		}
		vmta, provider := random.IntN(30), random.IntN(5)
		k := VMTAKey{fmt.Sprint("provider", provider), fmt.Sprint("vmta", vmta)}
		plain.add(k, 2, now)
		if known[k] == nil || vmta < 5 { // several are not remembered
			known[k] = new(slot)
		}
		numbered.addAt(known[k], k, 2, now)
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

func TestGridsAreBounded(t *testing.T) {
	const limit = 1000
	g := grid[slot]{limit: limit}
	for i := range limit {
		if p := g.at(1+i, 1+i); p != nil {
			*p = 1
		}
	}
	if g.cells > limit {
		t.Errorf("%d cells, want at most %d", g.cells, limit)
	}
	if g.at(0, 1) != nil || g.at(1, 0) != nil {
		t.Error("0 has a slot, want none: it is no number")
	}
	if p := g.at(5, 5); p == nil || *p != 1 {
		t.Error("the slot of 5, 5 is forgotten")
	}
}

// TestRoutesAreApart: mail with any other label has another route, and mail with
// a label that has no number always a new one.
func TestRoutesAreApart(t *testing.T) {
	r := newRoutes()
	addresses := []label{{}, {"192.0.2.1", 1}, {"192.0.2.2", 2}}
	route := func(m mail) *slot {
		_, way := r.of(&m)
		return &way.deliveredBytes
	}
	for round := range 2 {
		for i := range 12 {
			m := mail{vmta: label{"v", 1 + i%2}, provider: label{"p", 1 + i/2%2}, sourceIP: addresses[i/4]}
			if got := route(m); *got != slot(round*(i+1)) {
				t.Errorf("round %d: route of %+v has slot %d, want %d", round, m, *got, round*(i+1))
			}
			*route(m) = slot(i + 1)
		}
	}
	for _, m := range []mail{
		{provider: label{"p", 1}},
		{vmta: label{"v", 1}},
		{vmta: label{"v", 1}, provider: label{"p", 1}, sourceIP: label{"192.0.2.3", 0}},
	} {
		*route(m) = 7
		if got := *route(m); got != 0 {
			t.Errorf("route of %+v, which has a label without number, has slot %d, want a new one", m, got)
		}
	}
}
