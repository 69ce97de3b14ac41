// Package logscan follows PowerMTA's accounting files and text logs, and keeps
// the counts that come out of them.
//
// A Scanner finds the files, reads whole records or lines and adds them to a
// ledger.
// What the ledger holds is shown only as a Snapshot, which is made by a commit
// and never changes afterwards.
package logscan

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// From says where to begin with files that exist at the very first start.
type From string

// The places to begin.
const (
	FromEnd   From = "end"
	FromStart From = "start"
)

// Records shorter than the least limit are ordinary ones; a record as long as
// the greatest is held in memory whole.
const (
	leastRecordBytes    = 4 << 10
	greatestRecordBytes = 64 << 20
)

// Options says what a Scanner reads and how much it keeps. Every field but
// Accounting and Logs must be set.
type Options struct {
	// StateDirectory keeps counts and positions over restarts; empty for
	// counting from memory.
	StateDirectory string
	// MaxBackfillAge and MaxBackfillBytes bound what is caught up with after a
	// pause: files that did not change for longer, and the oldest bytes beyond
	// so many, are passed over and counted.
	MaxBackfillAge   time.Duration
	MaxBackfillBytes int64
	Accounting       []string // patterns of accounting files, as of filepath.Match
	Logs             []string // patterns of text logs, likewise
	From             From
	PollInterval     time.Duration // between two looks at the files
	MaxRecordBytes   int           // longer records are dropped and counted
	MaxSeries        int           // label sets of one family with VirtualMTAs or source addresses
	MaxSenderDomains int           // sending domains with series of their own
	Logger           log.Logger
	Rules            // at the start: see SetRules
}

// Validate reports the first option that cannot be used, by its flag where it
// has one.
func (o Options) Validate() error {
	for _, p := range o.patterns() {
		if _, err := filepath.Match(p.glob, ""); err != nil || p.glob == "" {
			return fmt.Errorf("--scan.%s %q: %w", p.source, p.glob, filepath.ErrBadPattern)
		}
		if p.source == textLog && slices.Contains(o.Accounting, p.glob) {
			return fmt.Errorf("--scan.log %q: it is given with --scan.accounting too: name each file for one of them", p.glob)
		}
	}
	if o.Logger == nil {
		return errors.New("a logger must be given")
	}
	if err := o.Rules.Validate(); err != nil {
		return err
	}
	return o.validateValues()
}

func (o Options) validateValues() error {
	least := leastSeries(o.Providers)
	switch {
	case o.From != FromEnd && o.From != FromStart:
		return fmt.Errorf("--scan.from is %q: must be %q or %q", o.From, FromEnd, FromStart)
	case o.MaxBackfillAge <= 0 || o.MaxBackfillBytes <= 0:
		return errors.New("--scan.max-backfill-age and --scan.max-backfill-bytes must be greater than 0")
	case o.PollInterval <= 0:
		return fmt.Errorf("--scan.poll-interval is %s: must be greater than 0", o.PollInterval)
	case o.MaxRecordBytes < leastRecordBytes || o.MaxRecordBytes > greatestRecordBytes:
		return fmt.Errorf("--scan.max-record-bytes is %d: must be from %d to %d", o.MaxRecordBytes, leastRecordBytes, greatestRecordBytes)
	case o.MaxSeries < least:
		return fmt.Errorf("--scan.max-series is %d: must be at least %d, twice the providers times the outcomes", o.MaxSeries, least)
	case o.MaxSenderDomains < 1:
		return fmt.Errorf("sender domain limit %d: must be at least 1", o.MaxSenderDomains)
	case len(o.SenderDomains) > o.MaxSenderDomains:
		return fmt.Errorf("%d sender domains: list at most %d", len(o.SenderDomains), o.MaxSenderDomains)
	}
	return nil
}

// leastSeries is the least ceiling: half of it is kept for Other, see family.
func leastSeries(providers *provider.Catalogue) int {
	return 2 * len(providers.Names()) * len(outcomes())
}
