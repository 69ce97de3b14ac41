// Package dnsbl asks the DNS about the addresses that mail leaves from: whether
// blocklists have them (RFC 5782), and whether their names lead back to them.
//
// It asks slowly and in the background, never more often than it was allowed,
// and keeps apart what is known from what is not: only a plain answer of a list
// that passed its self-test says "listed" or "clean". It knows no Prometheus
// and logs nothing.
package dnsbl

// Result is what came of one lookup.
type Result string

// The results. Listed and Clean are what a blocklist says, Found and Absent what
// reverse DNS says. Of the others none tells anything about the address.
const (
	Listed Result = "listed"
	Clean  Result = "clean"
	Found  Result = "found"
	Absent Result = "absent"

	Refused   Result = "refused"   // by the server, or by the list: 127.255.255.0/24, 127.0.0.1
	Foreign   Result = "foreign"   // an answer that is no blocklist's, or a code that is not expected
	ServFail  Result = "servfail"  // the server could not find out
	Timeout   Result = "timeout"   // no answer in time
	Truncated Result = "truncated" // the answer was cut, and TCP gave no whole one
	Failed    Result = "failed"    // anything else, such as no network or a malformed answer
)

// ReverseDNS stands for the name of a zone where lookups for reverse DNS are
// meant.
const ReverseDNS = "reverse_dns"

// resultsOf lists what can come of lookups in a zone.
func resultsOf(zone string) []Result {
	failures := []Result{Refused, ServFail, Timeout, Truncated, Failed}
	if zone == ReverseDNS {
		return append(failures, Found, Absent)
	}
	return append(failures, Foreign, Listed, Clean)
}

// MaxResults is the most results that a zone can have.
const MaxResults = 8

// verdict is what is known of an address.
type verdict int

const (
	unknown verdict = iota
	yes
	no
)
