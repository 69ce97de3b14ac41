package dnsbl

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/yamlline"
)

//go:embed zones.yaml
var zonesYAML string

// MaxZones is the most blocklists.
const MaxZones = 32

// Rows is the form of zones.yaml.
type Rows struct {
	Zones []Row `yaml:"zones"`
}

// Row is a blocklist as it is written; the head of zones.yaml explains the
// keys. Rows of a user may stand in any YAML document.
type Row struct {
	Name   string   `yaml:"name"`
	Domain string   `yaml:"domain"`
	Terms  string   `yaml:"terms"`
	IPv6   bool     `yaml:"ipv6"`
	Listed []string `yaml:"listed"`
	Clean  []string `yaml:"clean"`

	line int // where it stands in its document
}

// UnmarshalYAML reads a row and notes where it stands.
func (r *Row) UnmarshalYAML(unmarshal func(any) error) error {
	r.line = yamlline.Of(unmarshal)
	type plain Row
	return unmarshal((*plain)(r))
}

// Zone is a blocklist that can be asked.
type Zone struct {
	Name, Terms string
	IPv6        bool

	domain        string // with its final dot; may hold a key
	listed, clean []netip.Prefix
}

// domainPattern is a name of at least two labels, as a blocklist or a host has.
var domainPattern = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// isDomain leaves room in a name of 255 bytes for an IPv6 address before a
// domain.
func isDomain(name string) bool { return len(name) <= 128 && domainPattern.MatchString(name) }

// Zones makes zones of the rows of a user, which replace the embedded ones; of
// these when there is no list.
func Zones(users []Row) ([]Zone, error) {
	if users == nil {
		var embedded Rows
		if err := yaml.UnmarshalStrict([]byte(zonesYAML), &embedded); err != nil {
			return nil, fmt.Errorf("parse blocklists: %w", err)
		}
		users = embedded.Zones
	}
	if len(users) < 1 || len(users) > MaxZones {
		return nil, fmt.Errorf("%d zones are listed: list 1 to %d, or leave the key out", len(users), MaxZones)
	}
	var zones []Zone
	names := map[string]bool{}
	for _, r := range users {
		z, err := r.zone()
		if err == nil && names[r.Name] {
			err = errors.New("listed twice: leave one out")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: zone %q: %w", r.line, r.Name, err)
		}
		names[r.Name] = true
		zones = append(zones, z)
	}
	return zones, nil
}

// zone checks a row. Its errors do not tell the domain, which may hold a key.
func (r Row) zone() (Zone, error) {
	z := Zone{Name: r.Name, Terms: r.Terms, IPv6: r.IPv6, domain: r.Name + "."}
	if r.Domain != "" {
		z.domain = strings.ToLower(strings.TrimSuffix(r.Domain, ".")) + "."
	}
	switch {
	case !isDomain(r.Name):
		return z, errors.New("bad name: write the list's zone in lower case, like bl.example.org")
	case !isDomain(strings.TrimSuffix(z.domain, ".")):
		return z, errors.New("bad domain: write a name like key.bl.example.org, of at most 128 bytes")
	case !strings.HasPrefix(r.Terms, "https://") && !strings.HasPrefix(r.Terms, "http://"):
		return z, errors.New("terms missing: link the page that says who may ask the list")
	}
	var err error
	if z.listed, err = prefixes("listed", r.Listed); err != nil {
		return z, err
	}
	if z.clean, err = prefixes("clean", r.Clean); err != nil {
		return z, err
	}
	return z, z.checkAnswers()
}

// checkAnswers makes sure that no answer has two meanings.
func (z *Zone) checkAnswers() error {
	for _, l := range z.listed {
		for _, c := range z.clean {
			if l.Overlaps(c) {
				return fmt.Errorf("%s is listed and %s is clean: each answer may mean one thing", l, c)
			}
		}
	}
	return nil
}

// prefixes reads addresses and prefixes that a blocklist may answer.
func prefixes(key string, texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if a, bare := netip.ParseAddr(text); bare == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || !answers().Contains(p.Addr()) || p.Bits() < answers().Bits() {
			return nil, fmt.Errorf("%s: bad answer %q: write an address or a prefix within %s", key, text, answers())
		}
		all = append(all, p.Masked())
	}
	return all, nil
}
