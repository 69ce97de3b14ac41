// Package collector turns what PowerMTA says and what its files hold into
// Prometheus metrics. Every metric name of the exporter is made here, in the
// file that is called like its source.
package collector

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

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
	// Enabled names the collectors that are on: see All.
	Enabled []string
	// Most items with series of their own, by list.
	MaxQueues, MaxDomains, MaxVMTAs, MaxJobs int
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
	return nil
}

// Exporter asks PowerMTA on each scrape. The status page is read first,
// because PowerMTA's clock comes from it; the lists follow side by side. Each
// page is reported whole or not at all, and none hides another.
type Exporter struct {
	client   *pmtaclient.Client
	enabled  map[string]bool
	status   *statusPage
	scrapers []scraper
	lists    *listFamilies
	scan     *scanCollector // nil when no files are read
	health   *healthFamilies
	log      *stateLog
	ceilings *ceilings
	families []*family // all that can be emitted
	timeout  time.Duration
	flights  flights
}

// New returns an exporter for valid options.
func New(o Options) (*Exporter, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	e := &Exporter{
		client: o.Client,
		status: newStatusPage(),
		scrapers: []scraper{
			newQueueScraper(o.MaxQueues, o.MaxVMTAs, o.Providers),
			newDomainScraper(o.MaxDomains),
			newVMTAScraper(o.MaxVMTAs),
			newJobScraper(o.MaxJobs),
		},
		lists:   newListFamilies(),
		health:  newHealthFamilies(),
		log:     newStateLog(o.Logger),
		timeout: o.Timeout,
		enabled: map[string]bool{},
	}
	for _, name := range o.Enabled {
		e.enabled[name] = true
	}
	if o.Scanner != nil {
		e.enabled[accountingName] = true
		e.scan = newScanCollector(o.Scanner, len(o.Providers.Names()))
	}
	e.families = e.allFamilies()
	e.ceilings = newCeilings(e.families)
	e.families = append(e.families, e.ceilings.families()...)
	return e, nil
}

// Close ends the scrapes that are under way.
func (e *Exporter) Close() { e.flights.close() }

// allFamilies lists what this exporter can emit, but for the ceilings.
func (e *Exporter) allFamilies() []*family {
	families := slices.Concat(e.health.families(), e.status.families(), e.lists.families())
	for _, s := range e.scrapers {
		families = append(families, s.families()...)
	}
	if e.scan != nil {
		families = append(families, e.scan.families()...)
	}
	return families
}

// outcome is what came of one page.
type outcome struct {
	name     string
	duration time.Duration
	answer   pmtaclient.Answer
	list     *listed // nil for the status page
	err      error
}

// collect makes all samples of one scrape for the selected collectors.
func (e *Exporter) collect(ctx context.Context, selected map[string]bool) *emitter {
	out := newEmitter()
	status, first := e.readStatus(ctx)
	var now time.Time
	if status != nil {
		now = status.Now
		if selected["status"] {
			e.status.emit(status, out)
		}
	}
	e.health.emitUp(status, out)
	e.log.noteStatus(status, first.err)

	var lists []scraper
	for _, s := range e.scrapers {
		if selected[s.name()] {
			lists = append(lists, s)
		}
	}
	results := make([]outcome, len(lists))
	emitters := make([]*emitter, len(lists))
	var side sync.WaitGroup
	for i, s := range lists {
		side.Go(func() { results[i], emitters[i] = e.readList(ctx, s, now) })
	}
	side.Wait()
	for i, o := range results {
		out.merge(emitters[i])
		e.log.noteList(o, first.err)
	}
	for _, o := range append([]outcome{first}, results...) {
		e.health.emit(o, out)
	}
	if e.scan != nil && selected[accountingName] {
		e.scan.emit(out)
	}
	e.ceilings.emit(out)
	return out
}

// readStatus reads the status page; the status is nil when that failed.
func (e *Exporter) readStatus(ctx context.Context) (*pmtaclient.Status, outcome) {
	begin := time.Now()
	status, err := e.client.Status(ctx)
	o := outcome{name: "status", duration: time.Since(begin), err: err}
	if err == nil {
		o.answer = status.Answer
	}
	return status, o
}

// readList runs one scraper. What a panic leaves behind is thrown away.
func (e *Exporter) readList(ctx context.Context, s scraper, now time.Time) (o outcome, out *emitter) {
	begin := time.Now()
	out = newEmitter()
	defer func() {
		if r := recover(); r != nil {
			o = outcome{name: s.name(), err: &panicError{value: r, stack: debug.Stack()}}
			out = newEmitter()
		}
		o.duration = time.Since(begin)
	}()
	list, err := s.scrape(ctx, e.client, now, out)
	if err != nil {
		return outcome{name: s.name(), err: err}, newEmitter()
	}
	e.lists.emit(list, out)
	return outcome{name: s.name(), answer: list.page.Answer, list: &list}, out
}

// panicError is a fault of our own. Its stack goes into the log and nowhere
// else.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// scrapeResult lets a registry gather the samples of one scrape.
type scrapeResult struct {
	families []*family
	metrics  []prometheus.Metric
}

// Describe implements prometheus.Collector.
func (r scrapeResult) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range r.families {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (r scrapeResult) Collect(ch chan<- prometheus.Metric) {
	for _, m := range r.metrics {
		ch <- m
	}
}
