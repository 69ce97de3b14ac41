package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/alecthomas/kingpin/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// explainConfig is the command line of explain.
type explainConfig struct {
	command              *kingpin.CmdClause
	words                []string // of the reply, or "-"
	provider, mx, domain string
	status, category     string
	format               string
}

// add adds the command. Its flags are about one reply, so none is a variable.
func (c *explainConfig) add(app *kingpin.Application) {
	c.command = app.Command("explain", "Show how a reply of a mail server is counted, what it means and what to do; with - each line of standard input, as a table.")
	c.command.Arg("reply", "The reply in quotes, raw or as dsnDiag has it; or - for replies on standard input, one per line.").
		StringsVar(&c.words)
	text := func(name, help string, target *string) {
		c.command.Flag(name, help).NoEnvar().StringVar(target)
	}
	text("provider", "Provider that replied, by its name in the metrics; patterns of others are not tried then.", &c.provider)
	text("mx", "Host that replied, from which the provider follows.", &c.mx)
	text("domain", "Domain of the recipient or queue, from which the provider follows when the host does not tell.", &c.domain)
	text("status", "dsnStatus of the record, such as '5.1.1 (bad destination mailbox address)'.", &c.status)
	text("category", "bounceCat of the record.", &c.category)
	c.command.Flag("format", "text or json.").NoEnvar().Default("text").EnumVar(&c.format, "text", "json")
}

// validate says what to change in a command line that cannot work.
func (c *explainConfig) validate() error {
	switch {
	case c.provider != "" && c.mx+c.domain != "":
		return fmt.Errorf("explain: give --provider alone, or --mx and --domain without it")
	case c.reply() == "" && c.status == "":
		return fmt.Errorf("explain: no reply: give one in quotes, such as '550 5.1.1 no such user', or - to read them from standard input")
	}
	return nil
}

func (c *explainConfig) reply() string { return strings.TrimSpace(strings.Join(c.words, " ")) }

func (c *explainConfig) many() bool { return c.reply() == "-" }

// explainer judges replies as the exporter counts them.
type explainer struct {
	*explainConfig
	tables *tables
	whose  string // the provider; empty for unknown
}

// explain answers the command. It returns 1 when standard input cannot be read,
// and 2 when what was asked makes no sense.
func explain(c *config, stdin io.Reader, stdout, stderr io.Writer) int {
	e, err := newExplainer(c)
	if err != nil {
		fmt.Fprintf(stderr, "pmta_exporter: %v\n", err)
		return 2
	}
	if !e.many() {
		err = e.one(stdout)
	} else {
		err = e.all(stdin, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "pmta_exporter: explain: %v\n", err)
		return 1
	}
	return 0
}

func newExplainer(c *config) (*explainer, error) {
	t, err := readTables(c.file)
	if err != nil {
		return nil, err
	}
	e := &explainer{explainConfig: &c.explain, tables: t, whose: c.explain.provider}
	names := t.rules.Providers.Names()
	switch {
	case e.whose != "" && !slices.Contains(names, e.whose):
		return nil, fmt.Errorf("--provider: %q is unknown: take a name from docs/bounces.md or your configuration file, or give --mx or --domain", e.whose)
	case e.mx+e.domain != "":
		e.whose = t.rules.Providers.Of(acct.Host([]byte(e.mx)), []byte(e.domain), nil)
	}
	return e, nil
}

func (e *explainer) judge(diag []byte) logscan.Verdict {
	return e.tables.rules.Judge(logscan.Evidence{
		Provider: e.whose, Status: []byte(e.status), Diag: diag, BounceCat: []byte(e.category),
	})
}

// explanation is what there is to say of one reply, in the order in which it is
// printed. Outcome is that of a bounce.
type explanation struct {
	Text       string   `json:"text"`     // the uniform one, which patterns are matched against
	Provider   string   `json:"provider"` // empty for unknown
	Reason     string   `json:"reason"`
	ReasonBy   string   `json:"reason_by"`
	ID         string   `json:"id"`         // of a pattern or a code
	HoldsFor   []string `json:"holds_for"`  // empty for any provider
	Permanence string   `json:"permanence"` // empty for that of the record's type
	Class      string   `json:"class"`
	ClassBy    string   `json:"class_by"`
	Category   string   `json:"category"`
	Outcome    string   `json:"outcome"`
	Meaning    string   `json:"meaning"`
	Advice     string   `json:"advice"`
	Link       string   `json:"link"`
	Grade      string   `json:"grade"`
	Source     string   `json:"source"`
}

// explanation judges one reply.
func (e *explainer) explanation(diag []byte) explanation {
	v := e.judge(diag)
	about := e.tables.rules.Replies.About(v.Reply)
	text := cmp.Or(reply.Uniform(diag), reply.Uniform([]byte(e.status)))
	return explanation{
		Text: visible(text), Provider: e.whose,
		Reason: string(v.Reply.Reason), ReasonBy: string(v.Reply.By), ID: v.Reply.ID, HoldsFor: about.Providers,
		Permanence: string(v.Reply.Permanence), Class: string(v.Class), ClassBy: string(v.DecidedBy), Category: v.Category,
		Outcome: string(v.Outcome), Meaning: about.Meaning, Advice: about.Advice, Link: about.Link, Grade: string(about.Grade),
		Source: about.Source,
	}
}

// one prints what there is to say of the reply of the command line.
func (e *explainer) one(stdout io.Writer) error {
	x := e.explanation([]byte(e.reply()))
	if e.format == "json" {
		return writeJSON(stdout, x)
	}
	for _, row := range [][2]string{
		{"text", x.Text},
		{"provider", x.providerText()},
		{"reason", x.Reason + ", decided by: " + x.ReasonBy},
		{"id", x.ID},
		{"holds for", x.holdsText()},
		{"permanence", cmp.Or(x.Permanence, "permanent in a bounce, transient in a deferral: there is no digit")},
		{"class", x.classText()},
		{"category", x.Category},
		{"outcome", x.outcomeText()},
		{"meaning", x.Meaning},
		{"advice", x.Advice},
		{"link", x.Link},
		{"grade", x.Grade},
		{"source", x.Source},
	} {
		if row[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(stdout, "%-11s %s\n", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// providerText tells whose reply it is taken for, and what follows from that.
func (x explanation) providerText() string {
	switch x.Provider {
	case "":
		return "not given, so the patterns of all are tried"
	case provider.Other:
		return "other, so patterns of single providers are not tried"
	}
	return x.Provider
}

// holdsText tells for whose replies the pattern holds that decided.
func (x explanation) holdsText() string {
	if x.ID != "" && len(x.HoldsFor) == 0 {
		return "any provider"
	}
	return strings.Join(x.HoldsFor, ", ")
}

// classText tells what decided. What an operator deletes is no bounce.
func (x explanation) classText() string {
	if x.Outcome == string(logscan.OutcomeDeleted) {
		return ""
	}
	return x.Class + ", decided by: " + x.ClassBy
}

// outcomeText tells the result of the recipient, which a reply for now leaves
// open.
func (x explanation) outcomeText() string {
	if x.Permanence == string(reply.Transient) {
		return "none yet, as a deferral; " + x.Outcome + " once PowerMTA gives up"
	}
	return x.Outcome
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// visible replaces what a terminal might obey.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
