package textlog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var wordPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._@-]{0,` + strconv.Itoa(maxWord-2) + `}[a-z0-9])?$`)

// newCatalogue returns a catalogue without rows.
func newCatalogue() *Catalogue {
	c := &Catalogue{groups: map[string]int{}, words: map[string]*word{}}
	for b := range len(c.folded) {
		switch b := byte(b); {
		case 'A' <= b && b <= 'Z':
			c.folded[b] = b + 'a' - 'A'
		case 'a' <= b && b <= 'z', isDigit(b), isJoint(b):
			c.folded[b] = b
		}
	}
	for level, texts := range levelWords() {
		for _, text := range texts {
			c.word(text).level = level
		}
	}
	return c
}

// levelWords are the words that name a level. PowerMTA is known to write the
// second one; its log has no column for the level.
func levelWords() map[Level][]string {
	return map[Level][]string{
		Fatal:   {"fatal", "panic"},
		Error:   {"error"},
		Warning: {"warning", "warn"},
	}
}

// add appends a row.
func (c *Catalogue) add(r Row) error {
	if err := r.check(); err != nil {
		return err
	}
	added := row{event: r.Event, level: r.Level}
	for _, words := range r.Words {
		g, err := c.group(words)
		if err != nil {
			return err
		}
		added.groups = append(added.groups, g)
	}
	c.rows = append(c.rows, added)
	if r.Event != None && r.Event != silent {
		c.note(r.Event)
	}
	return nil
}

// group returns the number of a group of words, of which there is one for all
// rows that list it.
func (c *Catalogue) group(words string) (int, error) {
	if g, ok := c.groups[words]; ok {
		return g, nil
	}
	if len(c.groups) == maxGroups {
		return 0, fmt.Errorf("more than %d different groups of words: drop rows", maxGroups)
	}
	g := len(c.groups)
	for text := range strings.SplitSeq(words, "|") {
		if !wordPattern.MatchString(text) {
			return 0, fmt.Errorf("bad word %q: use 1 to %d of a-z, 0-9 and, not at the ends, - . _ @; part alternatives by |", text, maxWord)
		}
		w := c.word(text)
		w.groups = append(w.groups, g)
	}
	c.groups[words] = g
	return g, nil
}

// word returns the entry of a word, and makes it where there is none.
func (c *Catalogue) word(text string) *word {
	w := c.words[text]
	if w == nil {
		w = &word{}
		c.words[text] = w
		for _, first := range []byte{text[0], strings.ToUpper(text)[0]} {
			c.sizes[first] |= 1 << len(text)
		}
	}
	return w
}

// prove makes sure that the examples of the newest row reach it: later rows
// cannot take them away.
func (c *Catalogue) prove(r Row) error {
	for _, example := range r.Examples {
		text, _ := textOf([]byte(example))
		if i, _ := c.decide(text); i != len(c.rows)-1 {
			return fmt.Errorf("example %q does not reach this row first: move the row up or correct the example", example)
		}
	}
	return nil
}

// note lists an event once.
func (c *Catalogue) note(e Event) {
	if !slices.Contains(c.events, e) {
		c.events = append(c.events, e)
	}
}
