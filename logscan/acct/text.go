package acct

import "bytes"

// Host returns the host name of a field such as dsnMta, "mx.example.com
// (192.0.2.1)".
func Host(mta []byte) []byte {
	if i := bytes.IndexByte(mta, ' '); i >= 0 {
		return mta[:i]
	}
	return mta
}

// Domain returns what follows the last @ of an address, without angle brackets;
// nil when there is nothing. orig and rcpt may hold any text.
func Domain(address []byte) []byte {
	at := bytes.LastIndexByte(address, '@')
	if at < 0 {
		return nil
	}
	domain := address[at+1:]
	for i, b := range domain {
		if b == '>' || b == ' ' || b == '\t' {
			return domain[:i]
		}
	}
	return domain
}

// SplitQueue splits a queue name such as "example.com/vmta1". The domain may be
// a rollup name, and the VirtualMTA is nil in a queue that has none.
func SplitQueue(queue []byte) ([]byte, []byte) {
	domain, vmta, _ := bytes.Cut(queue, []byte("/"))
	return domain, vmta
}
