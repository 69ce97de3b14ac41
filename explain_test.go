package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// explained runs the command with replies on standard input.
func explained(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	code, stdout, stderr := runExplain(t, stdin, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("explain %q ends with %d and says %q, want 0 and nothing", args, code, stderr)
	}
	return stdout
}

func runExplain(t testing.TB, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c, err := parse(append([]string{"explain"}, args...), &out, &errs)
	if err != nil {
		t.Fatal(err)
	}
	code = explain(c, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// unmatched are replies that nobody knows: made up, with what must not be
// printed marked by "secret".
const unmatched = `550 5.1.1 no such user
smtp;550 5.0.0 Xyzzy <secret.name@secret.example> plugh mailbox
smtp;550 5.0.0 Xyzzy <secret.other@secret.example> plugh mailbox
"550 secret of mailbox ""secret"""
x-pmta;bounce-queue;reply:554 xyzzy secret42
`

// TestExplain holds what is told of replies to testdata/golden/explain-*.txt.
// The replies are examples of the catalogue, but for the made up ones that
// nobody knows.
func TestExplain(t *testing.T) {
	for name, args := range map[string][]string{
		"pattern":      {"--mx=mta5.am0.yahoodns.net (192.0.2.1)", "--status=4.0.0 (undefined status)", "smtp;421 4.7.0 [TSS04] Messages from 192.0.2.2 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes"},
		"bounce-queue": {"--domain=hotmail.com", "x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150)."},
		"code":         {"--provider=other", "--category=bad-mailbox", "550 5.7.1 xyzzy"},
		"category":     {"--status=5.0.0 (undefined status)", "--category=bad-mailbox", "550 xyzzy"},
		"nothing":      {"550 xyzzy"},
		"no-reply":     {"--status=5.1.2 (bad destination system: no such domain)"},
		"deleted":      {"x-pmta;deleted by administrator"},
		"json":         {"--format=json", "--provider=gmail", "550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 double-checking"},
		"table":        {"-"},
		"table-json":   {"-", "--format=json"},
	} {
		t.Run(name, func(t *testing.T) {
			got := explained(t, unmatched, args...)
			file := filepath.Join("testdata", "golden", "explain-"+name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("explain %q says\n%s\nwant\n%s", args, got, want)
			}
			if strings.Contains(got, "secret") {
				t.Errorf("explain %q tells a secret:\n%s", args, got)
			}
		})
	}
}

// TestExplainReachesEachReason: the examples of the catalogue, as a file of
// replies, show every reason in the table.
func TestExplainReachesEachReason(t *testing.T) {
	replies, err := reply.Default()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	count := 0
	for _, p := range replies.Patterns() {
		for _, example := range p.Examples {
			fmt.Fprintln(&lines, example)
			count++
		}
	}
	var got struct {
		Replies int
		Groups  []group
	}
	if err := json.Unmarshal([]byte(explained(t, lines.String(), "-", "--format=json")), &got); err != nil {
		t.Fatal(err)
	}
	reached, sum := map[reply.Reason]int{}, 0
	for _, g := range got.Groups {
		reached[g.Reason] += g.Count
		sum += g.Count
	}
	for _, reason := range reply.Reasons() {
		if reached[reason] == 0 {
			t.Errorf("no example reaches %s", reason)
		}
	}
	if got.Replies != count || sum != count {
		t.Errorf("%d replies in groups of %d, want %d", got.Replies, sum, count)
	}
}

// TestP9ExplainPrintsNoName: local parts stand in replies with and without
// domain, brackets and quotes.
func TestP9ExplainPrintsNoName(t *testing.T) {
	var lines strings.Builder
	for _, name := range []string{"Jane.Canary", "canary", "CANARY+tag", "canary_1", "canary-x", "cänary", "o'canary", "canary=x", "kny"} {
		for _, form := range []string{
			"550 %s xyzzy", "550 xyzzy: %s", "550 <%s@canary.example> xyzzy", `550 "%s" xyzzy`, "550 (%s) xyzzy", "550 user=%s xyzzy", "%s", "550-%s", "5.1.%s", "550 5.1.0%s@x xyzzy", "550 5.1.1%s", "55%s", "550%s", "%s 550 xyzzy",
			"550 mailbox of %s... xyzzy", "550 xyzzy\t%s,user", "x-pmta;%s", "smtp;550 http://canary.example/%s",
		} {
			fmt.Fprintf(&lines, form+"\n", name)
		}
	}
	for _, format := range []string{"text", "json"} {
		got := strings.ToLower(explained(t, lines.String(), "-", "--format="+format))
		for _, secret := range []string{"canary", "cänary", "jane", "kny", "@"} {
			if strings.Contains(got, secret) {
				t.Errorf("--format=%s prints %q:\n%s", format, secret, got)
			}
		}
	}
}

// TestP10ExplainObeysNoControls: nothing reaches the terminal that it could
// take for a command.
func TestP10ExplainObeysNoControls(t *testing.T) {
	const hostile = "550 5.9.9 \x1b]0;title\x07 \x1b[2J \u009b31m \x00\x7f \u202e\u2028 \xff\xfe \r xyzzy"
	for _, args := range [][]string{{hostile}, {hostile, "--format=json"}, {"-"}, {"-", "--format=json"}, {"--status=" + hostile, "--category=" + hostile, "--domain=" + hostile}} {
		got := explained(t, hostile+"\n", args...)
		for _, r := range strings.ReplaceAll(got, "\n", "") {
			if !unicode.IsPrint(r) {
				t.Errorf("explain %q prints %q in\n%q", args, r, got)
			}
		}
	}
}

// TestP10ExplainReadsLongLines: of a long line the beginning counts, and the
// next line is the next reply.
func TestP10ExplainReadsLongLines(t *testing.T) {
	for _, size := range []int{0, 1, maxReplyLine - 30, maxReplyLine - 10, maxReplyLine, maxReplyLine + 1, 3*maxReplyLine - 1, 1 << 20} {
		stdin := "550 user unknown " + strings.Repeat("x", size) + "\r\n\n421 too busy"
		got := explained(t, stdin, "-")
		if !strings.Contains(got, "2 replies, 0 of them") || !strings.Contains(got, "word_unknown") || !strings.Contains(got, "word_busy") {
			t.Errorf("with %d further bytes explain - says\n%s\nwant two replies", size, got)
		}
	}
}

// TestExplainBoundsForms: no number of different replies makes the list, or the
// memory for it, longer.
func TestExplainBoundsForms(t *testing.T) {
	tally := &tally{words: map[string]bool{}, forms: map[string]*form{}}
	for i := range maxForms + 100 {
		tally.note(fmt.Appendf(nil, "5%02d 5.%d.%d xyzzy", i%100, i/100%1000, i/100/1000), i+1)
	}
	if got := len(tally.forms); got != maxForms {
		t.Errorf("%d forms are kept, want %d", got, maxForms)
	}
	if tally.sort(); len(tally.Forms) != shownForms {
		t.Errorf("%d forms are shown, want %d", len(tally.Forms), shownForms)
	}
}

// TestExplainUsesTheConfigFile: rows of a user count as they do in the exporter.
func TestExplainUsesTheConfigFile(t *testing.T) {
	got := explained(t, "", "--config.file="+goodFile(), "--domain=example-mail.test", "smtp;552 5.2.2 Letter box crowded")
	for _, want := range []string{"provider    example_mail\n", "reason      mailbox_full, decided by: text\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("explain says\n%s\nwant %q", got, want)
		}
	}
	table := explained(t, "550 5.2.2 Letter box crowded xyzzy\n550 crowded xyzzy\n", "--config.file="+goodFile(), "-")
	if strings.Contains(table, "crowded") {
		t.Errorf("explain - prints a word that only a pattern of the user has:\n%s", table)
	}
}

func TestExplainSaysWhatToChange(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"explain"}, "no reply: give one in quotes"},
		{[]string{"explain", " "}, "no reply: give one in quotes"},
		{[]string{"explain", "--provider=gmail", "--mx=x", "550"}, "give --provider alone"},
		{[]string{"explain", "--provider=nobody", "550"}, `--provider: "nobody" is unknown: take a name from`},
		{[]string{"explain", "--format=xml", "550"}, "must be one of text,json"},
		{[]string{"explain", "--config.file=/nowhere.yaml", "550"}, "--config.file: open /nowhere.yaml"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(c.args, &stdout, &stderr); code != 2 || stdout.Len() > 0 || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("run(%q) = %d and says %q and %q, want 2 and a line with %q", c.args, code, stdout.String(), stderr.String(), c.want)
		}
	}
	c, err := parse([]string{"explain", "-"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := explain(c, iotest.ErrReader(errors.New("torn")), &stdout, &stderr); code != 1 || stderr.String() != "pmta_exporter: explain: read standard input: torn\n" {
		t.Errorf("explain of what cannot be read = %d and says %q, want 1 and the error", code, stderr.String())
	}
}
