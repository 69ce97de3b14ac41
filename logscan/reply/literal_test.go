package reply

import (
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

func TestLiteralsOf(t *testing.T) {
	for _, tc := range []struct {
		situation, expression, want string
		exact                       bool
	}{
		{"plain words", `user unknown`, "user unknown", true},
		{"alternatives", `user (?:unknown|invalid)`, "user unknown|user invalid", true},
		{"something optional", `no (?:such )?user`, "no user|no such user", true},
		{"class of characters", `list[-_ ]full`, "list full|list-full|list_full", true},
		{"capture", `(over quota)`, "over quota", true},
		{"longest part of a sequence", `rate .* is limited by \d+ policies`, " is limited by ", false},
		{"part behind an anchor", `^550 blocked`, "550 blocked", false},
		{"part before a word boundary", `blocked\b`, "blocked", false},
		{"repeated part", `(?:blocked )+`, "blocked ", false},
		{"part that may be missing", `(?:blocked )*now`, "now", false},
		{"alternatives of which some are not finite", `over quota|mailbox .* full`, "over quota|mailbox ", false},
		{"alternative without a literal", `over quota|.+`, "", false},
		{"too many to spell out", `ab[a-z][a-z]cde`, "cde", false},
		{"any case", `(?i)blocked`, "", false},
		{"any character", `.`, "", false},
		{"counted", `\d{3} blocked`, " blocked", false},
		{"letters beyond ASCII", `bloqué|拒绝`, "bloqué|拒绝", true},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			tree, err := syntax.Parse(tc.expression, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			got := literalsOf(tree.Simplify())
			if set := strings.Join(got.set, "|"); !sameWords(set, tc.want) || got.exact != tc.exact {
				t.Errorf("literalsOf(%q) = %q, exact %v, want %q, %v", tc.expression, set, got.exact, tc.want, tc.exact)
			}
		})
	}
}

// sameWords compares lists without regard to their order.
func sameWords(a, b string) bool {
	return slices.Equal(slices.Sorted(strings.SplitSeq(a, "|")), slices.Sorted(strings.SplitSeq(b, "|")))
}

func TestIndex(t *testing.T) {
	words := []string{"her", "she", "his", "hers", "usher", "rsu", "\xff\x00\x02"}
	var tests []test
	for _, word := range words {
		tests = append(tests, test{literals: literals{set: []string{word, word + "\x01"}}})
	}
	x := newIndex(tests)
	found := newSet(len(tests))
	for _, text := range []string{"", "ushers", "shis", "hershershe", "rsusher", "a\xff\x00\x02b", "\xff\x00", "her\x01s", "uusherr"} {
		clear(found)
		x.mark([]byte(text), found)
		for i, word := range words {
			want := strings.Contains(text, word)
			if got := found[0]&(1<<i) != 0; got != want {
				t.Errorf("mark(%q) finds %q: %v, want %v", text, word, got, want)
			}
		}
	}
}
