package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// codePattern knows reply codes and enhanced status codes.
var codePattern = regexp.MustCompile(`^[245](?:\d\d|\.\d{1,3}\.\d{1,3})$`)

const (
	// maxReplyLine is what is read of a line; the rest is passed over. A verdict
	// needs less.
	maxReplyLine = 16 << 10
	// maxForms bounds the forms of unmatched replies that are told apart, and
	// shownForms those that are printed.
	maxForms   = 10_000
	shownForms = 20
)

// tally adds up verdicts on many replies.
//
// Replies hold addresses of recipients, also without their domain: "no such user
// jdoe". So what is printed of an unmatched reply are only words that the
// examples of the embedded catalogue hold, where nobody's name stands; what lies
// between them becomes an ellipsis. The number of a line leads to the reply
// itself.
type tally struct {
	Replies int     `json:"replies"`
	Other   int     `json:"other"`
	Groups  []group `json:"groups"`
	Forms   []form  `json:"unmatched"`

	words  map[string]bool
	counts map[group]int
	forms  map[string]*form
}

// group is what replies are counted by.
type group struct {
	Reason  reply.Reason `json:"reason"`
	Class   bounce.Class `json:"class"`
	Pattern string       `json:"pattern"`
	Count   int          `json:"count"`
}

// form is the printable form of unmatched replies.
type form struct {
	Form      string `json:"form"`
	Count     int    `json:"count"`
	FirstLine int    `json:"first_line"`
}

// all reads replies line by line and prints what they count as.
func (e *explainer) all(stdin io.Reader, stdout io.Writer) error {
	t := &tally{words: e.vocabulary(), counts: map[group]int{}, forms: map[string]*form{}}
	lines := bufio.NewReaderSize(stdin, maxReplyLine)
	for number := 1; ; number++ {
		line, err := readReply(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read standard input: %w", err)
		}
		if len(line) > 0 {
			e.add(t, line, number)
		}
		if err != nil {
			break
		}
	}
	t.sort()
	if e.format == "json" {
		return writeJSON(stdout, t)
	}
	return t.print(stdout)
}

// readReply returns the next line, without the quotes of a CSV field, and as far
// as the buffer holds it.
func readReply(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	line = bytes.Trim(bytes.TrimSpace(line), `"`)
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	line = bytes.Clone(line) // the rest overwrites it
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return line, err
}

func (e *explainer) add(t *tally, line []byte, number int) {
	v := e.judge(line)
	t.Replies++
	t.counts[group{Reason: v.Reply.Reason, Class: v.Class, Pattern: cmp.Or(v.Reply.ID, "-")}]++
	if v.Reply.Reason == reply.Other {
		t.Other++
	}
	if v.Reply.By == reply.ByNothing {
		t.note(line, number)
	}
}

// note remembers an unmatched reply by its form.
func (t *tally) note(line []byte, number int) {
	text := t.form(line)
	f := t.forms[text]
	if f == nil {
		if len(t.forms) == maxForms {
			return
		}
		f = &form{Form: text, FirstLine: number}
		t.forms[text] = f
	}
	f.Count++
}

// vocabulary returns the words of the examples of the embedded patterns. Those
// of a user's are left out: they may hold anybody's name.
func (e *explainer) vocabulary() map[string]bool {
	words := map[string]bool{}
	for _, p := range e.tables.rules.Replies.Patterns()[len(e.tables.file.Replies):] {
		for _, example := range p.Examples {
			for word := range strings.FieldsSeq(reply.Uniform([]byte(example))) {
				if core := wordOf(word); core != "" {
					words[core] = true
				}
			}
		}
	}
	return words
}

// wordOf returns a word without the punctuation around it; empty when it is not
// made of letters alone.
func wordOf(word string) string {
	word = strings.Trim(word, `.,:;!?()[]<>"'`)
	for _, r := range word {
		if r < 'a' || r > 'z' {
			return ""
		}
	}
	return word
}

// form returns what may be printed of a reply: its codes, and words that anybody
// uses.
func (t *tally) form(line []byte) string {
	var kept []string
	for i, word := range strings.Fields(reply.Uniform(line)) {
		switch core := wordOf(word); {
		case i <= 1 && codePattern.MatchString(word):
			kept = append(kept, word)
		case t.words[core]:
			kept = append(kept, core)
		case len(kept) == 0 || kept[len(kept)-1] != "…":
			kept = append(kept, "…")
		}
	}
	return strings.Join(kept, " ")
}

// sort puts the largest first.
func (t *tally) sort() {
	t.Groups = make([]group, 0, len(t.counts))
	for g, n := range t.counts {
		g.Count = n
		t.Groups = append(t.Groups, g)
	}
	slices.SortFunc(t.Groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Class, b.Class))
	})
	t.Forms = make([]form, 0, len(t.forms))
	for f := range maps.Values(t.forms) {
		t.Forms = append(t.Forms, *f)
	}
	slices.SortFunc(t.Forms, func(a, b form) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.FirstLine, b.FirstLine))
	})
	t.Forms = t.Forms[:min(len(t.Forms), shownForms)]
}

func (t *tally) print(stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "count\tshare\treason\tclass\tpattern or code")
	for _, g := range t.Groups {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", g.Count, share(g.Count, t.Replies), g.Reason, g.Class, g.Pattern)
	}
	fmt.Fprintf(w, "\n%d replies, %d of them (%s) left in other.\n", t.Replies, t.Other, share(t.Other, t.Replies))
	if len(t.Forms) > 0 {
		fmt.Fprintln(w, "\nNo pattern and no code knows these. Only words of the catalogue are shown; for the rest, see the line.\n\ncount\tfirst line\tform")
	}
	for _, f := range t.Forms {
		fmt.Fprintf(w, "%d\t%d\t%s\n", f.Count, f.FirstLine, f.Form)
	}
	return w.Flush()
}

func share(n, of int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1)))
}
