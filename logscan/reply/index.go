package reply

import (
	"math/bits"
	"regexp"
	"slices"
)

// test is one alternative of a pattern. A text that holds one of its literals
// passes; where they are not exact it must match the expression, too.
type test struct {
	place      int // of the pattern
	literals   literals
	expression *regexp.Regexp // nil where the literals are exact
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
// the text: the automaton of Aho and Corasick, spelt out into a table so that
// each byte costs one look-up. It takes about 4 MB.
type index struct {
	column [256]uint16 // of each byte; 0 for those in no literal
	width  uint32      // columns of the table
	next   []uint32    // where the next row starts, with ends where a literal does
	found  [][]int32   // by row: the tests with a literal that ends there
}

// ends marks a step to a row that ends a literal.
const ends = 1 << 31

// mark adds the tests of which the text holds a literal.
func (x *index) mark(text []byte, to set) {
	row := uint32(0)
	for _, b := range text {
		row = x.next[row+uint32(x.column[b])]
		if row >= ends {
			row -= ends
			for _, test := range x.found[row/x.width] {
				to.add(test)
			}
		}
	}
}

// node is a state while the table is made.
type node struct {
	children map[byte]int
	suffix   int // the state for the longest proper suffix that is one
	tests    []int32
}

func newIndex(tests []test) *index {
	x := &index{width: 1}
	nodes := []node{{children: map[byte]int{}}}
	for i, t := range tests {
		for _, literal := range t.literals.set {
			nodes = x.insert(nodes, literal, int32(i))
		}
	}
	x.next = make([]uint32, len(nodes)*int(x.width))
	x.found = make([][]int32, len(nodes))
	x.fill(nodes)
	return x
}

// insert adds a literal to the trie, and columns for bytes not met before.
func (x *index) insert(nodes []node, literal string, test int32) []node {
	at := 0
	for _, b := range []byte(literal) {
		if x.column[b] == 0 {
			x.column[b] = uint16(x.width)
			x.width++
		}
		child, ok := nodes[at].children[b]
		if !ok {
			child = len(nodes)
			nodes = append(nodes, node{children: map[byte]int{}})
			nodes[at].children[b] = child
		}
		at = child
	}
	nodes[at].tests = append(nodes[at].tests, test)
	return nodes
}

// fill writes the table, nearest states first: the row of a state is that of its
// suffix, which is nearer, but for its own children.
func (x *index) fill(nodes []node) {
	for queue := []int{0}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		row := x.next[uint32(at)*x.width:][:x.width]
		if at > 0 {
			suffix := nodes[at].suffix
			copy(row, x.next[uint32(suffix)*x.width:][:x.width])
			x.found[at] = slices.Concat(nodes[at].tests, x.found[suffix])
		}
		for b, child := range nodes[at].children {
			column := x.column[b]
			nodes[child].suffix = int(row[column] / x.width)
			row[column] = uint32(child) * x.width
			queue = append(queue, child)
		}
	}
	for i, step := range x.next {
		if len(x.found[step/x.width]) > 0 {
			x.next[i] |= ends
		}
	}
}
