package pmtaclient

import (
	"strings"
	"time"
)

// Cause says what holds up the mail of a queue, as far as the text of its
// newest error event tells.
type Cause string

// The causes. CauseNone means that PowerMTA recorded no error.
const (
	CauseOwnRateLimit   Cause = "own_rate_limit"
	CauseRemoteThrottle Cause = "remote_throttle"
	CauseSourceDisabled Cause = "source_disabled"
	CauseConnection     Cause = "connection"
	CauseDNS            Cause = "dns"
	CauseTLS            Cause = "tls"
	CauseRemoteError    Cause = "remote_error"
	CausePaused         Cause = "paused" // see Queue.WaitsFor
	CauseNone           Cause = "none"
)

// Causes lists the causes.
func Causes() [9]Cause {
	return [...]Cause{
		CauseOwnRateLimit, CauseRemoteThrottle, CauseSourceDisabled, CauseConnection, CauseDNS, CauseTLS,
		CauseRemoteError, CausePaused, CauseNone,
	}
}

// Event is the newest error of a queue. PowerMTA keeps the last ten or so for
// as long as the queue exists, even for days: look at the time.
type Event struct {
	Time  time.Time
	Cause Cause
}

// replaceBy takes over a newer event. PowerMTA lists the newest first, so of
// two in one second the first listed stays.
func (e *Event) replaceBy(other *rawEvent) {
	if len(other.kind) > 0 && string(other.kind) != "error" {
		return // recipient and mode change events are no errors
	}
	if e.Cause == "" || other.time.After(e.Time) {
		*e = Event{Time: other.time, Cause: causeOf(string(other.text))}
	}
}

// orNone gives an event that never happened its cause.
func (e Event) orNone() Event {
	if e.Cause == "" {
		e.Cause = CauseNone
	}
	return e
}

// rawEvent is an event as it is read. Its text comes from strangers and ends
// here: only the cause goes on.
type rawEvent struct {
	kind, text []byte // in memory that the next event uses again
	time       time.Time
}

func (e *rawEvent) reset() {
	*e = rawEvent{kind: e.kind[:0], text: e.text[:0]}
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

// causeOf classifies the text of an error event. The texts are those of the
// guide (sections 3.3.10 and 5.10) and of the capture of 2014. A text that is
// none of them is a CauseRemoteError: PowerMTA's own ones are all known.
func causeOf(text string) Cause {
	switch {
	case text == "":
		return CauseNone
	case contains(text, "rate limit reached"):
		return CauseOwnRateLimit
	case contains(text, "sources for queue") && contains(text, "disabled"):
		return CauseSourceDisabled
	case contains(text, "StatusDns", "domain doesn't exist"):
		return CauseDNS
	}
	code, quoted := replyCode(text)
	if mentionsTLS(text) {
		return CauseTLS
	}
	switch {
	case code == '4':
		return CauseRemoteThrottle
	case code == '5' || quoted:
		return CauseRemoteError
	case startsWithErrno(text):
		return CauseConnection
	}
	return CauseRemoteError
}

func contains(text string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// replyCode finds the first digit of an SMTP reply: at the start of the text,
// or of its first quotation, as in: Error: "521 5.2.1 …" while connected. It
// tells also whether there is a quotation.
func replyCode(text string) (byte, bool) {
	_, quotation, quoted := strings.Cut(text, `"`)
	for _, s := range []string{text, quotation} {
		if len(s) >= 3 && strings.Trim(s[:3], "0123456789") == "" {
			return s[0], quoted
		}
	}
	return 0, quoted
}

// mentionsTLS looks for the protocol as a word, so that host names and links
// with these letters do not count.
func mentionsTLS(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == ',' || r == ':' || r == ';' || r == '"' || r == '(' || r == ')' || r == '/'
	})
	for _, w := range words {
		switch strings.ToUpper(w) {
		case "TLS", "STARTTLS", "SSL":
			return true
		}
	}
	return false
}

// startsWithErrno knows ETIMEDOUT, ECONNREFUSED, EDISCON and their kin, on
// Windows with WSA in front.
func startsWithErrno(text string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(text, "WSA"), " ")
	return len(word) > 3 && word[0] == 'E' && strings.ToUpper(word) == word && word != "EHLO"
}
