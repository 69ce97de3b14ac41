package bounce

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// userRows decodes rows as they stand in a configuration file.
func userRows(t *testing.T, text string) Rows {
	t.Helper()
	var rows Rows
	if err := yaml.UnmarshalStrict([]byte(text), &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// users makes full mailboxes hard, and bad ones soft.
const users = `
codes:
  - code: 5.2.2
    class: hard
    meaning: full for good
    source: this test
    examples: [5.2.2]
  - code: 5.1.*
    class: undecided
    meaning: not to be believed
    source: this test
    examples: ["5.1.1 (bad destination mailbox address)"]
categories:
  - name: bad-mailbox
    class: soft
    meaning: mailboxes come back
    source: this test
  - name: complaint
    class: block
    meaning: a pattern of ours
    source: this test
`

func TestExtended(t *testing.T) {
	table, err := Extended(userRows(t, users))
	if err != nil {
		t.Fatalf("Extended() error = %v, want none", err)
	}
	for _, tc := range []struct {
		situation, status, category string
		want                        Class
	}{
		{"code that was the category's to decide", "5.2.2", "quota-issues", Hard},
		{"code of an embedded rule, left to a category", "5.1.1", "quota-issues", Soft},
		{"category with another class", "5.1.1", "bad-mailbox", Soft},
		{"category of a user", "", "complaint", Block},
		{"embedded category", "", "bad-domain", Hard},
		{"embedded rule", "5.7.1", "bad-domain", Block},
	} {
		category := table.Category([]byte(tc.category))
		if got := classOf(table, []byte(tc.status), nil, category); got != tc.want {
			t.Errorf("%s: Classify(%q, nil, %q) = %v, want %v", tc.situation, tc.status, category, got, tc.want)
		}
	}
	want := defaultTable(t).Categories()
	want = slices.Insert(want, len(want)-1, "complaint")
	if got := table.Categories(); !slices.Equal(got, want) {
		t.Errorf("Categories() = %q, want the embedded ones, complaint and none", got)
	}
}

// TestExtendedRefuses breaks one thing at a time; the checks of a row by itself
// are those of TestParseRefuses.
func TestExtendedRefuses(t *testing.T) {
	for _, tc := range []struct{ situation, replace, with, want string }{
		{"rule in the shade of another of the user", "code: 5.2.2", "code: 5.*.*", `code "5.1.*": example "5.1.1`},
		{"example of an embedded rule", "[5.2.2]", "[5.7.1]", `code "5.2.2": example "5.7.1" does not reach`},
		{"category twice", "name: complaint", "name: bad-mailbox", `category "bad-mailbox": listed twice`},
		{"reserved category", "name: complaint", "name: none", `category "none": the name stands for`},
		{"other is not soft", "name: complaint", "name: other", `category "other": missing or not soft`},
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

func TestExtendedIsBounded(t *testing.T) {
	var rows Rows
	for i := range maxCategories {
		rows.Categories = append(rows.Categories, CategoryRow{Name: fmt.Sprintf("c%d", i), Class: Soft, Meaning: "x", Source: "x"})
	}
	if _, err := Extended(rows); err == nil || !strings.Contains(err.Error(), "at most 50") {
		t.Errorf("Extended(%d categories) error = %v, want one about too many", len(rows.Categories), err)
	}
}
