package bounce

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

//go:embed classes.yaml
var classesYAML string

// undecided is the class of rules for codes that leave it to the category.
const undecided Class = "undecided"

var categoryPattern = regexp.MustCompile(`^[a-z0-9_-]{1,` + strconv.Itoa(maxCategory) + `}$`)

// Rows is a table as it is written; the head of classes.yaml explains the keys.
// Rows of a user may stand in any YAML document.
type Rows struct {
	Codes      []CodeRow     `yaml:"codes"`
	Categories []CategoryRow `yaml:"categories"`
}

// CodeRow becomes a rule. Meaning and source are for readers, but a rule
// without them is refused.
type CodeRow struct {
	Code     string   `yaml:"code"`
	Class    Class    `yaml:"class"`
	Meaning  string   `yaml:"meaning"`
	Source   string   `yaml:"source"`
	Examples []string `yaml:"examples"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *CodeRow) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain CodeRow
	return unmarshal((*plain)(r))
}

// CategoryRow names a bounceCat and its own class.
type CategoryRow struct {
	Name    string `yaml:"name"`
	Class   Class  `yaml:"class"`
	Meaning string `yaml:"meaning"`
	Source  string `yaml:"source"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *CategoryRow) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain CategoryRow
	return unmarshal((*plain)(r))
}

// Parse reads a table in the format of classes.yaml. Unknown keys and classes,
// malformed codes and names, anything listed twice and rules that their own
// examples do not reach are errors.
func Parse(data []byte) (*Table, error) {
	var rows Rows
	if err := yaml.UnmarshalStrict(data, &rows); err != nil {
		return nil, fmt.Errorf("parse bounce classes: %w", err)
	}
	t, err := newTable(rows)
	if err != nil {
		return nil, err
	}
	t.names = append(t.names, None)
	return t, t.checkOther()
}

// newTable makes a table of checked rows, without the category None.
func newTable(rows Rows) (*Table, error) {
	t := &Table{categories: map[string]category{}}
	for _, r := range rows.Codes {
		if err := t.addRule(r); err != nil {
			return nil, fmt.Errorf("line %d: code %q: %w", r.line, r.Code, err)
		}
	}
	for _, r := range rows.Categories {
		if err := t.addCategory(r); err != nil {
			return nil, fmt.Errorf("line %d: category %q: %w", r.line, r.Name, err)
		}
	}
	return t, nil
}

func (t *Table) checkOther() error {
	if t.categories[Other].class != Soft {
		return errors.New(`category "other": missing or not soft: unknown categories end there, list it as soft`)
	}
	return nil
}

// addRule appends a rule and proves at once that its examples reach it: later
// rules cannot take them away.
func (t *Table) addRule(e CodeRow) error {
	pattern, err := ParsePattern(e.Code)
	switch {
	case err != nil:
		return err
	case !e.Class.Valid() && e.Class != undecided:
		return fmt.Errorf("unknown class %q: use hard, block, soft or undecided", e.Class)
	case e.Meaning == "" || e.Source == "":
		return errors.New("meaning or source missing: say what the code means and who says so")
	case len(e.Examples) == 0:
		return errors.New("no examples: add a code that must reach this rule first")
	}
	t.rules = append(t.rules, rule{pattern, e.Class})
	for _, example := range e.Examples {
		code, ok := ParseCode([]byte(example))
		if !ok || t.first(code) != len(t.rules)-1 {
			return fmt.Errorf("example %q does not reach this rule first: move the rule up or correct the example", example)
		}
	}
	return nil
}

// addCategory enters a category, which keeps its place in the file as its place
// in Categories.
func (t *Table) addCategory(e CategoryRow) error {
	_, twice := t.categories[e.Name]
	switch {
	case !categoryPattern.MatchString(e.Name):
		return fmt.Errorf("bad name: use 1 to %d of a-z, 0-9, - and _", maxCategory)
	case e.Name == None:
		return errors.New("the name stands for records without category: choose another")
	case twice:
		return errors.New("listed twice: keep one")
	case !e.Class.Valid():
		return fmt.Errorf("unknown class %q: use hard, block or soft", e.Class)
	case e.Meaning == "" || e.Source == "":
		return errors.New("meaning or source missing: say what the category means and who says so")
	}
	t.names = append(t.names, e.Name)
	t.categories[e.Name] = category{e.Name, e.Class}
	return nil
}

// ParsePattern reads a code in which * stands for any number.
func ParsePattern(text string) (StatusCode, error) {
	var pattern StatusCode
	parts := strings.Split(text, ".")
	if len(parts) != len(pattern) {
		return pattern, errors.New("bad code: write three numbers or *, joined by dots")
	}
	for i, part := range parts {
		if part == "*" {
			pattern[i] = anyNumber
			continue
		}
		number, err := strconv.ParseUint(part, 10, 10)
		if err != nil {
			return pattern, fmt.Errorf("bad code: %q is neither a number below 1000 nor *", part)
		}
		pattern[i] = int(number)
	}
	return pattern, nil
}
