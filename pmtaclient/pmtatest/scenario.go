package pmtatest

import (
	"cmp"
	"time"
)

// Scenario is a situation that operators know, as data.
type Scenario struct {
	Name    string
	Title   string // one sentence
	Effects []Effect
	// Config is what the exporter's configuration file says of it, if anything.
	// TODAY in it stands for the date on which the warm-up of the model ends.
	Config string
}

// Effect changes one thing about the traffic for a while. The empty targets
// mean everything; several must all match.
type Effect struct {
	Kind     EffectKind
	Provider string
	VMTA     string
	Queue    string        // domain/VMTA
	Sender   string        // sending domain
	Start    time.Duration // after the warm-up
	Duration time.Duration // 0 = for good
	Value    float64       // as the kind says
}

// EffectKind is a kind of Effect.
type EffectKind string

// The kinds of effects. Shares are of delivery attempts and lie between 0 and
// 1.
const (
	EffectHard       EffectKind = "hard"        // share Value of unknown addresses
	EffectBlock      EffectKind = "block"       // share Value refused for the sender's sake
	EffectDefer      EffectKind = "defer"       // share Value put off with a 4xx reply
	EffectRefuseTLS  EffectKind = "refuse-tls"  // share Value refused for want of TLS
	EffectQueueError EffectKind = "queue-error" // share Value of delivery rounds turned away at the greeting
	EffectBackoff    EffectKind = "backoff"     // a refusal sends its queue into backoff mode
	EffectPause      EffectKind = "pause"       // queues are paused
	EffectDisable    EffectKind = "disable"     // all sources of the queues are disabled
	EffectDry        EffectKind = "dry"         // no more mail arrives for the queues
	EffectDelete     EffectKind = "delete"      // at Start an administrator deletes share Value of the queued mail
	EffectLimit      EffectKind = "limit"       // a VirtualMTA may send share Value of all arrivals
	EffectCold       EffectKind = "cold"        // share Value of all messages leaves through the cold VirtualMTA, chosen at reception
	EffectSurge      EffectKind = "surge"       // arrivals times Value
	EffectSpoolLimit EffectKind = "spool-limit" // the spool holds Value seconds of calm arrivals
	EffectLicense    EffectKind = "license"     // the license ends in Value days
	EffectLogErrors  EffectKind = "log-errors"  // Value error lines per minute in the text log
	EffectDown       EffectKind = "down"        // PowerMTA is down; afterwards its counters start at zero
)

// FindScenario returns the scenario of that name.
func FindScenario(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// active reports whether the effect lasts at a time after the warm-up.
func (e Effect) active(live time.Duration) bool {
	return live >= e.Start && (e.Duration == 0 || live < e.Start+e.Duration)
}

// hits reports whether a queue, and mail of one sending domain in it, is meant.
func (e Effect) hits(q *queue, sender string) bool {
	return cmp.Or(e.Provider, q.dest.provider.name) == q.dest.provider.name &&
		cmp.Or(e.VMTA, q.vmta.name) == q.vmta.name &&
		cmp.Or(e.Queue, q.name()) == q.name() &&
		cmp.Or(e.Sender, sender) == sender
}
