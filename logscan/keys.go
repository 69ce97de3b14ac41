package logscan

import "github.com/pmta-exporter/pmta_exporter/logscan/bounce"

// Label values that stand for many: None for an empty field, Other for what is
// not known, not valid, or beyond a ceiling.
const (
	None  = "none"
	Other = "other"
)

// Outcome is the final result of one recipient.
type Outcome string

// The outcomes. Deleted is an operator's act and belongs into no ratio.
const (
	OutcomeDelivered   Outcome = "delivered"
	OutcomeHardBounce  Outcome = "hard_bounce"
	OutcomeBlockBounce Outcome = "block_bounce"
	OutcomeSoftBounce  Outcome = "soft_bounce"
	OutcomeDeleted     Outcome = "deleted"
)

// outcomes returns all outcomes.
func outcomes() []Outcome {
	return []Outcome{OutcomeDelivered, OutcomeHardBounce, OutcomeBlockBounce, OutcomeSoftBounce, OutcomeDeleted}
}

func outcomeOf(c bounce.Class) Outcome {
	switch c {
	case bounce.Hard:
		return OutcomeHardBounce
	case bounce.Block:
		return OutcomeBlockBounce
	}
	return OutcomeSoftBounce
}

// OutcomeKey counts final results by VirtualMTA.
type OutcomeKey struct {
	Provider, VMTA string
	Outcome        Outcome
}

// SourceIPOutcomeKey counts final results by the address that mail left from.
type SourceIPOutcomeKey struct {
	SourceIP, Provider string
	Outcome            Outcome
}

// SenderDomainOutcomeKey counts final results by the domain of the sender.
type SenderDomainOutcomeKey struct {
	SenderDomain string
	Outcome      Outcome
}

// BounceKey counts bounces. An operator's deletions are not among them.
type BounceKey struct {
	Provider, Category string
	Class              bounce.Class
}

// VMTAKey counts by provider and VirtualMTA.
type VMTAKey struct {
	Provider, VMTA string
}

// SourceIPKey counts by source address and provider.
type SourceIPKey struct {
	SourceIP, Provider string
}

// TLSKey counts deliveries by the protocol that protected them.
type TLSKey struct {
	Provider string
	Protocol Protocol
}

// SourceIPVMTAKey is a source address and a VirtualMTA that used it.
type SourceIPVMTAKey struct {
	SourceIP, VMTA string
}

// Protocol is a version of TLS, PlainText or OtherProtocol.
type Protocol string

// The protocols, in PowerMTA's words.
const (
	PlainText     Protocol = None
	TLS10         Protocol = "TLSv1"
	TLS11         Protocol = "TLSv1.1"
	TLS12         Protocol = "TLSv1.2"
	TLS13         Protocol = "TLSv1.3"
	OtherProtocol Protocol = Other
)

// protocols returns all protocols.
func protocols() []Protocol {
	return []Protocol{PlainText, TLS10, TLS11, TLS12, TLS13, OtherProtocol}
}

func protocolOf(raw []byte) Protocol {
	switch string(raw) {
	case "":
		return PlainText
	case "TLSv1", "TLSv1.0":
		return TLS10
	case "TLSv1.1":
		return TLS11
	case "TLSv1.2":
		return TLS12
	case "TLSv1.3":
		return TLS13
	}
	return OtherProtocol
}
