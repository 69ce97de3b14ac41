package provider

import (
	"strings"
	"testing"
)

const valid = `
providers:
  - name: first
    title: First
    mx: [first.example, deep.second.example]
    domains: [first.example]
    rollups: [first, second.example]
    source: this test
    examples: {mx: [mx.first.example, a.deep.second.example], domains: [first.example]}
  - name: second
    title: Second
    mx: [second.example]
    source: this test
    examples: {mx: [mx.second.example]}
`

func TestParse(t *testing.T) {
	c, err := Parse([]byte(valid))
	if err != nil {
		t.Fatalf("Parse() error = %v, want none", err)
	}
	if got := strings.Join(c.Names(), " "); got != "first second other" {
		t.Errorf("Names() = %q, want %q", got, "first second other")
	}
	if got, _ := c.ByMX([]byte("mx.deep.second.example")); got != "first" {
		t.Errorf("ByMX() = %q, want the owner of the longer suffix, first", got)
	}
}

// TestParseRefuses breaks one thing at a time in a valid file.
func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ situation, replace, with, want string }{
		{"no YAML", "providers:", "providers", "parse providers"},
		{"no entries", valid, "providers: []", "no entries"},
		{"empty file", valid, "", "no entries"},
		{"unknown key", "title: Second", "titel: Second", "titel"},
		{"key twice", "title: Second", "title: Second\n    title: Again", "already set"},
		{"name in capitals", "name: second", "name: Second", `provider "Second": bad name`},
		{"no name", "name: second", "name:", `provider "": bad name`},
		{"reserved name", "name: second", "name: other", `provider "other": the name stands for`},
		{"name twice", "name: second", "name: first", `provider "first": two entries`},
		{"no title", "title: Second", "title:", `provider "second": title or source missing`},
		{"no source", "title: Second\n    mx: [second.example]\n    source: this test", "title: Second\n    mx: [second.example]", "title or source missing"},
		{"nothing to match", "mx: [second.example]", "rollups: [x]", "neither mx nor domains"},
		{"suffix of another entry", "mx: [second.example]", "mx: [first.example]", `provider "second": mx: "first.example" is listed by "first"`},
		{"suffix twice", "mx: [second.example]", "mx: [second.example, second.example]", `mx: "second.example" is listed by "second"`},
		{"domain twice", "domains: [first.example]\n", "domains: [first.example, first.example]\n", "domains: "},
		{"rollup of another entry", "title: Second", "title: Second\n    rollups: [first]", `rollups: "first" is listed by "first"`},
		{"wildcard", "mx: [second.example]", `mx: ["*.second.example"]`, `bad name "*.second.example"`},
		{"leading dot", "mx: [second.example]", "mx: [.second.example]", "bad name"},
		{"capital letters", "mx: [second.example]", "mx: [Second.example]", "bad name"},
		{"top-level domain", "mx: [second.example]", "mx: [example]", "bad name"},
		{"rollup as a domain", "domains: [first.example]\n", "domains: [first.rollup]\n", "bad name"},
		{"rollup with its ending", "rollups: [first,", "rollups: [first.rollup,", "bad name"},
		{"list without example", "examples: {mx: [mx.second.example]}", "examples: {}", `provider "second": examples of mx: none`},
		{"example of nobody", "mx: [mx.second.example]", "mx: [mx.third.example]", `"mx.third.example" reaches ""`},
		{"example of another entry", "mx: [mx.second.example]", "mx: [mx.deep.second.example]", `reaches "first"`},
		{"domain example of nobody", "domains: [first.example]}", "domains: [second.example]}", "examples of domains"},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			broken := strings.Replace(valid, tc.replace, tc.with, 1)
			if broken == valid {
				t.Fatalf("%q does not occur in the valid file", tc.replace)
			}
			if _, err := Parse([]byte(broken)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse() error = %v, want one with %q", err, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(providersYAML[:4096]))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := Parse(data); err == nil && len(c.Names()) < 2 {
			t.Errorf("Parse(%q) = %q, want a provider or an error", data, c.Names())
		}
	})
}
