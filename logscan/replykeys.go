package logscan

import (
	"bytes"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// ReplyKey counts what remote servers, and PowerMTA itself, gave as the reason
// for a bounce or deferral.
type ReplyKey struct {
	Provider   string
	Reason     reply.Reason
	Permanence reply.Permanence
}

// VMTAReplyKey counts reasons by VirtualMTA.
type VMTAReplyKey struct {
	VMTA   string
	Reason reply.Reason
}

// QueueErrorKey counts temporary errors of whole queues.
type QueueErrorKey struct {
	Provider, VMTA string
	Cause          Cause
}

// RemoteBounceKey counts bounces that came back as mail.
type RemoteBounceKey struct {
	Category string
	Class    bounce.Class
}

// FeedbackKey counts complaints.
type FeedbackKey struct {
	Provider string
	Type     FeedbackType
}

// Cause is what held up a queue, in the words that the queues of the web
// monitor have as well.
type Cause string

// The causes.
const (
	CauseOwnRateLimit   Cause = "own_rate_limit"
	CauseRemoteThrottle Cause = "remote_throttle"
	CauseSourceDisabled Cause = "source_disabled"
	CauseConnection     Cause = "connection"
	CauseDNS            Cause = "dns"
	CauseTLS            Cause = "tls"
	CauseRemoteError    Cause = "remote_error"
	CauseNone           Cause = None
)

func causes() []Cause {
	return []Cause{
		CauseOwnRateLimit, CauseRemoteThrottle, CauseSourceDisabled, CauseConnection, CauseDNS, CauseTLS, CauseRemoteError, CauseNone,
	}
}

// queueCause tells the cause from the reason, where that is enough. A server that
// refuses for now throttles; but without its reply, a temporary dsnStatus tells of
// no server, and one that is undefined (4.0.0) of nothing.
func queueCause(m reply.Match, diag, status []byte) Cause {
	switch m.Reason {
	case reply.DNSFailure, reply.UnableToRoute:
		return CauseDNS
	case reply.TLSRequired, reply.TLSFailed:
		return CauseTLS
	case reply.ConnectionRefused, reply.ConnectionTimeout, reply.ConnectionLost:
		return CauseConnection
	case reply.LocalLimit:
		return localCause(diag, status)
	}
	switch {
	case len(diag) == 0 && m.Reason == reply.Other:
		return CauseNone
	case len(diag) > 0 && m.Permanence == reply.Transient:
		return CauseRemoteThrottle
	}
	return CauseRemoteError
}

// localCause tells what PowerMTA's own configuration did. The text is in
// dsnStatus where dsnDiag is empty.
func localCause(diag, status []byte) Cause {
	if len(diag) == 0 {
		diag = status
	}
	if bytes.Contains(bytes.ToLower(diag), []byte("disabled")) {
		return CauseSourceDisabled
	}
	return CauseOwnRateLimit
}

// FeedbackType is what a recipient's provider reports about a message: the
// registered types of RFC 5965, 6591 and 6692.
type FeedbackType string

func feedbackTypes() []FeedbackType {
	return []FeedbackType{"abuse", "auth-failure", "fraud", "not-spam", "virus", "other", None}
}

// feedbackLabel returns a registered type, Other or None.
func feedbackLabel(raw []byte) string {
	lower := string(bytes.ToLower(bytes.TrimSpace(raw)))
	if lower == "" {
		return None
	}
	for _, t := range feedbackTypes() {
		if string(t) == lower {
			return lower
		}
	}
	return Other
}

func permanences() []reply.Permanence { return []reply.Permanence{reply.Transient, reply.Permanent} }

func (k VMTAReplyKey) open() (string, VMTAReplyKey) { return k.VMTA, VMTAReplyKey{Other, k.Reason} }

func (k QueueErrorKey) open() (string, QueueErrorKey) {
	return k.VMTA, QueueErrorKey{k.Provider, Other, k.Cause}
}

// ReceivedKey counts what was submitted to PowerMTA.
type ReceivedKey struct{ VMTA string }

func (k ReceivedKey) open() (string, ReceivedKey) { return k.VMTA, ReceivedKey{Other} }
