package provider

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v2"
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
	Providers []entry `yaml:"providers"`
}

// entry is one provider; the head of the file explains the keys.
type entry struct {
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
}

// Default returns the embedded catalogue. It parses on each call: ask once and
// keep the answer.
func Default() (*Catalogue, error) {
	return Parse([]byte(providersYAML))
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
	c := &Catalogue{mx: map[string]string{}, domains: map[string]string{}, rollups: map[string]string{}}
	for _, e := range f.Providers {
		if err := c.add(e); err != nil {
			return nil, fmt.Errorf("provider %q: %w", e.Name, err)
		}
	}
	// Only now: the longer suffix of a later entry may take an example away.
	for _, e := range f.Providers {
		if err := c.checkExamples(e); err != nil {
			return nil, fmt.Errorf("provider %q: %w", e.Name, err)
		}
	}
	c.names = append(c.names, Other)
	return c, nil
}

// add checks an entry by itself and against those before it, and enters its
// names.
func (c *Catalogue) add(e entry) error {
	switch {
	case !namePattern.MatchString(e.Name):
		return errors.New("bad name: use 1 to 64 of a-z, 0-9 and _")
	case e.Name == Other:
		return errors.New("the name stands for all unknown providers: choose another")
	case slices.Contains(c.names, e.Name):
		return errors.New("two entries with this name: merge them")
	case e.Title == "" || e.Source == "":
		return errors.New("title or source missing: say who it is and where the facts come from")
	case len(e.MX)+len(e.Domains) == 0:
		return errors.New("neither mx nor domains: nothing can reach it")
	}
	c.names = append(c.names, e.Name)
	if err := claim(c.mx, suffixPattern, e.Name, e.MX); err != nil {
		return fmt.Errorf("mx: %w", err)
	}
	if err := claim(c.domains, suffixPattern, e.Name, e.Domains); err != nil {
		return fmt.Errorf("domains: %w", err)
	}
	if err := claim(c.rollups, rollupPattern, e.Name, e.Rollups); err != nil {
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

// checkExamples proves that an entry is reached by what it says reaches it.
func (c *Catalogue) checkExamples(e entry) error {
	if err := reach(c.ByMX, e.Name, e.MX, e.Examples.MX); err != nil {
		return fmt.Errorf("examples of mx: %w", err)
	}
	if err := reach(c.ByDomain, e.Name, e.Domains, e.Examples.Domains); err != nil {
		return fmt.Errorf("examples of domains: %w", err)
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
