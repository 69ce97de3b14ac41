package logscan

import "slices"

// places remembers where a family counts a label set, by two numbers that stand
// for the labels: see family.addAt.
type places struct {
	// rows are by the first number, then the second. What comes often should lie
	// close together, in few lines of the processor's cache: so the first number
	// has the outcome in it.
	rows  [][]int32
	cells int
}

// unknownPlace is that of a label set of which nothing is remembered yet. Others
// are its row, counted from 1, and negative where that is the row of Other.
const unknownPlace = 0

// maxCells bounds what places remembers. Few servers come near it: 200
// VirtualMTAs that send to 100 providers need a tenth of it for outcomes.
const maxCells = 1 << 20

// at returns what is remembered of a label set; nil when nothing can be.
func (p *places) at(a, b int) *int32 {
	if a > 0 && b > 0 && a < len(p.rows) && b < len(p.rows[a]) {
		return &p.rows[a][b]
	}
	return p.grow(a, b)
}

// grow makes room for a label set. 0 is no number.
func (p *places) grow(a, b int) *int32 {
	more := b + 1
	if a < len(p.rows) {
		more -= len(p.rows[a])
	}
	if a == 0 || b == 0 || p.cells+more > maxCells {
		return nil
	}
	for len(p.rows) <= a {
		p.rows = append(p.rows, nil)
	}
	p.rows[a] = append(p.rows[a], make([]int32, more)...)
	p.cells += more
	return &p.rows[a][b]
}

// numberOf returns the number of a word in a list of all, and 0 for another.
func numberOf[T comparable](all []T, word T) int { return slices.Index(all, word) + 1 }

// with returns a number for a label and an outcome together.
func (l label) with(o Outcome) int {
	if l.number == 0 {
		return 0
	}
	return l.number*len(outcomes()) + numberOf(outcomes(), o) - 1
}
