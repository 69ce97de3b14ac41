package pmtaclient

import (
	"bytes"
	"time"
)

// Event is the newest error of a queue. PowerMTA keeps the last ten or so for
// as long as the queue exists, even for days: look at the time.
type Event struct {
	Time  time.Time
	Cause Cause
}

// rawEvent is an event as it is read. Its text comes from strangers and ends
// here: only the cause goes on.
type rawEvent struct {
	kind, text []byte // in memory that later events use again
	time       time.Time
	seen       bool // there was such an event
}

// begin empties e for the next event.
func (e *rawEvent) begin() {
	e.kind, e.text = e.kind[:0], e.text[:0]
	e.time, e.seen = time.Time{}, false
}

func (e *rawEvent) field(name []byte) any {
	switch string(name) {
	case "type":
		return &e.kind
	case "time":
		return &e.time
	case "text":
		return &e.text
	}
	return nil
}

// replaceBy takes over a newer event and leaves its own memory for the one to
// come. PowerMTA lists the newest first, so of two in one second the first
// listed stays.
func (e *rawEvent) replaceBy(other *rawEvent) {
	if len(other.kind) > 0 && !bytes.EqualFold(other.kind, []byte("error")) {
		return // recipient and mode change events are no errors
	}
	if !e.seen || other.time.After(e.time) {
		*e, *other = *other, *e
		e.seen = true
	}
}

// event returns what of an event may be kept. Only the newest of a queue gets
// here, as finding the cause takes longer than all else that is done with it.
func (e *rawEvent) event() Event { return Event{Time: e.time, Cause: causeOf(e.text)} }
