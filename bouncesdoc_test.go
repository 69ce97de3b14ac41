package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// madeParts are the parts of documents that are made from the data: what stands
// between <!-- NAME --> and <!-- end -->.
var madeParts = regexp.MustCompile(`(?s)<!-- ([a-z]+) -->\n(.*?)<!-- end -->`)

// TestBouncesDocument holds the tables of docs/bounces.md, and what README says
// of replies, to the data files and to the command explain.
func TestBouncesDocument(t *testing.T) {
	d := readData(t)
	for file, parts := range map[string]map[string]string{
		"docs/bounces.md": {
			"reasons": d.reasonTable(), "grades": d.gradeTable(), "codes": d.codeTable(), "replycodes": d.replyCodeTable(),
			"categories": d.categoryTable(), "providers": d.providerTable(), "table": tableExample(t),
		},
		"README.md": {"replies": d.figures(), "explained": explainExample(t)},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		made := remake(t, file, string(text), parts)
		if *update {
			if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if made != string(text) {
			t.Errorf("%s differs from the data: run go test . -update", file)
		}
	}
}

// remake puts the parts into a document, each of which must stand there once.
func remake(t testing.TB, file, text string, parts map[string]string) string {
	t.Helper()
	left := len(parts)
	text = madeParts.ReplaceAllStringFunc(text, func(old string) string {
		name := madeParts.FindStringSubmatch(old)[1]
		if parts[name] == "" {
			t.Errorf("%s has a part %q that nothing makes", file, name)
		}
		left--
		return "<!-- " + name + " -->\n" + parts[name] + "<!-- end -->"
	})
	if left != 0 {
		t.Errorf("%s lacks %d of the parts, or has one twice", file, left)
	}
	return text
}

// data is what the embedded files say, as they are written.
type data struct {
	patterns  []reply.Pattern
	bounces   bounce.Rows
	providers providerFile
	reasons   reasonFile
}

// providerFile is the form of providers.yaml.
type providerFile struct{ Providers []provider.Row }

// reasonFile is the form of reasons.yaml.
type reasonFile struct {
	Reasons []struct{ Name, Meaning, Class, Advice, Link string }
	Codes   []struct {
		Code, Reason, Meaning, Link string
		Examples                    []string
	}
}

func readData(t testing.TB) data {
	t.Helper()
	replies, err := reply.Default()
	if err != nil {
		t.Fatal(err)
	}
	d := data{patterns: replies.Patterns()}
	readYAML(t, "logscan/provider/providers.yaml", &d.providers)
	readYAML(t, "logscan/bounce/classes.yaml", &d.bounces)
	readYAML(t, "logscan/reply/reasons.yaml", &d.reasons)
	return d
}

func readYAML(t testing.TB, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.UnmarshalStrict(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// table writes a table in Markdown; the first row is its head.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
		}
	}
	return b.String()
}

func (d data) count(matches func(reply.Pattern) bool) (patterns, examples int) {
	for _, p := range d.patterns {
		if matches(p) {
			patterns++
			examples += len(p.Examples)
		}
	}
	return patterns, examples
}

func (d data) reasonTable() string {
	rows := [][]string{{"reason", "meaning", "class", "advice", "patterns"}}
	for _, r := range d.reasons.Reasons {
		n, _ := d.count(func(p reply.Pattern) bool { return string(p.Reason) == r.Name })
		rows = append(rows, []string{"`" + r.Name + "`", r.Meaning, r.Class, r.Advice, fmt.Sprint(n)})
	}
	return table(rows...)
}

func (d data) gradeTable() string {
	rows := [][]string{{"grade", "patterns", "examples"}}
	for _, grade := range []reply.Grade{reply.Captured, reply.Published, reply.CodeList} {
		patterns, examples := d.count(func(p reply.Pattern) bool { return p.Grade == grade })
		rows = append(rows, []string{string(grade), fmt.Sprint(patterns), fmt.Sprint(examples)})
	}
	patterns, examples := d.count(func(reply.Pattern) bool { return true })
	return table(append(rows, []string{"all", fmt.Sprint(patterns), fmt.Sprint(examples)})...)
}

func (d data) codeTable() string {
	rows := [][]string{{"code", "class", "meaning"}}
	for _, r := range d.bounces.Codes {
		rows = append(rows, []string{"`" + r.Code + "`", string(r.Class), r.Meaning})
	}
	return table(rows...)
}

func (d data) replyCodeTable() string {
	rows := [][]string{{"code", "reason", "meaning"}}
	for _, r := range d.reasons.Codes {
		rows = append(rows, []string{"`" + r.Code + "`", r.Reason, r.Meaning})
	}
	return table(rows...)
}

func (d data) categoryTable() string {
	rows := [][]string{{"bounceCat", "class", "meaning"}}
	for _, r := range d.bounces.Categories {
		rows = append(rows, []string{"`" + r.Name + "`", string(r.Class), r.Meaning})
	}
	return table(append(rows, []string{"`none`", string(bounce.Soft), "the record has no category"})...)
}

func (d data) providerTable() string {
	rows := [][]string{{"provider", "who", "exchangers", "domains", "rollup queues", "patterns"}}
	for _, r := range d.providers.Providers {
		n, _ := d.count(func(p reply.Pattern) bool { return slices.Contains(p.Providers, r.Name) })
		rows = append(rows, []string{"`" + r.Name + "`", r.Title, some(r.MX), some(r.Domains), some(r.Rollups), fmt.Sprint(n)})
	}
	return table(rows...)
}

// some lists the first names of many.
func some(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// figures is what README says of the catalogue.
func (d data) figures() string {
	whose := map[string]bool{}
	for _, p := range d.patterns {
		for _, name := range p.Providers {
			whose[name] = true
		}
	}
	patterns, examples := d.count(func(reply.Pattern) bool { return true })
	_, captured := d.count(func(p reply.Pattern) bool { return p.Grade == reply.Captured })
	_, published := d.count(func(p reply.Pattern) bool { return p.Grade == reply.Published })
	return fmt.Sprintf("%d patterns, %d providers with patterns of their own (of %d that are told apart), %d reasons, and %d examples, each of which reaches its\n"+
		"pattern first: %d captured, %d published, the rest built from lists of codes.\n",
		patterns, len(whose), len(d.providers.Providers), len(d.reasons.Reasons), examples, captured, published)
}

// explainExample is a command and what it says.
func explainExample(t testing.TB) string {
	t.Helper()
	const text = "smtp;550 Connection frequency limited"
	return fmt.Sprintf("```\n$ pmta_exporter explain --domain=qq.com '%s'\n%s```\n", text, explained(t, "", "--domain=qq.com", text))
}

func tableExample(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("```\n$ cat replies\n%s$ pmta_exporter explain - <replies\n%s```\n", exampleReplies, explained(t, exampleReplies, "-"))
}

const exampleReplies = `smtp;550 5.1.1 no such local recipient: <user@example.com> in "RCPT TO:<user@example.com>"
smtp;421 4.7.0 [TSS04] Messages from 192.0.2.2 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1
smtp;554 Sender of user.one@example.com lacks a postage stamp [7f3a]
smtp;554 Sender of user.two@example.com lacks a postage stamp [90bc]
`
