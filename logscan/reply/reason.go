package reply

import "slices"

// Reason is why a mail server replied as it did, or why there was no reply.
type Reason string

// The sender's reputation, volume and authentication.
const (
	Throttled     Reason = "throttled"
	BlockedIP     Reason = "blocked_ip"
	BlockedDomain Reason = "blocked_domain"
	Blocklist     Reason = "blocklist" // of a third party
	AuthFailed    Reason = "auth_failed"
	AuthWarning   Reason = "auth_warning" // AuthFailed as yet with a temporary code
	ContentSpam   Reason = "content_spam"
	Policy        Reason = "policy"
	RDNSMissing   Reason = "rdns_missing"
	Greylisted    Reason = "greylisted"
)

// The mailbox and the message.
const (
	UnknownUser     Reason = "unknown_user"
	MailboxInactive Reason = "mailbox_inactive"
	MailboxFull     Reason = "mailbox_full"
	MessageTooLarge Reason = "message_too_large"
)

// The way there.
const (
	TLSRequired        Reason = "tls_required"
	TLSFailed          Reason = "tls_failed"
	DNSFailure         Reason = "dns_failure"
	UnableToRoute      Reason = "unable_to_route"
	ConnectionRefused  Reason = "connection_refused"
	ConnectionTimeout  Reason = "connection_timeout"
	ConnectionLost     Reason = "connection_lost"
	TooManyConnections Reason = "too_many_connections"
	Protocol           Reason = "protocol"
	RemoteError        Reason = "remote_error"
)

// PowerMTA itself, and the rest.
const (
	LocalLimit        Reason = "local_limit"
	Expired           Reason = "expired"
	DeletedByOperator Reason = "deleted_by_operator"
	BounceQueue       Reason = "bounce_queue"
	Other             Reason = "other"
)

// Reasons returns every reason, Other last.
func Reasons() []Reason {
	return []Reason{
		Throttled, BlockedIP, BlockedDomain, Blocklist, AuthFailed, AuthWarning, ContentSpam, Policy, RDNSMissing, Greylisted,
		UnknownUser, MailboxInactive, MailboxFull, MessageTooLarge,
		TLSRequired, TLSFailed, DNSFailure, UnableToRoute, ConnectionRefused, ConnectionTimeout, ConnectionLost,
		TooManyConnections, Protocol, RemoteError,
		LocalLimit, Expired, DeletedByOperator, BounceQueue, Other,
	}
}

// Valid reports whether the reason is one of Reasons.
func (r Reason) Valid() bool {
	return slices.Contains(Reasons(), r)
}
