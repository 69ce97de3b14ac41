package collector

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// window is the least time that an overview's results are of, once the exporter
// has run that long; the most is twice as much.
const window = 30 * time.Minute

// ProviderResults are results of recipients at one provider. What operators
// deleted is not among them.
type ProviderResults struct {
	Provider                     string
	Delivered, Hard, Block, Soft uint64
}

// Total is the number of results.
func (r ProviderResults) Total() uint64 { return r.Delivered + r.Hard + r.Block + r.Soft }

// LogEvents are how many lines of a text log told of an event.
type LogEvents struct {
	Log, Event string
	Lines      uint64
}

// lastScrape remembers the newest whole scrape. Of the counts it keeps the
// commit, which costs nothing until somebody looks, and of an earlier time only
// sums, so that results are those of the last while and not of all time.
type lastScrape struct {
	mu          sync.Mutex
	overview    Overview
	counted     *logscan.Snapshot
	older, next sums
}

// sums are what an overview shows of the counts at one time. Results are by
// provider and added up over VirtualMTAs.
type sums struct {
	at      time.Time
	results map[string]ProviderResults
	events  map[logscan.LogEventKey]uint64
}

// note remembers a scrape.
func (l *lastScrape) note(o Overview, counted *logscan.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.overview, l.counted = o, counted
	switch {
	case counted == nil:
	case l.next.at.IsZero():
		l.next = sumsOf(counted, o.At)
		l.older = l.next
		if began := counted.Accounting.Created; o.At.Sub(began) < window { // at 0
			l.older = sums{at: began}
		}
	case o.At.Sub(l.next.at) >= window:
		l.older, l.next = l.next, sumsOf(counted, o.At)
	}
}

func sumsOf(s *logscan.Snapshot, at time.Time) sums {
	all := sums{at, map[string]ProviderResults{}, map[logscan.LogEventKey]uint64{}}
	for row := range s.Outcomes.All() {
		sum := all.results[row.Key.Provider]
		switch row.Key.Outcome {
		case logscan.OutcomeDelivered:
			sum.Delivered += row.Value
		case logscan.OutcomeHardBounce:
			sum.Hard += row.Value
		case logscan.OutcomeBlockBounce:
			sum.Block += row.Value
		case logscan.OutcomeSoftBounce:
			sum.Soft += row.Value
		}
		all.results[row.Key.Provider] = sum
	}
	for row := range s.LogEvents.All() {
		all.events[row.Key] = row.Value
	}
	return all
}

// Overview tells of the last scrape that asked for all collectors. It asks
// nobody anything.
func (e *Exporter) Overview() Overview {
	l := &e.last
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.overview
	if l.counted == nil {
		return o
	}
	now := sumsOf(l.counted, o.At)
	o.Since, o.Counting, o.Logging = l.older.at, l.counted.Accounting.Followed, l.counted.Logs.Followed
	o.Results, o.Events = now.resultsSince(l.older), now.eventsSince(l.older)
	return o
}

// resultsSince returns the providers with the most results.
func (s sums) resultsSince(then sums) []ProviderResults {
	var all []ProviderResults
	for provider, r := range s.results {
		was := then.results[provider]
		r = ProviderResults{provider, r.Delivered - was.Delivered, r.Hard - was.Hard, r.Block - was.Block, r.Soft - was.Soft}
		if r.Total() > 0 {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b ProviderResults) int {
		return cmp.Or(cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Provider, b.Provider))
	})
	return all[:min(len(all), mostProviders)]
}

// eventsSince returns the events that most lines told of.
func (s sums) eventsSince(then sums) []LogEvents {
	var all []LogEvents
	for key, n := range s.events {
		if n -= then.events[key]; n > 0 {
			all = append(all, LogEvents{key.Log, string(key.Event), n})
		}
	}
	slices.SortFunc(all, func(a, b LogEvents) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Log, b.Log), cmp.Compare(a.Event, b.Event))
	})
	return all[:min(len(all), mostEvents)]
}
