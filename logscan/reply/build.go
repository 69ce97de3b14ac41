package reply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

// builder makes a catalogue, pattern by pattern.
type builder struct {
	*Catalogue
}

// Default returns the embedded catalogue. It parses on each call: ask once and
// keep the answer.
func Default() (*Catalogue, error) {
	return Extended(nil, nil)
}

// Extended returns the embedded catalogue with patterns of a user before its
// own. Providers are the names that the user's may use; without any they are not
// checked. Unknown words, expressions that do not compile, an id used twice and
// patterns that their own examples do not reach first are errors.
func Extended(users []Pattern, providers []string) (*Catalogue, error) {
	b := builder{Catalogue: &Catalogue{scopes: map[string]set{}, byID: map[string]Pattern{}}}
	if err := b.readCodes(); err != nil {
		return nil, fmt.Errorf("reply codes: %w", err)
	}
	if err := b.addAll("reply patterns", users, providers); err != nil {
		return nil, err
	}
	for _, name := range patternFiles() {
		if err := b.read(name); err != nil {
			return nil, err
		}
	}
	b.finish()
	for place := range users { // a test proves ours, of which these may take examples away
		if err := b.checkExamples(place); err != nil {
			return nil, err
		}
	}
	return b.Catalogue, nil
}

// readCodes reads what holds for reasons and for codes.
func (b *builder) readCodes() error {
	content, err := files.ReadFile("reasons.yaml")
	if err != nil {
		return err
	}
	var f struct {
		Reasons []reasonEntry `yaml:"reasons"`
		Codes   []codeEntry   `yaml:"codes"`
	}
	if err := yaml.UnmarshalStrict(content, &f); err != nil {
		return err
	}
	b.reasons = map[Reason]reasonEntry{}
	for _, r := range f.Reasons {
		if !r.Name.Valid() || r.Meaning == "" || r.Advice == "" || r.Link == "" {
			return fmt.Errorf("reason %q: unknown, or meaning, advice or link missing", r.Name)
		}
		b.reasons[r.Name] = r
	}
	for _, e := range f.Codes {
		if err := b.addCode(e); err != nil {
			return fmt.Errorf("code %q: %w", e.Code, err)
		}
	}
	return nil
}

// addCode adds a rule for an enhanced status code, or for a reply code where
// there are three digits. The first rule that matches decides.
func (b *builder) addCode(e codeEntry) error {
	rule := codeRule{id: e.Code, reason: e.Reason, by: ByReplyCode, reply: e.Code}
	if len(e.Code) != 3 {
		enhanced, err := bounce.ParsePattern(e.Code)
		if err != nil {
			return err
		}
		rule = codeRule{id: e.Code, reason: e.Reason, by: ByEnhancedCode, enhanced: enhanced}
	}
	if !e.Reason.Valid() || e.Meaning == "" || e.Link == "" {
		return fmt.Errorf("unknown reason %q, or meaning or link missing", e.Reason)
	}
	b.codes = append(b.codes, rule)
	b.byID[e.Code] = Pattern{
		ID: e.Code, Reason: e.Reason, Expression: e.Code, Meaning: e.Meaning, Advice: b.reasons[e.Reason].Advice, Link: e.Link,
		Examples: e.Examples,
	}
	return nil
}

// read adds the patterns of an embedded file.
func (b *builder) read(name string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	var f struct {
		Patterns []Pattern `yaml:"patterns"`
	}
	if err := yaml.UnmarshalStrict(content, &f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return b.addAll(name, f.Patterns, nil)
}

// addAll adds patterns behind those that are there.
func (b *builder) addAll(document string, patterns []Pattern, providers []string) error {
	for _, p := range patterns {
		err := cmp.Or(p.check(), p.checkProviders(providers))
		if err == nil {
			err = b.add(p)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %q: %w", document, p.line, p.ID, err)
		}
	}
	return nil
}

// add adds a pattern that is fine by itself.
func (b *builder) add(p Pattern) error {
	if _, taken := b.byID[p.ID]; taken {
		return errors.New("the id is taken: choose another")
	}
	tests, err := p.compile()
	if err != nil {
		return err
	}
	for _, t := range tests {
		t.place = len(b.patterns)
		b.tests = append(b.tests, t)
	}
	p = b.complete(p)
	b.patterns, b.byID[p.ID] = append(b.patterns, p), p
	return nil
}

// complete fills what a pattern leaves out with what holds for its reason.
func (b *builder) complete(p Pattern) Pattern {
	reason := b.reasons[p.Reason]
	p.Class = cmp.Or(p.Class, reason.Class)
	if p.Class == undecided {
		p.Class = ""
	}
	p.Advice = cmp.Or(p.Advice, reason.Advice)
	p.Link = cmp.Or(p.Link, reason.Link)
	return p
}

// finish makes what depends on all patterns.
func (b *builder) finish() {
	size := len(b.tests)
	b.index = newIndex(b.tests)
	b.anybody = newSet(size)
	for i, t := range b.tests {
		if len(b.patterns[t.place].Providers) == 0 {
			b.anybody.add(int32(i))
		}
	}
	for i, t := range b.tests {
		for _, name := range b.patterns[t.place].Providers {
			if b.scopes[name] == nil {
				b.scopes[name] = slices.Clone(b.anybody)
			}
			b.scopes[name].add(int32(i))
		}
	}
}

// nobody is no provider's name.
const nobody = "-"

// checkExamples proves that the examples of a pattern reach it first, for each
// of its providers.
func (b *builder) checkExamples(place int) error {
	p := b.patterns[place]
	providers := p.Providers
	if len(providers) == 0 {
		providers = []string{nobody}
	}
	var buf [maxText]byte
	found := newSet(len(b.tests))
	for _, example := range p.Examples {
		text := normalise(buf[:], []byte(example)).bytes
		for _, provider := range providers {
			if got := b.first(provider, text, found); got != place {
				return fmt.Errorf("line %d: %q: example %q reaches %s: change the order, the pattern or the example",
					p.line, p.ID, example, b.name(got))
			}
		}
	}
	return nil
}

// name tells which pattern stands at a place.
func (b *builder) name(place int) string {
	if place < 0 {
		return "none"
	}
	return strconv.Quote(b.patterns[place].ID)
}
