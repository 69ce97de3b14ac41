package pmtatest

import "time"

// LogName is what the log is called.
const LogName = "pmta.log"

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
		errors := []struct{ text, event string }{
			{"Unable to parse serial number: number missing", "license_invalid"},
			{`Error writing to "/usr/local/bin/consume-acct": broken pipe`, "pipe_error"},
		}
		e := errors[t.rng.IntN(len(errors))]
		t.line(e.text, "error", e.event)
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
	t.line("starting "+q.name(), "info", "")
	t.line("connecting from "+q.vmta.source+" to "+q.dest.host, "info", "")
	t.line("connected from ["+q.vmta.ip+"]:39339", "info", "")
	t.line("closed "+q.dest.host+" in=511 out=68", "info", "")
	t.line("done "+q.name(), "info", "")
}

// line writes a line, and notes what the exporter must make of it.
func (t *Traffic) line(text, level, event string) {
	t.log = append(t.log, LogLine{t.now, text})
	t.ledger.logged(level, event)
}
