package pmtaclient

import (
	"bytes"
	"strings"
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

// causeOf classifies the text of an error event. The texts are those of the
// guide (sections 3.3.10 and 5.10) and of the capture of 2014. A text that is
// none of them is a CauseRemoteError: PowerMTA's own ones are all known.
func causeOf(text []byte) Cause {
	switch {
	case len(text) == 0:
		return CauseNone
	case contains(text, "rate limit reached"):
		return CauseOwnRateLimit
	case contains(text, "sources for queue") && contains(text, "disabled"):
		return CauseSourceDisabled
	case contains(text, "StatusDns"), contains(text, "domain doesn't exist"):
		return CauseDNS
	}
	code, quoted := replyCode(text)
	switch {
	case mentionsTLS(text):
		return CauseTLS
	case code == '4':
		return CauseRemoteThrottle
	case code == '5' || quoted:
		return CauseRemoteError
	case startsWithErrno(text):
		return CauseConnection
	}
	return CauseRemoteError
}

func contains(text []byte, part string) bool { return bytes.Contains(text, []byte(part)) }

// replyCode finds the first digit of an SMTP reply: at the start of the text,
// or of its first quotation, as in: Error: "521 5.2.1 …" while connected. It
// tells also whether there is a quotation.
func replyCode(text []byte) (byte, bool) {
	_, quotation, quoted := bytes.Cut(text, []byte(`"`))
	for _, b := range [][]byte{text, quotation} {
		if len(b) >= 3 && countDigits(b[:3]) == 3 {
			return b[0], quoted
		}
	}
	return 0, quoted
}

// mentionsTLS looks for the protocol as a word, so that host names and links
// with these letters do not count.
func mentionsTLS(text []byte) bool {
	start := 0
	for i, c := range text {
		switch c {
		case ' ', ',', ':', ';', '"', '(', ')', '/':
			if n := i - start; n == len("TLS") || n == len("STARTTLS") {
				if isTLS(text[start:i]) {
					return true
				}
			}
			start = i + 1
		}
	}
	return isTLS(text[start:])
}

func isTLS(word []byte) bool {
	switch len(word) {
	case len("TLS"):
		return bytes.EqualFold(word, []byte("TLS")) || bytes.EqualFold(word, []byte("SSL"))
	case len("STARTTLS"):
		return bytes.EqualFold(word, []byte("STARTTLS"))
	}
	return false
}

// startsWithErrno knows ETIMEDOUT, ECONNREFUSED, EDISCON and their kin, on
// Windows with WSA in front.
func startsWithErrno(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("WSA"))
	if !bytes.HasPrefix(text, []byte("E")) {
		return false
	}
	word, _, _ := bytes.Cut(text, []byte(" "))
	name := string(word)
	return len(name) > 3 && strings.ToUpper(name) == name && name != "EHLO"
}
