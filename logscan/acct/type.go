// Package acct reads PowerMTA accounting files: it cuts bytes into records of
// CSV (RFC 4180), JSON lines or XML, finds columns by their names, and
// understands the times, addresses and queue names that the records hold.
//
// Everything here is a pure function or a small state of its own. Any bytes may
// come in, since remote mail servers write part of every record.
package acct

// Type is the kind of an accounting record, in the word that metrics use for
// it.
type Type string

// The record types. PowerMTA writes the short code, even where its
// configuration uses a long name.
const (
	Delivered      Type = "delivered"       // d
	Bounced        Type = "bounced"         // b
	Transient      Type = "transient"       // t
	TransientQueue Type = "transient_queue" // tq
	RemoteBounce   Type = "remote_bounce"   // rb
	RemoteStatus   Type = "remote_status"   // rs
	Received       Type = "received"        // r
	Feedback       Type = "feedback"        // f
	Other          Type = "other"           // any other code
)

// Types returns all record types.
func Types() []Type {
	return []Type{
		Delivered, Bounced, Transient, TransientQueue,
		RemoteBounce, RemoteStatus, Received, Feedback, Other,
	}
}

// ParseType returns the type that a code in the first column stands for.
func ParseType(code []byte) Type {
	switch string(code) {
	case "d":
		return Delivered
	case "b":
		return Bounced
	case "t":
		return Transient
	case "tq":
		return TransientQueue
	case "rb":
		return RemoteBounce
	case "rs":
		return RemoteStatus
	case "r":
		return Received
	case "f":
		return Feedback
	}
	return Other
}
