package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// capturePages saves each page that is on, sanitized, for a bug report.
func capturePages(ctx context.Context, r *report, c *config, p *parts) {
	providers, err := provider.Default() // the rows of --config.file may tell who the user is
	if err == nil {
		err = os.MkdirAll(c.captureTo, 0o700)
	}
	if err != nil {
		r.fail("capture", "%v", err)
		return
	}
	s := newSanitizer(providers)
	for _, info := range collector.All() {
		if p.client.Offers(info.Page) != nil {
			continue
		}
		page, err := withTimeout(ctx, c, func(ctx context.Context) ([]byte, error) { return p.client.Raw(ctx, info.Page) })
		if err != nil {
			r.skip("capture", "%v", err)
			continue
		}
		file := filepath.Join(c.captureTo, strings.ReplaceAll(string(info.Page), " ", "-")+"."+string(c.pmta.Format))
		if err := os.WriteFile(file, []byte(s.sanitize(string(page))), 0o600); err != nil {
			r.fail("capture", "%v", err)
			return
		}
		r.ok("capture", "wrote %s; read it before you send it", file)
	}
}

// sanitizer replaces names and addresses, the same one always by the same
// stand-in, so that what belongs together can still be seen. It works on the
// text of an answer as it is, because a capture must show PowerMTA's form and
// not ours:
//
//   - values of elements that hold names (see private) are replaced as a whole,
//     queue names in both of their parts;
//   - wherever they stand, and so in the texts that remote servers wrote, what
//     looks like an address, a host, an IP address or an identifier is replaced.
//
// Domains of known providers stay, as do times and figures.
type sanitizer struct {
	providers *provider.Catalogue
	standIns  map[string]string // by kind and name
	known     map[string]string // stand-ins of names of VirtualMTAs and jobs
	counts    map[string]int    // by kind
}

func newSanitizer(providers *provider.Catalogue) *sanitizer {
	return &sanitizer{providers: providers, standIns: map[string]string{}, known: map[string]string{}, counts: map[string]int{}}
}

// private are the elements whose values are names, whatever they look like.
const private = "name|id|fullHostName|userString|hostId|licensee|serial|comment"

// The values of private elements in each form, with what stands before and
// behind them.
var (
	inXML  = regexp.MustCompile(`(<(?:` + private + `)>)([^<]*)(</)`)
	inJSON = regexp.MustCompile(`("(?:` + private + `)"\s*:\s*"?)((?:[^"\\,}]|\\.)+)(["\s,}])`)
	inDOM  = regexp.MustCompile(`(?m)(^(?:[^="]*\.)?(?:` + private + `)=")(.+)("\r?$)`)
	// Text as a value of JSON.
	inQuotedText = regexp.MustCompile(`((?:\\n|")[ ]*(?:` + private + `): *)([^"\\]+)()`)
	inText       = regexp.MustCompile(`(?m)(^ *(?:` + private + `): *)(.+)($)`)
)

// escape is one of JSON, which is no part of what follows it.
const escape = `\\(?:u[0-9A-Fa-f]{4}|.)|`

// What is private wherever it stands.
var (
	anAddress    = regexp.MustCompile(escape + `[\w.+=-]+@(?:[\w-]+\.)+\p{L}{2,}\b`)
	anIP         = regexp.MustCompile(escape + `\d{1,3}(?:\.\d{1,3}){3}\b|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*`)
	aHost        = regexp.MustCompile(escape + `(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)+(?:\p{L}{2,}|xn--[\w-]+)\b`)
	anIdentifier = regexp.MustCompile(escape + `[A-Za-z_-]*\d[\w-]{10,}\b`)
)

func (s *sanitizer) sanitize(page string) string {
	for _, form := range []*regexp.Regexp{inXML, inJSON, inDOM, inQuotedText, inText} {
		page = form.ReplaceAllStringFunc(page, func(found string) string {
			parts := form.FindStringSubmatch(found)
			return parts[1] + s.name(parts[2]) + parts[3]
		})
	}
	for _, p := range []struct {
		kind    string
		pattern *regexp.Regexp
	}{{"user", anAddress}, {"ip", anIP}, {"host", aHost}, {"id", anIdentifier}} {
		page = p.pattern.ReplaceAllStringFunc(page, func(found string) string { return s.standIn(p.kind, found) })
	}
	return s.names(page)
}

// shortestName is how long a name must be to be looked for in other texts:
// shorter ones may be any word.
const shortestName = 4

// names replaces names of VirtualMTAs and jobs that were met so far where they
// stand in a text, and not as an element or a whole value.
func (s *sanitizer) names(page string) string {
	for name, made := range s.known {
		if len(name) < shortestName || !strings.Contains(page, name) {
			continue
		}
		within := regexp.MustCompile(`([\s'(\[,:;=/\\])` + regexp.QuoteMeta(name) + `\b`)
		page = within.ReplaceAllStringFunc(page, func(found string) string { return found[:len(found)-len(name)] + made })
	}
	return page
}

// notPrivate are the values of name elements that tell what runs.
var notPrivate = regexp.MustCompile(`^(PowerMTA|Linux|Windows.*|\d)$`)

// name replaces the value of a private element: a queue, a host, or any other
// name, such as that of a VirtualMTA or a job.
func (s *sanitizer) name(value string) string {
	domain, vmta, isQueue := strings.Cut(value, "/")
	switch {
	case notPrivate.MatchString(value):
		return value
	case isQueue:
		s.known[vmta] = s.standIn("vmta", vmta)
		return s.standIn("host", domain) + "/" + s.known[vmta]
	case aHost.FindString(value) == value || strings.HasSuffix(value, ".rollup"):
		return s.standIn("host", value)
	}
	s.known[value] = s.standIn("vmta", value)
	return s.known[value]
}

// standIn returns what replaces a name of a kind.
func (s *sanitizer) standIn(kind, name string) string {
	if s.isPublic(kind, name) || strings.HasPrefix(name, `\`) {
		return name
	}
	key := kind + " " + strings.ToLower(name)
	if known, ok := s.standIns[key]; ok {
		return known
	}
	s.counts[kind]++
	n := s.counts[kind]
	made := fmt.Sprintf("%s%d", kind, n)
	switch kind {
	case "user":
		made = fmt.Sprintf("user%d@example.com", n)
	case "host":
		made = fmt.Sprintf("host%d.example", n)
	case "ip":
		made = testAddress(name, n)
	}
	s.standIns[key] = made
	return made
}

// isPublic tells the names that say nothing about whoever runs this server.
func (s *sanitizer) isPublic(kind, name string) bool {
	lower := strings.ToLower(name)
	switch kind {
	case "ip":
		_, err := netip.ParseAddr(name)
		return err != nil // a time of day, for one
	case "vmta":
		return name == "" || name == "*" || name == "{default}"
	case "host":
		return name == "*" || strings.HasSuffix(lower, ".example") || strings.HasSuffix(lower, "example.com") ||
			strings.HasSuffix(lower, ".rollup") || s.providers.Of(nil, nil, []byte(lower)) != provider.Other || s.providers.Of([]byte(lower), nil, nil) != provider.Other
	case "user":
		return strings.HasSuffix(lower, "@example.com")
	}
	return false
}

// testAddress counts through networks that are kept for documentation and
// tests (RFC 5737, RFC 2544, RFC 3849).
func testAddress(name string, n int) string {
	if address, err := netip.ParseAddr(name); err == nil && address.Is6() {
		return fmt.Sprintf("2001:db8::%x", n)
	}
	if n < 255 {
		return fmt.Sprintf("192.0.2.%d", n)
	}
	return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
}
