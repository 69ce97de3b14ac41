package pmtatest

import (
	"strings"
	"time"
)

// Attempt is one thing that happened to mail, with every value that an
// accounting record of it needs. What a type of record does not have is empty.
// Provider, Outcome, Class, Cause and Reason are the truth about it and appear in
// no file.
type Attempt struct {
	Type   RecordType
	Logged time.Time // whole seconds, as the files have them
	Queued time.Time // when the message came in; zero where the type has no such column

	Orig            string
	Rcpt            string
	DSNAction       string
	DSNStatus       string // "5.1.1 (bad destination mailbox address)"
	DSNDiag         string // "smtp;" and the reply
	DSNMta          string // "host (ip)" of the receiving side
	DSNReportingMta string
	BounceCat       string
	SrcType         string
	SrcMta          string
	DlvType         string
	SourceIP        string
	DestinationIP   string
	ESMTP           string
	Size            int // bytes; 0 = unknown
	TLSProtocol     string
	TLSCipher       string
	VMTA            string
	JobID           string
	Queue           string
	Format          string // of a report
	FeedbackType    string
	UserAgent       string
	ReportedDomain  string

	Provider string
	Outcome  Outcome // of d and b
	Class    Class   // of b and rb
	Cause    Cause   // of tq
	Reason   Reason  // of b and t, and of a tq with a reply
}

// RecordType is the code of a type of accounting record.
type RecordType string

// The types of records that the model writes.
const (
	Delivered      RecordType = "d"
	Bounced        RecordType = "b"
	Transient      RecordType = "t"
	TransientQueue RecordType = "tq"
	Received       RecordType = "r"
	RemoteBounce   RecordType = "rb"
	Feedback       RecordType = "f"
)

// Outcome is the final result of a recipient.
type Outcome string

// The outcomes, a partition.
const (
	OutcomeDelivered Outcome = "delivered"
	OutcomeHard      Outcome = "hard_bounce"
	OutcomeBlock     Outcome = "block_bounce"
	OutcomeSoft      Outcome = "soft_bounce"
	OutcomeDeleted   Outcome = "deleted" // by an administrator; neither delivered nor bounced
)

// Class says what a bounce means: suppress the address, look to the sender's
// standing, or try again another day.
type Class string

// The classes of bounces.
const (
	ClassHard  Class = "hard"
	ClassBlock Class = "block"
	ClassSoft  Class = "soft"
)

// outcome is the outcome of a bounce of this class.
func (c Class) outcome() Outcome { return Outcome(c + "_bounce") }

// Cause is what holds up a whole queue.
type Cause string

// The causes that the model knows.
const (
	CauseConnection     Cause = "connection"
	CauseDNS            Cause = "dns"
	CauseRemoteThrottle Cause = "remote_throttle"
)

// Reason is why a server refused, or why mail did not get as far.
type Reason string

// The reasons that the model knows.
const (
	ReasonThrottled          Reason = "throttled"
	ReasonBlockedIP          Reason = "blocked_ip"
	ReasonBlocklist          Reason = "blocklist"
	ReasonContentSpam        Reason = "content_spam"
	ReasonPolicy             Reason = "policy"
	ReasonGreylisted         Reason = "greylisted"
	ReasonUnknownUser        Reason = "unknown_user"
	ReasonMailboxInactive    Reason = "mailbox_inactive"
	ReasonMailboxFull        Reason = "mailbox_full"
	ReasonTLSRequired        Reason = "tls_required"
	ReasonDNSFailure         Reason = "dns_failure"
	ReasonTooManyConnections Reason = "too_many_connections"
	ReasonRemoteError        Reason = "remote_error"
	ReasonExpired            Reason = "expired"
	ReasonDeleted            Reason = "deleted_by_operator"
)

// permanence tells from the first digit of the reply, or else of dsnStatus,
// whether another attempt makes sense.
func (a Attempt) permanence() string {
	text, replied := strings.CutPrefix(a.DSNDiag, "smtp;")
	if !replied {
		text = a.DSNStatus
	}
	if strings.HasPrefix(text, "4") {
		return "transient"
	}
	return "permanent"
}
