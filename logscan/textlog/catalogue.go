package textlog

import "slices"

// silent is the event of rows whose lines tell of none, whatever their level.
const silent Event = "none"

// maxWord is the longest word of the catalogue, maxGroups the number of groups.
const (
	maxWord   = 32
	maxGroups = 1024
)

// Catalogue knows which words of a line tell of which event. It never changes
// after it was made, so goroutines may share it.
//
// A row asks for one word of each of its groups, in any order. So a line is
// read once, whatever the number of rows: its words are looked up in one map,
// each marks the groups that it belongs to, and the first row whose groups are
// all marked wins. Most lines mark none and are done.
type Catalogue struct {
	rows   []row
	events []Event
	groups map[string]int // by their text in the rows
	words  map[string]*word
	// folded holds bytes of words in lower case; 0 for those that end a word.
	folded [256]byte
	// sizes has, for the first byte of a word, a bit for the size of each word
	// that begins so. It spares most words of a line the look into the map.
	sizes [256]uint64
}

// row is a Row as it is asked.
type row struct {
	event  Event
	level  Level
	groups []int
}

// Events returns all events, EventError and EventFatal among them.
func (c *Catalogue) Events() []Event { return slices.Clone(c.events) }

// Classify returns the level of a line and the event that it tells of. It wants
// lines of kind Line.
//
// A word such as ERROR in the line decides its level, the first one if there
// are several; else the row that matched does; else the line is Info. The row
// decides the event; where none matched, or one without an event, the level
// does.
func (c *Catalogue) Classify(line []byte) (Level, Event) {
	level, event := Other, None
	text, timed := textOf(line)
	if timed {
		level = Info
	}
	i, named := c.decide(text)
	if i >= 0 {
		level, event = c.rows[i].level, c.rows[i].event
	}
	if named != "" {
		level = named
	}
	switch event {
	case None:
		event = remaining(level)
	case silent:
		event = None
	}
	return level, event
}

// decide returns the index of the first row whose groups a text marks, or -1,
// and the level that the text names, if any.
func (c *Catalogue) decide(text []byte) (int, Level) {
	if isForeign(text) {
		return -1, ""
	}
	f := c.find(text)
	if f.any {
		for i := range c.rows {
			if f.hasAll(c.rows[i].groups) {
				return i, f.level
			}
		}
	}
	return -1, f.level
}
