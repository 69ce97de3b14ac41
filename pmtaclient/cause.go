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
// with these letters do not count. All its names have an L after T or S, which
// is quicker to look for than words, as a text has few of them.
func mentionsTLS(text []byte) bool {
	for i := 1; i < len(text); i++ {
		if text[i]|0x20 != 'l' {
			continue
		}
		switch text[i-1] | 0x20 {
		case 't':
			if isWordAt(text, i-1, "TLS") || isWordAt(text, i-6, "STARTTLS") {
				return true
			}
		case 's':
			if isWordAt(text, i-2, "SSL") {
				return true
			}
		}
	}
	return false
}

// isWordAt tells whether that word, in any case, stands in text[start:] and
// by itself.
func isWordAt(text []byte, start int, word string) bool {
	end := start + len(word)
	if start < 0 || end > len(text) || !bytes.EqualFold(text[start:end], []byte(word)) {
		return false
	}
	return (start == 0 || isSeparator(text[start-1])) && (end == len(text) || isSeparator(text[end]))
}

func isSeparator(c byte) bool { return strings.IndexByte(` ,:;"()/`, c) >= 0 }

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
