package reply

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

// valid holds patterns as they stand in a configuration file.
const valid = `# a comment
reply_patterns:
  - id: our_full
    providers: [gmail]
    reason: mailbox_full
    class: hard
    permanence: transient
    pattern: 'our (?:box|house) is full'
    meaning: no room
    advice: Wait.
    link: https://example.com/full
    grade: captured
    source: our log of 2026-11-20
    examples: ["smtp;Our box is full"]
  - id: our_policy
    providers: [yahoo, gmail]
    reason: policy
    pattern: 'user unknown to us'
    meaning: never heard of
    grade: code_list
    source: this test
    examples: ["smtp;550 User unknown to us"]
`

func parse(text string) (*Catalogue, error) {
	var config struct {
		Patterns []Pattern `yaml:"reply_patterns"`
	}
	if err := yaml.UnmarshalStrict([]byte(text), &config); err != nil {
		return nil, err
	}
	return Extended(config.Patterns, []string{"gmail", "yahoo"})
}

func extended(t *testing.T, text string) *Catalogue {
	t.Helper()
	c, err := parse(text)
	if err != nil {
		t.Fatalf("Extended() error = %v, want none", err)
	}
	return c
}

func TestExtendedAsksPatternsOfTheUserFirst(t *testing.T) {
	c := extended(t, valid)
	status, diag := []byte("5.0.0"), []byte("smtp;550 our box is full: over quota")
	want := Match{MailboxFull, bounce.Hard, Permanent, "our_full", ByText}
	if got := c.Classify("gmail", status, diag); got != want {
		t.Errorf("Classify(gmail, %q) = %+v, want %+v", diag, got, want)
	}
	if got := c.Classify("yahoo", status, diag); got.ID != "word_full" {
		t.Errorf("Classify(yahoo, %q) = %+v, want word_full", diag, got)
	}
	if got := c.Classify("", status, []byte("550 User unknown to us")); got.Reason != Policy {
		t.Errorf("Classify(user unknown to us) = %+v, want policy", got)
	}
}

func TestExtendedTakesExamplesAway(t *testing.T) {
	c := extended(t, strings.NewReplacer("[yahoo, gmail]", "[]", "'user unknown to us'", "'user unknown'").Replace(valid))
	if got := c.Classify("yahoo", nil, []byte("smtp;550 5.1.1 User Unknown")); got.ID != "our_policy" {
		t.Errorf("Classify(user unknown) = %+v, want our_policy", got)
	}
}

func TestExtendedFillsIn(t *testing.T) {
	c := extended(t, valid)
	p, _ := c.Lookup("our_policy")
	if p.Class != bounce.Block || p.Advice == "" || !strings.HasPrefix(p.Link, "https://") {
		t.Errorf("Lookup(our_policy) = %+v, want class, advice and link of reason policy", p)
	}
	p, _ = c.Lookup("our_full")
	if p.Class != bounce.Hard || p.Advice != "Wait." || p.Link != "https://example.com/full" {
		t.Errorf("Lookup(our_full) = %+v, want its own class, advice and link", p)
	}
}

func TestExtendedUsesThePermanenceOfTheText(t *testing.T) {
	c := extended(t, valid)
	want := Match{MailboxFull, "", Transient, "our_full", ByText}
	if got := c.Classify("gmail", nil, []byte("our house is full")); got != want {
		t.Errorf("Classify(our house is full) = %+v, want %+v", got, want)
	}
}

// TestExtendedRefuses breaks one thing at a time in valid patterns.
func TestExtendedRefuses(t *testing.T) {
	for _, tc := range []struct{ situation, replace, with, want string }{
		{"unknown key", "link: ", "lnk: ", "line 11: field lnk not found"},
		{"no pattern at all", "- id: our_policy", "- 17\n  - id: our_policy", "cannot unmarshal"},
		{"id in capitals", "id: our_full", "id: Our_full", `line 3: "Our_full": bad id`},
		{"no id", "id: our_full", "id:", `line 3: "": bad id`},
		{"id twice", "id: our_policy", "id: our_full", `line 15: "our_full": the id is taken`},
		{"id of an embedded pattern", "id: our_policy", "id: gmail_unknown", `"gmail_unknown": the id is taken`},
		{"unknown reason", "reason: policy", "reason: politics", `line 15: "our_policy": unknown reason "politics": use one of [throttled`},
		{"unknown class", "class: hard", "class: firm", `unknown class "firm"`},
		{"unknown permanence", "permanence: transient", "permanence: forever", `unknown permanence "forever"`},
		{"unknown provider", "[gmail]", "[gmail, googel]", `unknown provider "googel"`},
		{"empty provider", "[gmail]", "['']", `unknown provider ""`},
		{"unknown grade", "grade: captured", "grade: A", `unknown grade "A"`},
		{"bad link", "link: https", "link: ftp", `bad link "ftp://example.com/full"`},
		{"no meaning", "meaning: no room", "meaning:", "no meaning"},
		{"no source", "source: this test", "source:", "no source"},
		{"no examples", `["smtp;Our box is full"]`, "[]", "no examples"},
		{"expression that does not compile", "(?:box|house)", "(?:box|house", "pattern: error parsing regexp"},
		{"expression that cannot run in linear time", "our (?:box|house)", `(our) (?:box|house) \1`, "invalid escape sequence"},
		{"expression without a literal", "'user unknown to us'", `'\d+ \d+'`, "no literal of 3 characters"},
		{"alternative without a literal", "'user unknown to us'", `'user unknown to us|\w+'`, "no literal of 3 characters"},
		{"expression for any case", "'user unknown", "'(?i)user unknown", "no literal of 3 characters"},
		{"no expression", "pattern: 'user unknown to us'", "pattern:", "no literal of 3 characters"},
		{"capital letters, which never match", "'user unknown", "'User unknown", `"smtp;550 User unknown to us" reaches "word_unknown"`},
		{"example that reaches nothing", `"smtp;Our box is full"`, `"smtp;xyz"`, `line 3: "our_full": example "smtp;xyz" reaches none`},
		{"example that reaches an earlier pattern", "550 User unknown to us", "Our house is full, user unknown to us", `reaches "our_full"`},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			broken := strings.Replace(valid, tc.replace, tc.with, 1)
			if broken == valid {
				t.Fatalf("%q does not occur in the valid patterns", tc.replace)
			}
			if _, err := parse(broken); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Extended() error = %v, want one with %q", err, tc.want)
			}
		})
	}
}
