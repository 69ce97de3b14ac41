package bounce

import (
	"strings"
	"testing"
)

const valid = `
codes:
  - code: 5.7.10
    class: undecided
    meaning: encryption needed
    source: this test
    examples: [5.7.10]
  - code: 5.7.*
    class: block
    meaning: policy
    source: this test
    examples: ["5.7.1 (delivery not authorized)"]
categories:
  - name: bad-mailbox
    class: hard
    meaning: no such user
    source: this test
  - name: other
    class: soft
    meaning: the rest
    source: this test
`

func TestParse(t *testing.T) {
	table, err := Parse([]byte(valid))
	if err != nil {
		t.Fatalf("Parse() error = %v, want none", err)
	}
	if got := strings.Join(table.Categories(), " "); got != "bad-mailbox other none" {
		t.Errorf("Categories() = %q, want %q", got, "bad-mailbox other none")
	}
	if got := classOf(table, []byte("5.7.10"), nil, "bad-mailbox"); got != Hard {
		t.Errorf("Classify(5.7.10) = %v, want the category's class, hard", got)
	}
}

// TestParseRefuses breaks one thing at a time in a valid file.
func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ situation, replace, with, want string }{
		{"no YAML", "codes:", "codes", "parse bounce classes"},
		{"empty file", valid, "", `category "other": missing`},
		{"unknown key", "class: hard", "klass: hard", "klass"},
		{"two numbers", "code: 5.7.*", "code: 5.7", `code "5.7": bad code: write three`},
		{"no number", "code: 5.7.*", "code: 5.7.x", `code "5.7.x": bad code: "x"`},
		{"number with a sign", "code: 5.7.*", "code: 5.7.-1", "bad code"},
		{"number too large", "code: 5.7.*", "code: 5.7.1024", "bad code"},
		{"unknown class", "class: block", "class: firm", `code "5.7.*": unknown class "firm"`},
		{"no class", "class: block", "class:", `code "5.7.*": unknown class ""`},
		{"code without meaning", "meaning: policy", "meaning:", `code "5.7.*": meaning or source missing`},
		{"code without source", "meaning: policy\n    source: this test", "meaning: policy", `code "5.7.*": meaning or source missing`},
		{"no example", `["5.7.1 (delivery not authorized)"]`, "[]", `code "5.7.*": no examples`},
		{"example for an earlier rule", `["5.7.1 (delivery not authorized)"]`, "[5.7.10]", `code "5.7.*": example "5.7.10" does not reach`},
		{"example for no rule", "examples: [5.7.10]", "examples: [5.1.1]", `code "5.7.10": example "5.1.1" does not reach`},
		{"example that is no code", "examples: [5.7.10]", "examples: [encryption]", "does not reach"},
		{"rule in the shade of another", "code: 5.7.10", "code: 5.7.*", `code "5.7.*": example "5.7.1 (delivery`},
		{"name in capitals", "name: bad-mailbox", "name: Bad-Mailbox", `category "Bad-Mailbox": bad name`},
		{"no name", "name: bad-mailbox", "name:", `category "": bad name`},
		{"name too long", "name: bad-mailbox", "name: " + strings.Repeat("a", maxCategory+1), "bad name"},
		{"reserved name", "name: bad-mailbox", "name: none", `category "none": the name stands for`},
		{"name twice", "name: bad-mailbox\n    class: hard", "name: other\n    class: soft", `category "other": listed twice`},
		{"undecided category", "class: hard", "class: undecided", `category "bad-mailbox": unknown class "undecided"`},
		{"category without meaning", "meaning: no such user", "meaning:", `category "bad-mailbox": meaning or source missing`},
		{"other is hard", "name: other\n    class: soft", "name: other\n    class: hard", `category "other": missing or not soft`},
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
	f.Add([]byte(classesYAML))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Parse(data)
		if err == nil && !classOf(table, []byte("5.7.1"), nil, Other).Valid() {
			t.Errorf("Parse(%q) gives a table that gives no class", data)
		}
	})
}
