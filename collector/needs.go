package collector

import "github.com/pmta-exporter/pmta_exporter/logscan/acct"

// Need says what one column of one record type feeds. PowerMTA's configuration
// decides with records and record-fields which of them there are.
type Need struct {
	Type  acct.Type
	Field acct.Field
	Feeds string
	// Optional columns do not exist in every version.
	Optional bool
}

// Needs lists the columns without which a family or a label stays empty.
func Needs() []Need {
	const (
		delay       = "pmta_delivery_delay_seconds"
		sender      = "pmta_sender_domain_outcomes_total"
		source      = "pmta_source_ip_outcomes_total"
		deferred    = "pmta_source_ip_deferrals_total"
		replies     = "the label reason of pmta_smtp_replies_total"
		byVMTA      = "the label vmta"
		byProvider  = "the label provider, by mail exchanger"
		bounceClass = "the label class of pmta_bounces_total"
	)
	return []Need{
		{acct.Delivered, acct.TimeLogged, delay, false},
		{acct.Delivered, acct.TimeQueued, delay, false},
		{acct.Delivered, acct.Orig, sender, false},
		{acct.Delivered, acct.DSNMta, byProvider, false},
		{acct.Delivered, acct.DlvSourceIP, source, false},
		{acct.Delivered, acct.DlvSize, "pmta_delivered_bytes_total", false},
		{acct.Delivered, acct.DlvTLSProtocol, "pmta_tls_deliveries_total", true},
		{acct.Delivered, acct.VMTA, byVMTA, false},
		{acct.Bounced, acct.Orig, sender, false},
		{acct.Bounced, acct.DSNStatus, bounceClass, false},
		{acct.Bounced, acct.DSNDiag, replies, false},
		{acct.Bounced, acct.DSNMta, byProvider, false},
		{acct.Bounced, acct.BounceCat, "the label category of pmta_bounces_total", false},
		{acct.Bounced, acct.DlvSourceIP, source, false},
		{acct.Bounced, acct.VMTA, byVMTA, false},
		{acct.Transient, acct.DSNDiag, replies, false},
		{acct.Transient, acct.DSNMta, byProvider, false},
		{acct.Transient, acct.DlvSourceIP, deferred, false},
		{acct.Transient, acct.VMTA, byVMTA, false},
	}
}

// NeededTypes lists the record types that families are made of, by the codes
// that the directive records takes, and what stays empty without them.
func NeededTypes() []NeededType {
	return []NeededType{
		{acct.Delivered, "d", "pmta_outcomes_total{outcome=\"delivered\"}", false},
		{acct.Bounced, "b", "pmta_bounces_total", false},
		{acct.Transient, "t", "pmta_deferrals_total", false},
		{acct.TransientQueue, "tq", "pmta_queue_errors_total", true},
		{acct.RemoteBounce, "rb", "pmta_remote_bounces_total", true},
		{acct.Received, "r", "pmta_received_accounting_recipients_total", true},
		{acct.Feedback, "f", "pmta_feedback_reports_total", true},
	}
}

// NeededType is a record type and the family that it feeds.
type NeededType struct {
	Type        acct.Type
	Code, Feeds string
	// Optional records may be rare or not wanted: that there are none is no fault.
	Optional bool
}
