package textlog

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

//go:embed patterns.yaml
var patternsYAML string

var eventPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// file is the form of patterns.yaml.
type file struct {
	Patterns []Row `yaml:"patterns"`
}

// Row is one pattern as it is written; the head of patterns.yaml explains the
// keys. Rows of a user may stand in any YAML document.
type Row struct {
	Event    Event    `yaml:"event"`
	Level    Level    `yaml:"level"`
	Words    []string `yaml:"words"`
	Source   string   `yaml:"source"`
	Grade    string   `yaml:"grade"`
	Examples []string `yaml:"examples"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *Row) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain Row
	return unmarshal((*plain)(r))
}

// Default returns the embedded catalogue. It parses on each call: ask once and
// keep the answer.
func Default() (*Catalogue, error) { return Extended(nil) }

// Extended returns the embedded catalogue with rows of a user before its own.
// They may name events of their own. Malformed names and words, missing keys
// and rows that their own examples do not reach first are errors.
func Extended(users []Row) (*Catalogue, error) {
	var f file
	if err := yaml.UnmarshalStrict([]byte(patternsYAML), &f); err != nil {
		return nil, fmt.Errorf("parse log patterns: %w", err)
	}
	c := newCatalogue()
	for i, r := range slices.Concat(users, f.Patterns) {
		err := c.add(r)
		if err == nil && (i < len(users) || len(users) == 0) { // rows of a user may take examples of ours away
			err = c.prove(r)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: log pattern of event %q: %w", r.line, r.Event, err)
		}
	}
	c.note(EventError)
	c.note(EventFatal)
	return c, nil
}

// check says what is wrong with a row by itself.
func (r Row) check() error {
	switch {
	case r.Event != None && !eventPattern.MatchString(string(r.Event)):
		return errors.New("bad event: use 1 to 64 of a-z, 0-9 and _, or leave it out")
	case r.Event == EventError || r.Event == EventFatal:
		return errors.New("the event follows from the level: give the level and leave the event out")
	case !r.Level.Valid() || r.Level == Other:
		return fmt.Errorf("unknown level %q: use info, warning, error or fatal", r.Level)
	case len(r.Words) == 0:
		return errors.New("no words: list those that a line must have")
	case r.Source == "":
		return errors.New("no source: say who has seen such a line, or that nobody has")
	case !slices.Contains([]string{"A", "B", "C"}, r.Grade):
		return fmt.Errorf("unknown grade %q: use A for lines that were seen, B for words seen elsewhere, C for guesses", r.Grade)
	case len(r.Examples) == 0:
		return errors.New("no examples: add a line that must reach this row first")
	}
	return nil
}
