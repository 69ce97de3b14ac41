package reply

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// naive is the plain way to the same verdict: each expression in turn.
type naive struct {
	patterns    []Pattern
	expressions []*regexp.Regexp
}

func newNaive(patterns []Pattern) naive {
	return naive{patterns, expressions(patterns)}
}

// first returns the id of the first pattern that matches.
func (n naive) first(provider string, text []byte) string {
	for i, p := range n.patterns {
		applies := len(p.Providers) == 0 || provider == "" || slices.Contains(p.Providers, provider)
		if applies && n.expressions[i].Match(text) {
			return p.ID
		}
	}
	return ""
}

// compare holds a verdict to the naive one.
func (n naive) compare(tb testing.TB, c *Catalogue, provider string, diag []byte) {
	tb.Helper()
	want := ""
	if text := uniform(string(diag)); len(text) > 0 {
		want = n.first(provider, text)
	}
	got := c.Classify(provider, nil, diag)
	if got.By != ByText {
		got.ID = ""
	}
	if got.ID != want {
		tb.Errorf("Classify(%q, %q) = %q, want %q", provider, diag, got.ID, want)
	}
}

// TestL8VerdictsEqualARegexpList takes every example, with other ids each time.
func TestL8VerdictsEqualARegexpList(t *testing.T) {
	c := defaultCatalogue(t)
	n := newNaive(c.Patterns())
	for _, r := range workload(c.Patterns(), 1) {
		n.compare(t, c, r.provider, r.diag)
	}
}

// TestMutationsAgreeWithTheNaiveWay cuts, joins and disturbs examples. As they
// are, they are seeds of FuzzClassify.
func TestMutationsAgreeWithTheNaiveWay(t *testing.T) {
	c := defaultCatalogue(t)
	n := newNaive(c.Patterns())
	random := rand.New(rand.NewPCG(1, 2))
	examples := workload(c.Patterns(), 1)
	for range len(examples) / 4 {
		e, other := examples[random.IntN(len(examples))], examples[random.IntN(len(examples))]
		for _, mutated := range mutations(random, e.diag, other.diag) {
			n.compare(t, c, e.provider, mutated)
		}
	}
}

func mutations(random *rand.Rand, diag, other []byte) [][]byte {
	cut := random.IntN(len(diag))
	noisy := bytes.Clone(diag)
	for range 3 {
		noisy[random.IntN(len(noisy))] = byte(random.IntN(256))
	}
	words := bytes.Fields(diag)
	random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return [][]byte{
		diag[:cut], diag[cut:], bytes.ToUpper(diag), noisy,
		slices.Concat(diag, []byte(" "), other), bytes.Join(words, []byte(" ")),
	}
}

// sent is a reply, and whose it is.
type sent struct {
	provider string
	diag     []byte
}

// workload makes replies out of the examples, each a number of times with other
// addresses and ids.
func workload(patterns []Pattern, times int) []sent {
	var all []sent
	for i := range times {
		for j, p := range patterns {
			for _, example := range p.Examples {
				number := i*len(patterns) + j
				diag := strings.ReplaceAll(example, "user@", fmt.Sprintf("user%d@", number))
				diag += fmt.Sprintf(" %x-20%d.prod", number*2654435761, number)
				all = append(all, sent{first(p.Providers), []byte(diag)})
			}
		}
	}
	return all
}

// FuzzClassify holds the verdict to the naive one on any bytes.
func FuzzClassify(f *testing.F) {
	c := defaultCatalogue(f)
	n := newNaive(c.Patterns())
	for _, p := range c.Patterns() {
		for _, example := range p.Examples {
			f.Add(first(p.Providers), []byte("5.0.0 (undefined status)"), []byte(example))
		}
	}
	f.Add("gmail", []byte("4.4.7"), bytes.Repeat([]byte("550 "), maxText/4))
	f.Add("", []byte("\xff.\x00"), []byte("smtp;x-pmta;bounce-queue;reply:550-5.1.1\r\n550 5.1.1"))
	f.Fuzz(func(t *testing.T, provider string, status, diag []byte) {
		n.compare(t, c, provider, diag)
		before := bytes.Clone(diag)
		got := c.Classify(provider, status, diag)
		if !bytes.Equal(diag, before) {
			t.Errorf("Classify(%q) changes its argument", before)
		}
		if _, known := c.Lookup(got.ID); !got.Reason.Valid() || known != (got.By != ByNothing) {
			t.Errorf("Classify(%q, %q, %q) = %+v, want a known reason, and an id unless nothing decided", provider, status, diag, got)
		}
		if got.Permanence == Transient && (got.Class == "hard" || got.Reason == AuthFailed) {
			t.Errorf("Classify(%q, %q, %q) = %+v, want it tempered", provider, status, diag, got)
		}
	})
}

// FuzzExpression holds the tests of an expression to the expression itself.
func FuzzExpression(f *testing.F) {
	for _, p := range defaultCatalogue(f).Patterns() {
		f.Add(p.Expression, uniform(p.Examples[0]))
	}
	f.Add(`(?s).{0,9}\xff|(abc|(?:def)?)ghi$`, []byte("\nghi"))
	f.Add(`(?:foo|bar)+baz\b|^x?[^ ]yz[a-e]{2}`, []byte("foobarbaz"))
	f.Add(`\x{fffd}abc|ab[\x{fff0}-\x{fffd}]`, []byte("\xffabc"))
	f.Fuzz(func(t *testing.T, expression string, text []byte) {
		p := Pattern{Expression: expression}
		tests, err := p.compile()
		if err != nil {
			return
		}
		c := &Catalogue{tests: tests, index: newIndex(tests)}
		got := c.first("", text, newSet(len(tests))) == 0
		if want := regexp.MustCompile(expression).Match(text); got != want {
			t.Errorf("the tests of %q say %v about %q, want %v", expression, got, text, want)
		}
	})
}
