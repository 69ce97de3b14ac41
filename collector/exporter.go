// Package collector turns what PowerMTA says and what its files hold into
// Prometheus metrics. Every metric name of the exporter is made here, in the
// file that is called like its source.
package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/collector/warmup"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// Options say what to collect.
type Options struct {
	Client    *pmtaclient.Client
	Providers *provider.Catalogue
	// Scanner holds the counts from accounting files; nil when none is read.
	Scanner *logscan.Scanner
	// Plans are those of VirtualMTAs that are warmed up: see SetPlans.
	Plans []warmup.Plan
	// Enabled names the collectors that are on: see All.
	Enabled []string
	// Most items with series of their own, by list.
	MaxQueues, MaxDomains, MaxVMTAs, MaxJobs int
	// Watch names domains whose queues are asked for beside the list.
	Watch []string
	// SourceIPs are addresses that mail leaves from, beside those that are found.
	SourceIPs []dnsbl.SourceIP
	// Zones and Lookups say which blocklists to ask and how, when DNSBL is among
	// Enabled.
	Zones   []dnsbl.Zone
	Lookups dnsbl.Options
	// Timeout bounds the reading of PowerMTA for one scrape.
	Timeout time.Duration
	Logger  log.Logger
}

// Validate says what to change in options that cannot work.
func (o Options) Validate() error {
	switch {
	case min(o.MaxQueues, o.MaxDomains, o.MaxVMTAs, o.MaxJobs) < 1:
		return errors.New("a list must be allowed at least one series of its own (--collector.NAME.max-series)")
	case o.Timeout < minTimeout:
		return fmt.Errorf("a timeout of %s is too short: give at least %s (--pmta.timeout)", o.Timeout, minTimeout)
	}
	for _, domain := range o.Watch {
		if err := pmtaclient.CheckDomain(domain); err != nil {
			return fmt.Errorf("--collector.queues.watch: %w", err)
		}
	}
	for _, info := range All() {
		if !slices.Contains(o.Enabled, info.Name) {
			continue
		}
		if err := o.Client.Offers(info.Page); err != nil {
			return fmt.Errorf("--collector.%s: %w", info.Name, err)
		}
	}
	return nil
}

// Exporter asks PowerMTA on each scrape. The status page is read first,
// because PowerMTA's clock comes from it; the others follow side by side. Each
// page is reported whole or not at all, and none hides another.
type Exporter struct {
	client   *pmtaclient.Client
	enabled  map[string]bool
	status   *statusPage
	scrapers []scraper
	queues   *queueScraper // of scrapers
	reload   *reloadFamilies
	lists    *listFamilies
	scan     *scanCollector // nil when no files are read
	dnsbl    *dnsblCollector
	health   *healthFamilies
	log      *stateLog
	last     lastScrape
	ceilings *ceilings
	families []*family // all that can be emitted
	byDesc   map[*prometheus.Desc]*family
	timeout  time.Duration
	flights  flights
}

// New returns an exporter for valid options.
func New(o Options) (*Exporter, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	queues := newQueueScraper(o.MaxQueues, o.MaxVMTAs, o.Providers, o.Watch)
	e := &Exporter{
		client: o.Client,
		status: newStatusPage(),
		scrapers: []scraper{
			queues,
			newDomainScraper(o.MaxDomains),
			newVMTAScraper(o.MaxVMTAs),
			newJobScraper(o.MaxJobs),
			newLicenseScraper(),
			newSourceScraper(),
		},
		queues:  queues,
		reload:  newReloadFamilies(),
		lists:   newListFamilies(),
		health:  newHealthFamilies(),
		log:     newStateLog(o.Logger, o.Client.ListFix),
		timeout: o.Timeout,
		enabled: map[string]bool{},
	}
	for _, name := range o.Enabled {
		e.enabled[name] = true
	}
	if o.Scanner != nil {
		e.enabled[accountingName] = true
		e.scan = newScanCollector(o.Scanner)
		e.SetPlans(o.Plans)
	}
	var err error
	if e.dnsbl, err = newDNSBLCollector(o, e.enabled[DNSBL]); err != nil {
		return nil, fmt.Errorf("--collector.dnsbl: %w", err)
	}
	e.families = e.allFamilies()
	e.ceilings = newCeilings(e.families)
	e.families = append(e.families, e.ceilings.families()...)
	e.byDesc = map[*prometheus.Desc]*family{}
	for _, f := range e.families {
		e.byDesc[f.desc] = f
	}
	return e, nil
}

// SetProviders names providers by another catalogue, from the next scrape on.
// The scanner has its own: see logscan.Scanner.SetRules.
func (e *Exporter) SetProviders(c *provider.Catalogue) { e.queues.providers.Store(c) }

// Close ends the scrapes that are under way.
func (e *Exporter) Close() { e.flights.close() }

// allFamilies lists what this exporter can emit, but for the ceilings.
func (e *Exporter) allFamilies() []*family {
	families := slices.Concat(e.health.families(), e.reload.families(), e.status.families(), e.lists.families(), e.dnsbl.families())
	for _, s := range e.scrapers {
		families = append(families, s.families()...)
	}
	if e.scan != nil {
		families = append(families, e.scan.families()...)
	}
	return families
}

// outcome is what came of one page, or why nothing did.
type outcome struct {
	name     string
	duration time.Duration
	page     *page
	err      error
}

// collect makes all samples of one scrape for the selected collectors.
func (e *Exporter) collect(ctx context.Context, selected map[string]bool) *samples {
	status, first := e.readStatus(ctx)
	now := time.Time{}
	if status != nil {
		now = status.Now
	}
	lists := e.readLists(ctx, selected, now)
	if !errors.Is(ctx.Err(), context.Canceled) { // by Close: what fails then is not PowerMTA's fault
		e.log.note(status, first, lists)
	}
	out := newSamples()
	out.add(e.health.up, oneIf(status != nil && status.Running()))
	out.add(e.health.insecure, oneIf(e.client.Insecure()))
	for _, o := range append([]*outcome{first}, lists...) {
		e.health.emit(o, out)
		if o.err == nil && selected[o.name] {
			out.merge(o.page.samples)
		}
	}
	e.reload.emit(out)
	counted := e.addAccounting(selected, out)
	e.addDNSBL(selected, out)
	e.ceilings.emit(out)
	if maps.Equal(selected, e.enabled) { // whole
		e.last.note(overviewOf(status, append(lists, first)), counted)
	}
	return out
}

// statusTime is how much of the time for all pages the status page may take:
// all but a quarter, or a second where that is less.
func statusTime(all time.Duration) time.Duration { return all - min(all/4, time.Second) }

// readStatus reads the status page; the status is nil when that failed. The
// page leaves a part of the time to the lists, which can be told without
// PowerMTA's clock, in case it hangs.
func (e *Exporter) readStatus(ctx context.Context) (*pmtaclient.Status, *outcome) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, statusTime(time.Until(deadline)))
		defer cancel()
	}
	var status *pmtaclient.Status
	o := attempt("status", func() (*page, error) {
		answer, err := e.client.Status(ctx)
		if err != nil {
			return nil, err
		}
		p := e.status.page(answer)
		status = answer
		return p, nil
	})
	return status, o
}

// readLists runs the selected scrapers side by side.
func (e *Exporter) readLists(ctx context.Context, selected map[string]bool, now time.Time) []*outcome {
	var outcomes []*outcome
	var side sync.WaitGroup
	for _, s := range e.scrapers {
		if !selected[s.name()] {
			continue
		}
		o := new(outcome)
		outcomes = append(outcomes, o)
		side.Go(func() {
			*o = *attempt(s.name(), func() (*page, error) { return e.readList(ctx, s, now) })
		})
	}
	side.Wait()
	return outcomes
}

func (e *Exporter) readList(ctx context.Context, s scraper, now time.Time) (*page, error) {
	p, err := s.scrape(ctx, e.client, now)
	if err != nil {
		return nil, err
	}
	if p.list != nil {
		e.lists.emit(p.list, p.samples)
	}
	return p, nil
}

// addAccounting adds what was counted from files, if there are any, and returns
// the commit that it is of.
func (e *Exporter) addAccounting(selected map[string]bool, out *samples) *logscan.Snapshot {
	if e.scan == nil || !selected[accountingName] {
		return nil
	}
	o := attempt(accountingName, e.scan.page)
	if o.err != nil {
		e.log.failed("Cannot show what was counted", accountingName, o.err)
		return nil
	}
	e.log.noteGaps(o.page.gaps)
	out.merge(o.page.samples)
	return o.page.counted
}

// attempt makes one page. A panic is a failure of this page alone; what it
// leaves behind is thrown away.
func attempt(name string, read func() (*page, error)) (o *outcome) {
	begin := time.Now()
	o = &outcome{name: name}
	defer func() {
		if r := recover(); r != nil {
			o.page, o.err = nil, &panicError{value: r, stack: debug.Stack()}
		}
		o.duration = time.Since(begin)
	}()
	o.page, o.err = read()
	return o
}

// panicError is a fault of our own. Its value and stack go into the log and
// nowhere else.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return "a fault of the exporter; its log tells more" }
