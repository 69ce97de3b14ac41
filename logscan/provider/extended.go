package provider

import (
	"fmt"
	"maps"
	"slices"
)

// maxProviders bounds the label that the catalogue gives, and with it all
// families that have it.
const maxProviders = 250

// Default returns the embedded catalogue. It parses on each call: ask once and
// keep the answer.
func Default() (*Catalogue, error) { return Extended(nil) }

// Extended returns the embedded catalogue with rows of a user, to which belongs
// what both list. A row with the name of an embedded provider extends it. The
// checks are those of Parse, but for the examples of the embedded rows, which a
// user's row may take away.
func Extended(users []Row) (*Catalogue, error) {
	c, err := Parse([]byte(providersYAML))
	if err != nil {
		return nil, err
	}
	own, err := index(users, c.names)
	if err != nil {
		return nil, err
	}
	c.overlay(own)
	if len(c.names) > maxProviders {
		return nil, fmt.Errorf("%d providers: list fewer, so that all are at most %d", len(c.names), maxProviders)
	}
	if err := c.checkExamples(users); err != nil {
		return nil, err
	}
	return c, nil
}

// overlay takes over what another catalogue has. New names go before Other.
func (c *Catalogue) overlay(own *Catalogue) {
	for _, name := range own.names {
		if !slices.Contains(c.names, name) {
			c.names = slices.Insert(c.names, len(c.names)-1, name)
		}
	}
	maps.Copy(c.mx, own.mx)
	maps.Copy(c.domains, own.domains)
	maps.Copy(c.rollups, own.rollups)
}
