package pmtatest

import (
	"time"
)

// LogLine is one line of PowerMTA's text log, without its clock time.
type LogLine struct {
	Time time.Time
	Text string
}

// writeLog writes the traces of a connection now and then, as log-connections
// does, and the errors of a scenario. Only texts that are documented appear;
// the detail of the pipe's error is ours, the guide leaves it open.
func (t *Traffic) writeLog() {
	seconds := tick.Seconds()
	if t.rng.Float64() < seconds/5 {
		t.trace()
	}
	if t.rng.Float64() < t.effect(EffectLogErrors)/60*seconds {
		texts := []string{
			"Unable to parse serial number: number missing",
			`Error writing to "/usr/local/bin/consume-acct": broken pipe`,
		}
		t.line(texts[t.rng.IntN(len(texts))])
	}
}

func (t *Traffic) trace() {
	if len(t.queues) == 0 {
		return
	}
	q := t.queues[t.rng.IntN(len(t.queues))]
	if q.conn == 0 {
		return
	}
	t.line("starting " + q.name())
	t.line("connecting from " + q.vmta.source + " to " + q.dest.host)
	t.line("connected from [" + q.vmta.ip + "]:39339")
	t.line("closed " + q.dest.host + " in=511 out=68")
	t.line("done " + q.name())
}

func (t *Traffic) line(text string) {
	t.log = append(t.log, LogLine{t.now, text})
}
