package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// userRows decodes rows as they stand in a configuration file.
func userRows(t *testing.T, text string) []Row {
	t.Helper()
	var f file
	if err := yaml.UnmarshalStrict([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	return f.Providers
}

// users has a provider of its own, which takes a domain from Yahoo, and one
// that extends Gmail.
const users = `
providers:
  - name: acme
    title: Acme
    mx: [mx.acme.example]
    domains: [acme.example, yahoo.com]
    rollups: [acme]
    source: this test
    examples: {mx: [mx1.mx.acme.example], domains: [acme.example, yahoo.com]}
  - name: gmail
    domains: [gmail.example]
    rollups: [yahoo]
    source: this test
    examples: {domains: [gmail.example]}
`

func TestExtended(t *testing.T) {
	c, err := Extended(userRows(t, users))
	if err != nil {
		t.Fatalf("Extended() error = %v, want none", err)
	}
	for _, tc := range []struct{ situation, mx, domain, want string }{
		{"exchanger of a new provider", "mx1.mx.acme.example", "", "acme"},
		{"its domain", "", "acme.example", "acme"},
		{"its rollup", "", "acme.rollup", "acme"},
		{"domain taken from an embedded provider", "", "yahoo.com", "acme"},
		{"domain left to it", "", "yahoo.co.uk", "yahoo"},
		{"rollup taken from it", "", "yahoo.rollup", "gmail"},
		{"domain added to an embedded provider", "", "gmail.example", "gmail"},
		{"domain that it had", "", "gmail.com", "gmail"},
	} {
		if got := c.Of([]byte(tc.mx), []byte(tc.domain), nil); got != tc.want {
			t.Errorf("%s: Of(%q, %q) = %q, want %q", tc.situation, tc.mx, tc.domain, got, tc.want)
		}
	}
	want := defaultCatalogue(t).Names()
	want = slices.Insert(want, len(want)-1, "acme")
	if got := c.Names(); !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want the embedded ones, acme and other", got)
	}
}

// TestExtendedRefuses breaks one thing at a time; the checks of a row by itself
// are those of TestParseRefuses.
func TestExtendedRefuses(t *testing.T) {
	for _, tc := range []struct{ situation, replace, with, want string }{
		{"new provider without title", "title: Acme", "title:", `provider "acme": title or source missing`},
		{"extension without source", "rollups: [yahoo]\n    source: this test", "rollups: [yahoo]", `provider "gmail": title or source missing`},
		{"extension by nothing", "    domains: [gmail.example]\n    rollups: [yahoo]\n", "", `provider "gmail": neither mx nor domains`},
		{"new provider with rollups alone", "    mx: [mx.acme.example]\n    domains: [acme.example, yahoo.com]\n", "", `provider "acme": neither mx nor domains`},
		{"two rows for one provider", "name: gmail", "name: acme", `provider "acme": two entries`},
		{"name that two rows take", "domains: [gmail.example]\n", "domains: [yahoo.com]\n", `"yahoo.com" is listed by "acme"`},
		{"longer suffix of an embedded provider", "mx1.mx.acme.example", "mta7.am0.yahoodns.net", `"mta7.am0.yahoodns.net" reaches "yahoo"`},
		{"list without example", "examples: {domains: [gmail.example]}", "examples: {}", `provider "gmail": examples of domains: none`},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			broken := strings.Replace(users, tc.replace, tc.with, 1)
			if broken == users {
				t.Fatalf("%q does not occur in the valid rows", tc.replace)
			}
			if _, err := Extended(userRows(t, broken)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Extended() error = %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestExtendedByRollupsAlone(t *testing.T) {
	c, err := Extended([]Row{{Name: "gmail", Rollups: []string{"our-gmail"}, Source: "our configuration"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := c.ByDomain([]byte("our-gmail.rollup")); got != "gmail" {
		t.Errorf("ByDomain(our-gmail.rollup) = %q, want gmail", got)
	}
}

func TestExtendedIsBounded(t *testing.T) {
	var rows []Row
	for i := range maxProviders {
		r := Row{Name: fmt.Sprintf("p%d", i), Title: "x", Source: "x", MX: []string{fmt.Sprintf("p%d.example", i)}}
		r.Examples.MX = r.MX
		rows = append(rows, r)
	}
	if _, err := Extended(rows); err == nil || !strings.Contains(err.Error(), "at most 250") {
		t.Errorf("Extended(%d rows) error = %v, want one about too many", len(rows), err)
	}
}
