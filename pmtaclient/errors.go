package pmtaclient

import (
	"fmt"
	"strings"
)

// Kind says why a page could not be read. Callers decide by kind, people read
// the text of the Error.
type Kind string

// The kinds of failure. Each one asks the operator for another remedy.
const (
	// KindUnreachable: no connection: refused, no route, unknown host, reset.
	KindUnreachable Kind = "unreachable"
	// KindTimeout: the deadline passed before the answer was complete.
	KindTimeout Kind = "timeout"
	// KindCertificate: the server's certificate is neither trusted nor pinned.
	KindCertificate Kind = "certificate"
	// KindRedirected: the server sent a redirect, which is never followed.
	KindRedirected Kind = "redirected"
	// KindForbidden: PowerMTA's http-access does not admit this host.
	KindForbidden Kind = "forbidden"
	// KindBadStatus: any other HTTP status than 200.
	KindBadStatus Kind = "bad_status"
	// KindNotPMTA: an answer that is not PowerMTA's, such as an HTML page.
	KindNotPMTA Kind = "not_pmta"
	// KindCut: the answer ends early or is not well formed.
	KindCut Kind = "cut"
	// KindTooLarge: the answer is longer than Options.MaxBodyBytes.
	KindTooLarge Kind = "too_large"
	// KindRefused: PowerMTA answered that the request failed.
	KindRefused Kind = "refused"
)

// Error is the failure to read one page.
type Error struct {
	Kind Kind
	// Page is the path that was asked, such as "/status".
	Page string
	// Fix says what to change, in one clause; empty when nothing is known.
	Fix string
	// Head holds up to 64 bytes of an answer of kind KindNotPMTA. It comes from
	// a stranger: quote it, and show it at debug level only.
	Head []byte
	// Err is the cause.
	Err error
}

// Error returns operation, object and cause, then what to change.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "fetch %s: %v", e.Page, e.Err)
	if e.Fix != "" {
		b.WriteString("; ")
		b.WriteString(e.Fix)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
