// Package reply says what a reply of a mail server means: the reason for it, the
// class of the bounce, how permanent it is, and what the sender should do.
//
// What it knows is data: the embedded YAML files, of which reasons.yaml explains
// the format. Texts come first, since servers send the wrong digits; where no
// text is known the enhanced status code decides, then the reply code.
package reply

import "github.com/pmta-exporter/pmta_exporter/logscan/bounce"

// Permanence says whether another attempt makes sense.
type Permanence string

// Transient failures (4xx) may be tried again, permanent ones (5xx) may not.
const (
	Transient Permanence = "transient"
	Permanent Permanence = "permanent"
)

// Field names what decided about a reply.
type Field string

// From the strongest to the weakest. Text is dsnDiag, or dsnStatus where dsnDiag
// is empty.
const (
	ByText         Field = "text"
	ByEnhancedCode Field = "enhanced status code"
	ByReplyCode    Field = "reply code"
	ByNothing      Field = "nothing"
)

// Match is the verdict on one reply.
type Match struct {
	Reason     Reason
	Class      bounce.Class // empty: the reply leaves it to dsnStatus and bounceCat
	Permanence Permanence   // empty: neither the reply nor dsnStatus has a digit, and the text proves nothing
	ID         string       // of the pattern that decided, for Lookup; empty when nothing did
	By         Field
}

// Grade says how well the wording of a pattern's examples is known.
type Grade string

// Captured lines come from logs, bounces or accounting files; published ones
// are printed on a page, mostly the provider's own; the rest is built from lists
// of codes and rules and proves nothing about the wording. A pattern has the
// grade of its weakest example.
const (
	Captured  Grade = "captured"
	Published Grade = "published"
	CodeList  Grade = "code_list"
)

// Pattern is one entry of the catalogue. The head of reasons.yaml explains the
// keys. Users write patterns of their own into any YAML document; what they
// leave out, the catalogue fills in with what holds for the reason.
type Pattern struct {
	ID         string       `yaml:"id"`
	Providers  []string     `yaml:"providers"`
	Reason     Reason       `yaml:"reason"`
	Class      bounce.Class `yaml:"class"`
	Permanence Permanence   `yaml:"permanence"`
	Expression string       `yaml:"pattern"`
	Meaning    string       `yaml:"meaning"`
	Advice     string       `yaml:"advice"`
	Link       string       `yaml:"link"`
	Grade      Grade        `yaml:"grade"`
	Source     string       `yaml:"source"`
	Examples   []string     `yaml:"examples"`

	line int // where it stands in its document
}
