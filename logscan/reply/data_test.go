package reply

import (
	"regexp"
	"slices"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// expressions are the plain patterns of a catalogue, as they are written.
func expressions(patterns []Pattern) []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, p := range patterns {
		all = append(all, regexp.MustCompile(p.Expression))
	}
	return all
}

// uniform returns the text that patterns are matched against.
func uniform(diag string) []byte {
	var buf [maxText]byte
	return slices.Clone(normalise(buf[:], []byte(diag)).bytes)
}

// TestData checks what the embedded files say as a whole.
func TestData(t *testing.T) {
	c := defaultCatalogue(t)
	for _, check := range []struct {
		promise string
		holds   func(*testing.T, *Catalogue)
	}{
		{"as many as promised", testSize},
		{"providers exist", testProvidersExist},
		{"patterns of one provider are apart", testPatternsOfOneProviderAreApart},
		{"patterns for anybody come last", testProvidersComeFirst},
		{"codes reach themselves", testCodesReachThemselves},
		{"reasons are those of the code", testReasonsAreTheSame},
		{"classes are those of the code", testClassesAreTheSame},
		{"examples are distinct", testExamplesAreDistinct},
		{"examples reach their own pattern first", testExamplesReachTheirPattern},
	} {
		t.Run(check.promise, func(t *testing.T) { check.holds(t, c) })
	}
}

// testExamplesReachTheirPattern does for the embedded patterns what Extended does
// for those of a user: that would take half of the time of each start.
func testExamplesReachTheirPattern(t *testing.T, c *Catalogue) {
	b := builder{Catalogue: c}
	for place := range c.patterns {
		if err := b.checkExamples(place); err != nil {
			t.Error(err)
		}
	}
}

func testSize(t *testing.T, c *Catalogue) {
	patterns := c.Patterns()
	providers := map[string]bool{}
	examples := map[Grade]int{}
	for _, p := range patterns {
		examples[p.Grade] += len(p.Examples)
		for _, name := range p.Providers {
			providers[name] = true
		}
	}
	if len(patterns) < 250 {
		t.Errorf("%d patterns, want at least 250", len(patterns))
	}
	if len(providers) < 30 {
		t.Errorf("patterns of %d providers, want at least 30", len(providers))
	}
	if known := examples[Captured] + examples[Published]; known < 150 {
		t.Errorf("%d examples are captured or published, want at least 150", known)
	}
	t.Logf("%d patterns, %d providers, examples %v", len(patterns), len(providers), examples)
}

func testProvidersExist(t *testing.T, c *Catalogue) {
	catalogue, err := provider.Default()
	if err != nil {
		t.Fatal(err)
	}
	names := catalogue.Names()
	for _, p := range c.Patterns() {
		for _, name := range p.Providers {
			if name == provider.Other || !slices.Contains(names, name) {
				t.Errorf("pattern %s is for %q, want a name of the provider catalogue", p.ID, name)
			}
		}
	}
}

// testPatternsOfOneProviderAreApart makes sure that their order does not
// matter: none matches an example of another one.
func testPatternsOfOneProviderAreApart(t *testing.T, c *Catalogue) {
	patterns := c.Patterns()
	all := expressions(patterns)
	share := func(a, b Pattern) bool {
		return slices.ContainsFunc(a.Providers, func(name string) bool { return slices.Contains(b.Providers, name) })
	}
	for _, p := range patterns {
		for _, example := range p.Examples {
			text := uniform(example)
			for j, other := range patterns {
				if other.ID != p.ID && share(p, other) && all[j].Match(text) {
					t.Errorf("pattern %s matches example %q of %s", other.ID, example, p.ID)
				}
			}
		}
	}
}

func testProvidersComeFirst(t *testing.T, c *Catalogue) {
	general := ""
	for _, p := range c.Patterns() {
		if len(p.Providers) == 0 {
			general = p.ID
		} else if general != "" {
			t.Errorf("pattern %s of %v stands behind %s, which is for anybody", p.ID, p.Providers, general)
		}
	}
}

// testCodesReachThemselves makes sure that no rule for a code stands in the
// shade of another.
func testCodesReachThemselves(t *testing.T, c *Catalogue) {
	for _, rule := range c.codes {
		p, _ := c.Lookup(rule.id)
		if len(p.Examples) == 0 {
			t.Errorf("code %s has no examples", rule.id)
		}
		for _, example := range p.Examples {
			if got := c.Classify(nobody, nil, []byte(example)); got.ID != rule.id || got.By != rule.by {
				t.Errorf("Classify(%q) = %s by %s, want %s by %s", example, got.ID, got.By, rule.id, rule.by)
			}
		}
	}
}

// testReasonsAreTheSame holds the reasons of the file to those of the code, and
// makes sure that each has an example.
func testReasonsAreTheSame(t *testing.T, c *Catalogue) {
	b := builder{Catalogue: &Catalogue{byID: map[string]Pattern{}}}
	if err := b.readCodes(); err != nil {
		t.Fatal(err)
	}
	given := map[Reason]bool{}
	for _, p := range c.Patterns() {
		for _, example := range p.Examples {
			given[c.Classify(first(p.Providers), nil, []byte(example)).Reason] = true
		}
	}
	for _, reason := range Reasons() {
		if _, ok := b.reasons[reason]; !ok {
			t.Errorf("reason %s is missing in reasons.yaml", reason)
		}
		if !given[reason] {
			t.Errorf("reason %s has no example", reason)
		}
	}
	if len(b.reasons) != len(Reasons()) {
		t.Errorf("%d reasons in reasons.yaml, want %d", len(b.reasons), len(Reasons()))
	}
	for _, promised := range promisedReasons() {
		if !given[promised] {
			t.Errorf("the promised reason %s has no example", promised)
		}
	}
}

// promisedReasons are those that rules and dashboards may rely on.
func promisedReasons() []Reason {
	return []Reason{
		"throttled", "blocked_ip", "blocked_domain", "blocklist", "auth_failed", "auth_warning", "content_spam", "mailbox_full",
		"unknown_user", "mailbox_inactive", "greylisted", "policy", "rdns_missing", "message_too_large", "tls_required", "tls_failed",
		"dns_failure", "connection_refused", "connection_timeout", "connection_lost", "too_many_connections", "protocol",
		"unable_to_route", "local_limit", "deleted_by_operator", "bounce_queue", "other",
	}
}

// first returns the first provider of a pattern.
func first(providers []string) string {
	if len(providers) == 0 {
		return nobody
	}
	return providers[0]
}

func testClassesAreTheSame(t *testing.T, c *Catalogue) {
	given := map[bounce.Class]bool{}
	for _, p := range c.Patterns() {
		given[p.Class] = true
		if p.Class != "" && !p.Class.Valid() {
			t.Errorf("pattern %s has class %q, want one of package bounce", p.ID, p.Class)
		}
	}
	for _, class := range []bounce.Class{bounce.Hard, bounce.Block, bounce.Soft, ""} {
		if !given[class] {
			t.Errorf("no pattern has class %q", class)
		}
	}
}

// testExamplesAreDistinct makes sure that no example stands in the files twice for
// one provider.
func testExamplesAreDistinct(t *testing.T, c *Catalogue) {
	seen := map[string]string{}
	for _, p := range c.Patterns() {
		for _, example := range p.Examples {
			key := first(p.Providers) + " " + example
			if other, ok := seen[key]; ok {
				t.Errorf("example %q stands in %s and in %s", example, other, p.ID)
			}
			seen[key] = p.ID
		}
	}
}
