// Package textlog reads PowerMTA's text logs: it cuts them into lines and says
// of each line how grave it is and which event it tells of.
//
// PowerMTA documents neither its log's wording nor a column for the level. So
// the words that tell are data: patterns.yaml, embedded, whose head explains
// the format, and to which users add rows of their own.
package textlog

import "slices"

// Level says how grave a line is.
type Level string

// The levels. Other is that of a line which does not begin with a time, as
// lines of PowerMTA do, and whose words tell nothing.
const (
	Info    Level = "info"
	Warning Level = "warning"
	Error   Level = "error"
	Fatal   Level = "fatal"
	Other   Level = "other"
)

// Valid reports whether the level is one of the five.
func (l Level) Valid() bool { return slices.Contains(Levels(), l) }

// Levels returns all levels.
func Levels() []Level { return []Level{Info, Warning, Error, Fatal, Other} }

// Event names what a line tells of. The catalogue knows all events; only those
// that no row of it has are named here.
type Event string

// None is said of a line that tells of no event. EventError and EventFatal are
// what remains of lines of that level that no other event took.
const (
	None       Event = ""
	EventError Event = "error"
	EventFatal Event = "fatal"
)

// remaining returns the event of a line of which only the level is known.
func remaining(l Level) Event {
	switch l {
	case Error:
		return EventError
	case Fatal:
		return EventFatal
	}
	return None
}
