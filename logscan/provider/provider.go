// Package provider names the mailbox provider behind a mail exchanger, a
// recipient domain or a queue.
//
// What it knows is data: providers.yaml, embedded, whose head explains the
// format.
package provider

import (
	"bytes"
	"slices"
)

// Other is the name of every mailbox provider that the catalogue does not know.
const Other = "other"

// maxName is the longest host name that DNS carries (RFC 1035, 2.3.4); anything
// longer is not a name.
const maxName = 253

// rollupSuffix ends the name of every rollup queue (User's Guide 10.17); the
// operator chooses what stands before it.
const rollupSuffix = ".rollup"

// Catalogue knows which host names, domains and rollup queues belong to which
// provider. It never changes after Parse, so goroutines may share it.
type Catalogue struct {
	names   []string          // in file order, then Other
	mx      map[string]string // host suffix to provider
	domains map[string]string // domain suffix to provider
	rollups map[string]string // whole name before rollupSuffix to provider
}

// Names returns the names of all providers in file order, then Other.
func (c *Catalogue) Names() []string {
	return slices.Clone(c.names)
}

// Of names the provider of one record: by the mail exchanger, else by the
// recipient's domain, else by the queue's domain. The mail exchanger goes first
// because whoever runs it decides about throttling and blocking. Empty
// arguments are skipped.
func (c *Catalogue) Of(mx, rcptDomain, queueDomain []byte) string {
	if name, ok := c.ByMX(mx); ok {
		return name
	}
	if name, ok := c.ByDomain(rcptDomain); ok {
		return name
	}
	if name, ok := c.ByDomain(queueDomain); ok {
		return name
	}
	return Other
}

// ByMX names the provider that runs a mail exchanger, given by its host name.
func (c *Catalogue) ByMX(host []byte) (string, bool) {
	var buf [maxName]byte
	return longest(c.mx, fold(&buf, host))
}

// ByDomain names the provider of a recipient or queue domain. A rollup queue is
// known by its own name (yahoo.rollup), else by the domain in it
// (gmail.com.rollup).
func (c *Catalogue) ByDomain(domain []byte) (string, bool) {
	var buf [maxName]byte
	stem, isRollup := bytes.CutSuffix(fold(&buf, domain), []byte(rollupSuffix))
	if isRollup {
		if name, ok := c.rollups[string(stem)]; ok {
			return name, true
		}
	}
	return longest(c.domains, stem)
}

// longest finds the longest suffix of a name, in whole labels, that the index
// holds.
func longest(index map[string]string, name []byte) (string, bool) {
	for {
		if provider, ok := index[string(name)]; ok {
			return provider, true
		}
		dot := bytes.IndexByte(name, '.')
		if dot < 0 {
			return "", false
		}
		name = name[dot+1:]
	}
}

// fold copies a name in lower case and without the dot of the DNS root into the
// caller's buffer, so that nothing is allocated. Bytes outside ASCII stay as
// they are: PowerMTA writes internationalised domains raw.
func fold(buf *[maxName]byte, name []byte) []byte {
	name = bytes.TrimSuffix(name, []byte("."))
	if len(name) > maxName {
		return nil
	}
	for i, b := range name {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		buf[i] = b
	}
	return buf[:len(name)]
}
