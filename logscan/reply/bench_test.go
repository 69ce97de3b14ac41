package reply

import (
	"testing"
)

// BenchmarkClassify compares the catalogue with its expressions tried one after
// another, and all of its patterns with 60 of them, over the same replies of
// these (L3).
func BenchmarkClassify(b *testing.B) {
	all := defaultCatalogue(b)
	var some []Pattern
	patterns := all.Patterns()
	for i, p := range patterns {
		if i*60/len(patterns) > len(some)-1 {
			some = append(some, p)
		}
	}
	replies := workload(some, 50)
	status := []byte("5.0.0 (undefined status)")
	for _, bc := range []struct {
		name string
		c    *Catalogue
	}{
		{"all", all},
		{"60", catalogueOf(b, some)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				r := replies[i*7919%len(replies)]
				bc.c.Classify(r.provider, status, r.diag)
			}
		})
		b.Run(bc.name+" one by one", func(b *testing.B) {
			n := newNaive(bc.c.Patterns())
			var buf [maxText]byte
			for i := range b.N {
				r := replies[i*7919%len(replies)]
				n.first(r.provider, normalise(buf[:], r.diag).bytes)
			}
		})
	}
}

// catalogueOf makes a catalogue of some patterns.
func catalogueOf(tb testing.TB, patterns []Pattern) *Catalogue {
	tb.Helper()
	b := builder{Catalogue: &Catalogue{scopes: map[string]set{}, byID: map[string]Pattern{}}}
	if err := b.addAll("benchmark", patterns, nil); err != nil {
		tb.Fatal(err)
	}
	b.finish()
	return b.Catalogue
}

func BenchmarkDefault(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := Default(); err != nil {
			b.Fatal(err)
		}
	}
}
