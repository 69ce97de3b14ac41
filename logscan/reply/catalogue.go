package reply

import (
	"slices"
	"sync"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

// Catalogue classifies replies. It never changes after it was made, so
// goroutines may share it. The zero Catalogue knows no reply.
//
// Patterns are tried in order and the first match wins: the user's, then those
// of the provider, then those for anybody. Regular expressions in a row would
// cost tens of microseconds per reply. So each pattern has literals, of which a
// text that matches holds at least one; one pass over the text finds the few
// patterns that come into question, and only their expressions are tried. The
// verdict is the same, and the time does not grow with the number of patterns.
type Catalogue struct {
	patterns []Pattern
	tests    []test // of all patterns, in the same order
	index    *index
	anybody  set            // tests of patterns for any provider
	scopes   map[string]set // by provider: tests of its own patterns, and anybody's
	codes    []codeRule
	byID     map[string]Pattern
	reasons  map[Reason]reasonEntry
	pool     sync.Pool // of *scratch
}

// codeRule is what an enhanced status code or a reply code says by itself.
type codeRule struct {
	id       string
	by       Field
	enhanced bounce.StatusCode // a pattern; of ByEnhancedCode
	reply    string            // three digits; of ByReplyCode
	reason   Reason
}

func (r codeRule) matches(enhanced bounce.StatusCode, reply []byte) bool {
	if r.by == ByReplyCode {
		return string(reply) == r.reply
	}
	return enhanced.Matches(r.enhanced)
}

// scratch is what one verdict needs to work on.
type scratch struct {
	text  [maxText]byte
	found set
}

// Classify gives the verdict on a reply, from dsnStatus and dsnDiag as written.
// Where dsnDiag is empty PowerMTA found the error itself and tells it in
// dsnStatus. An empty provider stands for an unknown one: then all patterns are
// tried.
func (c *Catalogue) Classify(provider string, status, diag []byte) Match {
	s, ok := c.pool.Get().(*scratch)
	if !ok {
		s = &scratch{found: newSet(len(c.tests))}
	}
	defer c.pool.Put(s)
	t := normalise(s.text[:], diag)
	if len(t.bytes) == 0 && !t.wrapped {
		t = normalise(s.text[:], status)
	}
	own, ok := bounce.ParseCode(status)
	if !ok {
		own = bounce.StatusCode{}
	}
	m := Match{Reason: Other, By: ByNothing, Permanence: permanenceOf(t, own)}
	if place := c.first(provider, t.bytes, s.found); place >= 0 {
		m.decide(c.patterns[place])
	} else {
		c.decideByCode(&m, t, own)
	}
	if t.wrapped && m.Reason == Other {
		m.Reason = BounceQueue
	}
	m.temper()
	return m
}

// first returns the place of the first pattern that matches, or -1.
func (c *Catalogue) first(provider string, text []byte, found set) int {
	if len(c.tests) == 0 {
		return -1
	}
	clear(found)
	c.index.mark(text, found)
	scope, restricted := c.scope(provider)
	for i, word := range found {
		if restricted {
			word &= scope[i]
		}
		for word != 0 {
			var bit int
			bit, word = firstOf(word)
			if t := &c.tests[64*i+bit]; t.expression == nil || t.expression().Match(text) {
				return t.place
			}
		}
	}
	return -1
}

// scope returns the tests that are for a provider's replies; all are for
// those of an unknown one.
func (c *Catalogue) scope(provider string) (scope set, restricted bool) {
	if own, ok := c.scopes[provider]; ok {
		return own, true
	}
	return c.anybody, provider != ""
}

// decide takes over what a pattern says.
func (m *Match) decide(p Pattern) {
	m.Reason, m.Class, m.ID, m.By = p.Reason, p.Class, p.ID, ByText
	if m.Permanence == "" {
		m.Permanence = p.Permanence
	}
}

// decideByCode falls back on the enhanced code of the reply or else of
// dsnStatus, then on the reply code. They leave the class open: whoever has
// dsnStatus and bounceCat decides it.
func (c *Catalogue) decideByCode(m *Match, t text, own bounce.StatusCode) {
	enhanced := t.enhanced
	if enhanced.Undefined() {
		enhanced = own
	}
	for _, rule := range c.codes {
		if rule.matches(enhanced, t.code) {
			m.Reason, m.ID, m.By = rule.reason, rule.id, rule.by
			return
		}
	}
}

// temper minds the digit: as long as a server refuses only for now, it does not
// condemn an address, and missing authentication is a warning.
func (m *Match) temper() {
	if m.Permanence != Transient {
		return
	}
	if m.Class == bounce.Hard {
		m.Class = ""
	}
	if m.Reason == AuthFailed {
		m.Reason = AuthWarning
	}
}

// permanenceOf reads the first digit of the reply, else of dsnStatus.
func permanenceOf(t text, own bounce.StatusCode) Permanence {
	digit := own[0]
	switch {
	case len(t.code) > 0:
		digit = int(t.code[0] - '0')
	case t.enhanced[0] > 0:
		digit = t.enhanced[0]
	}
	switch digit {
	case 4:
		return Transient
	case 5:
		return Permanent
	default:
		return ""
	}
}

// Lookup returns what the catalogue says about a pattern or a code, by the ID of
// a Match.
func (c *Catalogue) Lookup(id string) (Pattern, bool) {
	p, ok := c.byID[id]
	return p, ok
}

// About returns what the catalogue says about a verdict: the pattern or code that
// decided, and without one what holds for the reason.
func (c *Catalogue) About(m Match) Pattern {
	if p, ok := c.byID[m.ID]; ok {
		return p
	}
	r := c.reasons[m.Reason]
	return Pattern{Reason: m.Reason, Meaning: r.Meaning, Advice: r.Advice, Link: r.Link}
}

// Patterns returns all patterns in the order in which they are tried; codes are
// not among them.
func (c *Catalogue) Patterns() []Pattern {
	return slices.Clone(c.patterns)
}
