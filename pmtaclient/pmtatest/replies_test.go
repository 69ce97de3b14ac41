package pmtatest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestRepliesAreWhatTheySay(t *testing.T) {
	categories := readPatterns(t)
	check := func(who string, r reply) {
		diag := "smtp;" + strings.ReplaceAll(r.text, "{rcpt}", "user@example.com")
		if r.text == "" {
			diag = ""
		}
		if got := categories.find(r.code + ";" + diag); r.category != got {
			t.Errorf("%s: %s %q has category %q, PowerMTA's patterns say %q", who, r.code, r.text, r.category, got)
		}
		if r.class == "" {
			if !strings.HasPrefix(r.code, "4.") {
				t.Errorf("%s: the deferral %q has code %s, want 4.x.x", who, r.text, r.code)
			}
			return
		}
		if got := readClass(t, r.code, r.category, r.text); r.class != got {
			t.Errorf("%s: %s %q is %s, the contract says %s", who, r.code, r.text, r.class, got)
		}
	}
	check("local", expired())
	check("local", noSuchDomain())
	for _, p := range newWorld().providers {
		for _, replies := range p.replies {
			if len(replies) == 0 {
				t.Errorf("%s lacks replies for one fate", p.name)
			}
			for _, r := range replies {
				check(p.name, r)
			}
		}
	}
}

// patterns are PowerMTA's stock bounce-category-patterns, matched against
// "code;dsnDiag"; the first match wins.
type patterns []struct {
	re       *regexp.Regexp
	category string
}

func (p patterns) find(text string) string {
	for _, pattern := range p {
		if pattern.re.MatchString(text) {
			return pattern.category
		}
	}
	return ""
}

func readPatterns(t testing.TB) patterns {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "samples-logs", "config-bounce-category-patterns.txt")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list patterns
	line := regexp.MustCompile(`(?m)^\s*/(.*)/ ([a-z-]+)`)
	for _, match := range line.FindAllStringSubmatch(string(data), -1) {
		re, err := regexp.Compile("(?i)" + match[1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, struct {
			re       *regexp.Regexp
			category string
		}{re, match[2]})
	}
	return list
}
