package reply

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

//go:embed *.yaml
var files embed.FS

// patternFiles names the embedded patterns in the order in which they are tried:
// first what single providers say, then what anybody may say, from the
// unmistakable to mere words.
func patternFiles() []string {
	return []string{
		"google.yaml", "microsoft.yaml", "yahoo.yaml", "america.yaml", "europe.yaml", "russia.yaml", "asia.yaml", "hosters.yaml",
		"gateways.yaml", "powermta.yaml", "blocklists.yaml", "servers.yaml", "words.yaml",
	}
}

// undecided is the class of patterns that leave it to dsnStatus and bounceCat.
const undecided bounce.Class = "undecided"

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9_]{3,64}$`)
	linkPattern = regexp.MustCompile(`^https?://[^ ]+$`)
)

// reasonEntry is what holds for all patterns of a reason that do not say
// otherwise.
type reasonEntry struct {
	Name    Reason       `yaml:"name"`
	Meaning string       `yaml:"meaning"`
	Class   bounce.Class `yaml:"class"`
	Advice  string       `yaml:"advice"`
	Link    string       `yaml:"link"`
}

// codeEntry is a rule for an enhanced status code or a reply code.
type codeEntry struct {
	Code     string   `yaml:"code"`
	Reason   Reason   `yaml:"reason"`
	Meaning  string   `yaml:"meaning"`
	Link     string   `yaml:"link"`
	Examples []string `yaml:"examples"`
}

// UnmarshalYAML reads a pattern and notes where it stands.
func (p *Pattern) UnmarshalYAML(unmarshal func(any) error) error {
	p.line = yamlline.Of(unmarshal)
	type plain Pattern
	return unmarshal((*plain)(p))
}

// check finds what is wrong with a pattern by itself.
func (p Pattern) check() error {
	switch {
	case !idPattern.MatchString(p.ID):
		return errors.New("bad id: use 3 to 64 of a-z, 0-9 and _")
	case !p.Reason.Valid():
		return fmt.Errorf("unknown reason %q: use one of %v", p.Reason, Reasons())
	case p.Class != "" && p.Class != undecided && !p.Class.Valid():
		return fmt.Errorf("unknown class %q: use hard, block, soft or undecided, or leave it out", p.Class)
	case !slices.Contains([]Permanence{"", Transient, Permanent}, p.Permanence):
		return fmt.Errorf("unknown permanence %q: use transient or permanent, or leave it out", p.Permanence)
	case !slices.Contains([]Grade{Captured, Published, CodeList}, p.Grade):
		return fmt.Errorf("unknown grade %q: use captured, published or code_list", p.Grade)
	case p.Link != "" && !linkPattern.MatchString(p.Link):
		return fmt.Errorf("bad link %q: write an address that begins with http", p.Link)
	}
	return p.checkTexts()
}

// checkTexts finds what a pattern fails to say.
func (p Pattern) checkTexts() error {
	switch {
	case p.Meaning == "":
		return errors.New("no meaning: say what the reply means")
	case p.Source == "":
		return errors.New("no source: say where the examples come from")
	case len(p.Examples) == 0:
		return errors.New("no examples: add a reply that must reach this pattern first")
	}
	return nil
}

// checkProviders holds the names against those that exist, if they are known.
func (p Pattern) checkProviders(known []string) error {
	for _, name := range p.Providers {
		if name == "" || len(known) > 0 && !slices.Contains(known, name) {
			return fmt.Errorf("unknown provider %q: use a name of the provider catalogue", name)
		}
	}
	return nil
}

// compile makes the tests of a pattern, one for each of its alternatives, so that
// a text costs only those of which it holds a literal.
func (p Pattern) compile() ([]test, error) {
	tree, err := syntax.Parse(p.Expression, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	alternatives := []*syntax.Regexp{tree.Simplify()}
	if alternatives[0].Op == syntax.OpAlternate {
		alternatives = alternatives[0].Sub
	}
	var tests []test
	for _, re := range alternatives {
		t := test{literals: literalsOf(re)}
		if t.literals.shortest() < minLiteral {
			return nil, fmt.Errorf("pattern: no literal of %d characters that every match of %q holds: "+
				"add one, in small letters and without (?i)", minLiteral, re)
		}
		if !t.literals.exact {
			t.expression = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(re.String()) })
		}
		tests = append(tests, t)
	}
	return tests, nil
}
