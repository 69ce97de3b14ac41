package reply

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// minLiteral is the shortest literal that is worth looking for; maxSpelt bounds
// how many strings a part of a pattern is spelt out into.
const (
	minLiteral = 3
	maxSpelt   = 32
)

// literals are strings of which a pattern needs at least one in every text that
// it matches. Where they are exact, any one of them is a match by itself.
type literals struct {
	set   []string
	exact bool
}

// shortest is the length of the shortest literal, 0 without any.
func (l literals) shortest() int {
	if len(l.set) == 0 {
		return 0
	}
	return len(slices.MinFunc(l.set, func(a, b string) int { return len(a) - len(b) }))
}

// betterThan prefers long literals, since they are rare, then few.
func (l literals) betterThan(other literals) bool {
	if l.shortest() != other.shortest() {
		return l.shortest() > other.shortest()
	}
	return len(l.set) < len(other.set)
}

// literalsOf finds the literals of an expression. It spells out what is finite,
// as in (?:user|mailbox) unknown; of the rest it takes the best part, as in
// rate limit.* reached.
func literalsOf(re *syntax.Regexp) literals {
	if set, ok := spellOut(re); ok {
		return literals{set, true}
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return literals{literalsOf(re.Sub[0]).set, false}
	case syntax.OpConcat:
		return bestPart(re.Sub)
	case syntax.OpAlternate:
		return eachOf(re.Sub)
	default:
		return literals{}
	}
}

// bestPart finds the literals of a sequence: those of one element that is not
// finite, or of some neighbours that are.
func bestPart(sequence []*syntax.Regexp) literals {
	var best literals
	run := []string{""}
	consider := func(l literals) {
		if l.betterThan(best) {
			best = literals{l.set, false}
		}
	}
	for _, re := range sequence {
		set, ok := spellOut(re)
		if longer, fits := product(run, set); ok && fits {
			run = longer
			continue
		}
		consider(literals{set: run})
		run = []string{""}
		consider(literalsOf(re))
	}
	consider(literals{set: run})
	return best
}

// eachOf joins the literals of alternatives; one without any spoils all.
func eachOf(alternatives []*syntax.Regexp) literals {
	all := literals{exact: true}
	for _, re := range alternatives {
		l := literalsOf(re)
		if l.shortest() == 0 {
			return literals{}
		}
		all.set = append(all.set, l.set...)
		all.exact = all.exact && l.exact
	}
	return all
}

// spellOut lists all strings that an expression matches, if they are few.
func spellOut(re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		folds := re.Flags&syntax.FoldCase != 0
		return []string{string(re.Rune)}, !folds && !slices.Contains(re.Rune, utf8.RuneError)
	case syntax.OpCharClass:
		return members(re.Rune)
	case syntax.OpCapture:
		return spellOut(re.Sub[0])
	case syntax.OpQuest:
		set, ok := spellOut(re.Sub[0])
		return append([]string{""}, set...), ok
	case syntax.OpConcat:
		return spellOutAll(re.Sub)
	case syntax.OpAlternate:
		return spellOutAny(re.Sub)
	default:
		return nil, false
	}
}

func spellOutAll(sequence []*syntax.Regexp) ([]string, bool) {
	whole := []string{""}
	for _, re := range sequence {
		set, ok := spellOut(re)
		longer, fits := product(whole, set)
		if !ok || !fits {
			return nil, false
		}
		whole = longer
	}
	return whole, true
}

func spellOutAny(alternatives []*syntax.Regexp) ([]string, bool) {
	var any []string
	for _, re := range alternatives {
		set, ok := spellOut(re)
		if !ok || len(any)+len(set) > maxSpelt {
			return nil, false
		}
		any = append(any, set...)
	}
	return any, true
}

// product joins each string with each string.
func product(heads, tails []string) ([]string, bool) {
	if len(heads)*len(tails) > maxSpelt {
		return nil, false
	}
	var joined []string
	for _, head := range heads {
		for _, tail := range tails {
			joined = append(joined, head+tail)
		}
	}
	return joined, true
}

// members lists the runes of a character class, given as pairs of bounds.
func members(bounds []rune) ([]string, bool) {
	var set []string
	for i := 0; i < len(bounds); i += 2 {
		for r := bounds[i]; r <= bounds[i+1]; r++ {
			if len(set) == maxSpelt || r == utf8.RuneError {
				return nil, false
			}
			set = append(set, string(r))
		}
	}
	return set, true
}
