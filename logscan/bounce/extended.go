package bounce

import (
	"fmt"
	"slices"
)

// maxCategories bounds the label that the table gives.
const maxCategories = 50

// Default returns the embedded table. It parses on each call: ask once and keep
// the answer.
func Default() (*Table, error) { return Extended(Rows{}) }

// Extended returns the embedded table with rows of a user. Their codes are
// asked first; a category of theirs is a new one, or gives another class to one
// that is known. The checks are those of Parse, but for the examples of the
// embedded rules, which a user's rule may take away.
func Extended(users Rows) (*Table, error) {
	t, err := Parse([]byte(classesYAML))
	if err != nil {
		return nil, err
	}
	own, err := newTable(users)
	if err != nil {
		return nil, err
	}
	t.rules = slices.Concat(own.rules, t.rules)
	for _, name := range own.names {
		if _, known := t.categories[name]; !known {
			t.names = slices.Insert(t.names, len(t.names)-1, name) // None stays last
		}
		t.categories[name] = own.categories[name]
	}
	if len(t.names) > maxCategories {
		return nil, fmt.Errorf("%d categories: list fewer, so that all are at most %d", len(t.names), maxCategories)
	}
	return t, t.checkOther()
}
