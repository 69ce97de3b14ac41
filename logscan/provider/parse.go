package provider

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

//go:embed providers.yaml
var providersYAML string

var (
	namePattern   = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	suffixPattern = regexp.MustCompile(`^([a-z0-9_-]+\.)+[a-z0-9-]+$`) // two labels at least, or a whole top-level domain is claimed
	rollupPattern = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)
)

// file is the form of providers.yaml.
type file struct {
	Providers []Row `yaml:"providers"`
}

// Row is one provider as it is written; the head of providers.yaml explains the
// keys. Rows of a user may stand in any YAML document.
type Row struct {
	Name     string   `yaml:"name"`
	Title    string   `yaml:"title"`
	MX       []string `yaml:"mx"`
	Domains  []string `yaml:"domains"`
	Rollups  []string `yaml:"rollups"`
	Source   string   `yaml:"source"`
	Examples struct {
		MX      []string `yaml:"mx"`
		Domains []string `yaml:"domains"`
	} `yaml:"examples"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *Row) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain Row
	return unmarshal((*plain)(r))
}

// wrap names the row in an error.
func (r *Row) wrap(err error) error {
	return fmt.Errorf("line %d: provider %q: %w", r.line, r.Name, err)
}

// Parse reads a catalogue in the format of providers.yaml. Unknown keys,
// malformed names, a name listed twice and examples that do not reach their own
// entry are errors.
func Parse(data []byte) (*Catalogue, error) {
	var f file
	if err := yaml.UnmarshalStrict(data, &f); err != nil {
		return nil, fmt.Errorf("parse providers: %w", err)
	}
	if len(f.Providers) == 0 {
		return nil, errors.New("parse providers: no entries: list at least one under the key providers")
	}
	c, err := index(f.Providers, nil)
	if err != nil {
		return nil, err
	}
	// Only now: the longer suffix of a later entry may take an example away.
	if err := c.checkExamples(f.Providers); err != nil {
		return nil, err
	}
	c.names = append(c.names, Other)
	return c, nil
}

// index makes a catalogue of rows without looking at their examples. Rows may
// extend one of the known providers.
func index(rows []Row, known []string) (*Catalogue, error) {
	c := &Catalogue{mx: map[string]string{}, domains: map[string]string{}, rollups: map[string]string{}}
	for i := range rows {
		r := &rows[i]
		if err := c.add(r, slices.Contains(known, r.Name)); err != nil {
			return nil, r.wrap(err)
		}
	}
	return c, nil
}

// check says what is wrong with a row by itself. One that extends a provider
// need not say who that is, and may give it rollups alone.
func (r *Row) check(extends bool) error {
	switch {
	case !namePattern.MatchString(r.Name):
		return errors.New("bad name: use 1 to 64 of a-z, 0-9 and _")
	case r.Name == Other:
		return errors.New("the name stands for all unknown providers: choose another")
	case r.Title == "" && !extends || r.Source == "":
		return errors.New("title or source missing: say who it is and where the facts come from")
	case len(r.MX)+len(r.Domains) == 0 && (!extends || len(r.Rollups) == 0):
		return errors.New("neither mx nor domains: nothing can reach it")
	}
	return nil
}

// add checks a row, also against those before it, and enters its names.
func (c *Catalogue) add(r *Row, extends bool) error {
	if slices.Contains(c.names, r.Name) {
		return errors.New("two entries with this name: merge them")
	}
	if err := r.check(extends); err != nil {
		return err
	}
	c.names = append(c.names, r.Name)
	if err := claim(c.mx, suffixPattern, r.Name, r.MX); err != nil {
		return fmt.Errorf("mx: %w", err)
	}
	if err := claim(c.domains, suffixPattern, r.Name, r.Domains); err != nil {
		return fmt.Errorf("domains: %w", err)
	}
	if err := claim(c.rollups, rollupPattern, r.Name, r.Rollups); err != nil {
		return fmt.Errorf("rollups: %w", err)
	}
	return nil
}

// claim enters names into an index, in which each belongs to one owner and
// stands once.
func claim(index map[string]string, pattern *regexp.Regexp, owner string, names []string) error {
	for _, name := range names {
		if !pattern.MatchString(name) || strings.HasSuffix(name, rollupSuffix) {
			return fmt.Errorf("bad name %q: write whole labels in lower case, without wildcard, outer dots or .rollup", name)
		}
		if other, taken := index[name]; taken {
			return fmt.Errorf("%q is listed by %q already: keep it in one place", name, other)
		}
		index[name] = owner
	}
	return nil
}

// checkExamples proves that each row is reached by what it says reaches it.
func (c *Catalogue) checkExamples(rows []Row) error {
	for i := range rows {
		r := &rows[i]
		if err := reach(c.ByMX, r.Name, r.MX, r.Examples.MX); err != nil {
			return r.wrap(fmt.Errorf("examples of mx: %w", err))
		}
		if err := reach(c.ByDomain, r.Name, r.Domains, r.Examples.Domains); err != nil {
			return r.wrap(fmt.Errorf("examples of domains: %w", err))
		}
	}
	return nil
}

// reach looks the examples of one list up; a list without examples proves
// nothing and is refused.
func reach(lookup func([]byte) (string, bool), owner string, list, examples []string) error {
	if len(list) > 0 && len(examples) == 0 {
		return errors.New("none: add a name that must reach this entry")
	}
	for _, example := range examples {
		if got, _ := lookup([]byte(example)); got != owner {
			return fmt.Errorf("%q reaches %q: correct the list or the example", example, got)
		}
	}
	return nil
}
