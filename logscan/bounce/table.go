package bounce

import (
	"bytes"
	"slices"
)

// maxCategory is the longest category name; a longer bounceCat cannot be known.
const maxCategory = 64

// Table gives each bounce its category and its class. It never changes after
// Parse, so goroutines may share it.
type Table struct {
	rules      []rule              // first match wins
	names      []string            // of the categories in file order, then None
	categories map[string]category // by name in lower case
}

// rule is what one kind of enhanced status code says; the class undecided
// leaves it to the category.
type rule struct {
	pattern StatusCode
	class   Class
}

type category struct {
	name  string
	class Class
}

// Categories returns the known categories in file order, Other among them, then
// None.
func (t *Table) Categories() []string {
	return slices.Clone(t.names)
}

// Category folds bounceCat as written into a known name: None when empty, Other
// when unknown. PowerMTA's configuration may rename or add categories, so raw
// text never gets through.
func (t *Table) Category(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return None
	}
	if len(raw) > maxCategory {
		return Other
	}
	var lower [maxCategory]byte
	for i, b := range raw {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		lower[i] = b
	}
	if c, ok := t.categories[string(lower[:len(raw)])]; ok {
		return c.name
	}
	return Other
}

// ClassOf returns the category's own class: Soft for None, Other and unknown
// names.
func (t *Table) ClassOf(category string) Class {
	if c, ok := t.categories[category]; ok {
		return c.class
	}
	return Soft
}

// Classify returns the class of one bounce record, given its dsnStatus and
// dsnDiag as written and its known category, and whether the code decided. The
// enhanced status code decides where it can, else the category. An undefined
// code (x.0.0) gives way to that of the remote reply.
func (t *Table) Classify(status, diag []byte, category string) (class Class, byCode bool) {
	code, ok := ParseCode(bytes.TrimSpace(status))
	if !ok || code.Undefined() {
		if remote, found := replyCode(diag); found {
			code, ok = remote, true
		}
	}
	if ok {
		if i := t.first(code); i >= 0 && t.rules[i].class != undecided {
			return t.rules[i].class, true
		}
	}
	return t.ClassOf(category), false
}

// first returns the index of the rule that decides about a code, or -1.
func (t *Table) first(code StatusCode) int {
	return slices.IndexFunc(t.rules, func(r rule) bool { return code.Matches(r.pattern) })
}
