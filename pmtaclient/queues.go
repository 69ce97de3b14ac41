package pmtaclient

import (
	"bytes"
	"time"
)

// Queues is the answer of /queues: the queues, which are pairs of domain and
// VirtualMTA, that have recipients.
type Queues struct {
	List
	Queues []Queue
}

// Queue is the mail for one domain that leaves through one VirtualMTA.
type Queue struct {
	Domain string // lower case; *.rollup for a rollup queue
	VMTA   string // "{default}" when the mail named none
	// Recipients, KB and Conn: what waits, its size, open connections.
	Recipients, KB, Conn Number
	Paused               Flag
	Mode                 Mode
	Retry                time.Time // of the next attempt; zero when PowerMTA gives none
	Newest               Event     // newest error
}

// Mode is a queue's delivery mode.
type Mode string

// The modes. Other words than PowerMTA's two known ones, and none at all, are
// ModeOther.
const (
	ModeNormal  Mode = "normal"
	ModeBackoff Mode = "backoff"
	ModeOther   Mode = "other"
)

// Modes lists the modes.
func Modes() [3]Mode { return [...]Mode{ModeNormal, ModeBackoff, ModeOther} }

func modeOf(word []byte) Mode {
	switch {
	case bytes.EqualFold(word, []byte(ModeNormal)):
		return ModeNormal
	case bytes.EqualFold(word, []byte(ModeBackoff)):
		return ModeBackoff
	}
	return ModeOther
}

// State says what a queue is doing.
type State string

// The states, in order of precedence.
const (
	StatePaused   State = "paused"   // by command
	StateActive   State = "active"   // has open connections
	StateDeferred State = "deferred" // none, and the next attempt lies ahead
	StateReady    State = "ready"    // neither: waits for a connection or DNS
)

// States lists the states.
func States() [4]State { return [...]State{StatePaused, StateActive, StateDeferred, StateReady} }

// State tells the state at an instant of PowerMTA's own clock.
func (q *Queue) State(now time.Time) State {
	switch {
	case q.Paused.Value:
		return StatePaused
	case q.Conn.Value > 0:
		return StateActive
	case q.Retry.After(now):
		return StateDeferred
	}
	return StateReady
}

// WaitsFor says what the queue's mail waits for, provided that it has no open
// connection: for the operator, or for the cause of its newest error to end.
func (q *Queue) WaitsFor() Cause {
	if q.Paused.Value {
		return CausePaused
	}
	return q.Newest.Cause
}

func newQueuesVisitor(q *Queues) visitor {
	var queues pile[Queue]
	add := func(r *row) {
		domain, vmta, ok := splitQueue(string(r.name))
		if !ok {
			return
		}
		queues.add(Queue{
			Domain: domain, VMTA: vmta,
			Recipients: r.recipients, KB: r.kb, Conn: r.conn,
			Paused: r.paused, Mode: modeOf(r.mode), Retry: r.retry, Newest: r.newest.event(),
		})
	}
	return &listVisitor{
		list: &q.List, item: "queue", totals: "totalQueuesWithRcp",
		add: add, all: func() { q.Queues = queues.all() },
	}
}
