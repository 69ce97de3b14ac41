package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// report prints a line for each check and remembers whether one failed.
type report struct {
	w      io.Writer
	failed bool
}

func (r *report) ok(name, format string, args ...any) { r.line("ok", name, format, args...) }

// skip is for what cannot be told now, and is no failure.
func (r *report) skip(name, format string, args ...any) { r.line("skip", name, format, args...) }

func (r *report) fail(name, format string, args ...any) {
	r.failed = true
	r.line("FAIL", name, format, args...)
}

func (r *report) line(verdict, name, format string, args ...any) {
	fmt.Fprintf(r.w, "%-5s %s: %s\n", verdict, name, fmt.Sprintf(format, args...))
}

// check tries everything once, with the code that serves, and says what to
// change. It returns 1 when something must be.
func check(ctx context.Context, c *config, stdout io.Writer) int {
	r := &report{w: stdout}
	if p := checkConfiguration(r, c); p != nil {
		defer func() { _ = p.close() }() // the lock ends with the program anyway
		pages := &pageCheck{report: r, client: p.client, config: c}
		pages.run(ctx)
		checkZones(ctx, r, p.exporter)
		checkPlans(r, p.tables.plans, checkFiles(r, c.scan.Accounting))
		checkLogs(r, c.scan, p.tables.rules.LogEvents)
		checkState(r, c.scan.StateDirectory)
		if c.captureTo != "" {
			capturePages(ctx, r, c, p)
		}
	}
	if r.failed {
		return 1
	}
	return 0
}

// checkConfiguration builds what serving would build. Without that there is
// nothing else to check.
func checkConfiguration(r *report, c *config) *parts {
	checked := *c
	checked.scan.StateDirectory = "" // the running exporter holds its lock: see checkState
	t, err := checkConfigFile(r, c.file)
	var p *parts
	if err == nil {
		p, err = build(&checked, t, log.NewNopLogger())
	}
	if err != nil {
		r.fail("configuration", "%v", err)
		return nil
	}
	r.ok("configuration", "all flags are valid")
	return p
}

// checkConfigFile tells what the configuration file holds, if there is one. It
// returns what the rest is checked with: the embedded data alone where the file
// cannot be used.
func checkConfigFile(r *report, path string) (*tables, error) {
	t, err := readTables(path)
	switch {
	case err != nil:
		r.fail("config", "%v", err)
		return readTables("")
	case path != "":
		f := t.file
		r.ok("config", "%s has %d providers, %d bounce codes and %d categories, %d replies, %d sending domains, %d log events, %d source IPs, %d zones, %d warm-up plans", path,
			len(f.Providers), len(f.Bounces.Codes), len(f.Bounces.Categories), len(f.Replies), len(f.SenderDomains), len(f.LogEvents), len(f.SourceIPs), len(f.DNSBL.Zones), len(f.Warmup))
	}
	return t, nil
}

// checkZones tells whether the blocklists can be asked from here. Nothing is
// asked while their collector is off.
func checkZones(ctx context.Context, r *report, e *collector.Exporter) {
	for _, z := range e.TestZones(ctx) {
		if z.Usable {
			r.ok("blocklist "+z.Name, "passed its self-test; its terms: %s", z.Terms)
		} else {
			r.fail("blocklist "+z.Name, "%s: check --collector.dnsbl.server, and in %s who may ask", z.Problem, z.Terms)
		}
	}
}

// pageCheck asks PowerMTA for each page that is on.
type pageCheck struct {
	*report
	client *pmtaclient.Client
	config *config
}

func (p *pageCheck) run(ctx context.Context) {
	status, err := withTimeout(ctx, p.config, p.client.Status)
	if !p.reached(err) {
		p.skip("pages", "PowerMTA could not be asked")
		return
	}
	p.certificate(ctx)
	if err == nil {
		p.version(status)
	}
	for _, info := range collector.All() {
		if info.Page == pmtaclient.PageStatus || !slices.Contains(p.config.collector.Enabled, info.Name) || p.client.Offers(info.Page) != nil {
			continue
		}
		p.page(ctx, info.Page)
	}
	for _, domain := range p.config.collector.Watch {
		_, err := withTimeout(ctx, p.config, func(ctx context.Context) (*pmtaclient.Queues, error) { return p.client.QueuesOf(ctx, domain) })
		p.verdict("watched domain "+domain, err)
	}
}

// withTimeout asks for one page as long as a scrape would wait.
func withTimeout[D any](ctx context.Context, c *config, ask func(context.Context) (D, error)) (D, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return ask(ctx)
}

// certificate prints the fingerprint to pin, whether or not it is pinned.
func (p *pageCheck) certificate(ctx context.Context) {
	if !strings.HasPrefix(p.config.pmta.URI, "https://") {
		return
	}
	fingerprint, err := withTimeout(ctx, p.config, func(ctx context.Context) (string, error) {
		return pmtaclient.PresentedFingerprint(ctx, p.config.pmta)
	})
	switch {
	case err != nil:
		p.skip("certificate", "%v", err)
	case p.config.pmta.TLS.InsecureSkipVerify:
		p.fail("certificate", "it is not verified: set --pmta.tls.pin-sha256=%s instead of --pmta.tls.insecure-skip-verify", fingerprint)
	default:
		p.ok("certificate", "its fingerprint is %s (--pmta.tls.pin-sha256)", fingerprint)
	}
}

// reached tells by the status page whether PowerMTA can be asked at all.
func (p *pageCheck) reached(err error) bool {
	var e *pmtaclient.Error
	if err == nil {
		p.ok("reachable", "%s answers", p.config.pmta.URI)
		p.ok("access", "the status page may be read")
		return true
	}
	if !errors.As(err, &e) {
		p.fail("reachable", "%v", err)
		return false
	}
	switch e.Kind {
	case pmtaclient.KindUnreachable, pmtaclient.KindTimeout, pmtaclient.KindRedirected, pmtaclient.KindNotPMTA, pmtaclient.KindBadStatus:
		p.fail("reachable", "%v", err)
		return false
	case pmtaclient.KindCertificate:
		p.fail("certificate", "%v", err)
		return false
	case pmtaclient.KindForbidden:
		p.fail("access", "%v", err)
		return false
	}
	p.fail("status", "%v", err)
	return true
}

func (p *pageCheck) version(status *pmtaclient.Status) {
	if !status.Running() {
		p.fail("running", "PowerMTA calls itself %.40q: start it, or wait until it has started", status.State)
	}
	p.ok("version", "%.40q of %.40q on %.100q", status.Product.Version, status.Product.Name, status.Hostname)
	p.fields("status", status.Answer)
}

// fields says how well a page is understood.
func (p *pageCheck) fields(name string, a pmtaclient.Answer) {
	if a.Unknown+a.Unparsable > 0 {
		p.skip(name, "%d fields are not known and %d not readable; a capture would help: see check --help", a.Unknown, a.Unparsable)
	}
}

// page checks one page and, of a list, that it is whole.
func (p *pageCheck) page(ctx context.Context, page pmtaclient.Page) {
	summary, err := withTimeout(ctx, p.config, func(ctx context.Context) (pmtaclient.Summary, error) {
		return p.client.Summarize(ctx, page)
	})
	switch items := summary.Items.Value; {
	case err != nil || !summary.Items.OK:
		p.verdict(string(page), err)
	case float64(summary.Listed) < items:
		p.fail(string(page), "PowerMTA lists %d of %.0f: %s", summary.Listed, items, p.client.ListFix(int64(items)))
	default:
		p.ok(string(page), "all %d are listed", summary.Listed)
	}
	p.fields(string(page), summary.Answer)
}

func (p *pageCheck) verdict(name string, err error) {
	if err != nil {
		p.fail(name, "%v", err)
		return
	}
	p.ok(name, "can be read")
}
