package reply

import (
	"math/bits"
	"regexp"
)

// test is one alternative of a pattern. A text that holds one of its literals
// passes; where they are not exact it must match the expression, too. That is
// compiled when it is first asked: all of them take most of the time that a
// catalogue takes, see BenchmarkDefault. It has been parsed, so it compiles.
type test struct {
	place      int // of the pattern
	literals   literals
	expression func() *regexp.Regexp // nil where the literals are exact
}

// set is a set of tests, by their number.
type set []uint64

func newSet(size int) set {
	return make(set, (size+63)/64)
}

func (s set) add(i int32) {
	s[i/64] |= 1 << (i % 64)
}

// firstOf returns the first test of a word of the set, and the word without it.
func firstOf(word uint64) (int, uint64) {
	return bits.TrailingZeros64(word), word & (word - 1)
}

// index finds which tests a text may pass, by their literals, in one pass over
// the text.
//
// Each literal is filed under three of its bytes, those that are rarest among
// all literals. For each three bytes of the text one look into a table tells
// whether literals are filed there, mostly none, and only those are compared. An
// automaton of Aho and Corasick would do the same, with a table of 4 MB that
// pushes all else out of the processor's caches: it took three times as long
// between other work, see BenchmarkTraffic.
type index struct {
	first   [1 << indexBits]uint32 // by the hash of three bytes: the first entry, 0 for none
	entries []entry                // the one at 0 is none
}

// indexBits makes the table so large that one in ten places is used.
const indexBits = 14

// entry is a literal of a test.
type entry struct {
	literal string
	test    int32
	window  window
	at      int    // where the window stands in the literal
	next    uint32 // of the same hash
}

// window is three bytes, the oldest in front.
type window uint32

func (w window) with(b byte) window { return (w<<8 | window(b)) & 0xffffff }

// hash spreads windows over the table, by the golden ratio.
func (w window) hash() uint32 { return uint32(w) * 0x9e3779b1 >> (32 - indexBits) }

// mark adds the tests of which the text holds a literal.
func (x *index) mark(text []byte, to set) {
	var w window
	for i, b := range text {
		w = w.with(b)
		for n := x.first[w.hash()]; n != 0; n = x.entries[n].next {
			e := &x.entries[n]
			if start := i - 2 - e.at; e.window == w && start >= 0 && hasPrefix(text[start:], e.literal) {
				to.add(e.test)
			}
		}
	}
}

func hasPrefix(text []byte, literal string) bool {
	return len(text) >= len(literal) && string(text[:len(literal)]) == literal
}

// newIndex makes the index of tests, whose literals have at least minLiteral bytes.
func newIndex(tests []test) *index {
	x := &index{entries: make([]entry, 1)}
	common := countWindows(tests)
	for i, t := range tests {
		for _, literal := range t.literals.set {
			e := entry{literal: literal, test: int32(i)}
			e.at, e.window = rarest(literal, common)
			hash := e.window.hash()
			e.next, x.first[hash] = x.first[hash], uint32(len(x.entries))
			x.entries = append(x.entries, e)
		}
	}
	return x
}

// countWindows counts the windows of all literals by their hash.
func countWindows(tests []test) []int {
	counts := make([]int, 1<<indexBits)
	for _, t := range tests {
		for _, literal := range t.literals.set {
			for _, w := range windows(literal) {
				counts[w.hash()]++
			}
		}
	}
	return counts
}

// rarest returns the place of the rarest window of a literal, and the window.
func rarest(literal string, counts []int) (int, window) {
	all := windows(literal)
	place := 0
	for i, w := range all {
		if counts[w.hash()] < counts[all[place].hash()] {
			place = i
		}
	}
	return place, all[place]
}

// windows returns all windows of a literal, which has at least minLiteral bytes.
func windows(literal string) []window {
	var all []window
	var w window
	for i := range len(literal) {
		if w = w.with(literal[i]); i >= 2 {
			all = append(all, w)
		}
	}
	return all
}
