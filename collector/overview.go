package collector

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// The most rows that an overview has.
const (
	mostQueues    = 10
	mostProviders = 10
)

// resultsWindow is the least time that an overview's results are of, once the
// exporter has run that long; the most is twice as much.
const resultsWindow = 30 * time.Minute

// Overview is what the last whole scrape found, in a few figures for a person
// to read. What PowerMTA did not tell is missing, or has OK false.
type Overview struct {
	At       time.Time          // the scrape's end; zero before the first
	Running  bool               // as pmta_up says
	Status   *pmtaclient.Status // nil when it could not be read
	Failed   []string           // collectors whose page could not be read
	Backlog  []Amount           // recipients by delivery type
	States   []Amount           // recipients by the state of their queue
	Queues   []WaitingQueue     // those with the most recipients
	Counting bool               // files are read
	Since    time.Time          // results are of the time from then on
	Results  []ProviderResults  // of the providers with the most
}

// Amount is a named number.
type Amount struct {
	Name  string
	Value float64
}

// WaitingQueue is a queue with mail and no open connection.
type WaitingQueue struct {
	Domain, VMTA, Provider, Cause string
	Recipients                    float64
	Backoff                       bool
}

// ProviderResults are results of recipients at one provider. What operators
// deleted is not among them.
type ProviderResults struct {
	Provider               string
	Delivered, Hard, Block uint64
	Soft                   uint64
}

// Total is the number of results.
func (r ProviderResults) Total() uint64 { return r.Delivered + r.Hard + r.Block + r.Soft }

// lastScrape remembers the newest whole scrape. Of the counts it keeps the
// commit, which costs nothing until somebody looks, and of an earlier time only
// the sums by provider, so that results are those of the last while and not of
// all time.
type lastScrape struct {
	mu          sync.Mutex
	overview    Overview
	counted     *logscan.Snapshot
	older, next results
}

// results are sums over VirtualMTAs at one time.
type results struct {
	at     time.Time
	counts map[string]*ProviderResults
}

// note remembers a scrape.
func (l *lastScrape) note(o Overview, counted *logscan.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.overview, l.counted = o, counted
	switch {
	case counted == nil:
	case l.next.at.IsZero():
		l.next = results{o.At, resultsOf(counted)}
		l.older = l.next
	case o.At.Sub(l.next.at) >= resultsWindow:
		l.older, l.next = l.next, results{o.At, resultsOf(counted)}
	}
}

func resultsOf(s *logscan.Snapshot) map[string]*ProviderResults {
	sums := map[string]*ProviderResults{}
	for row := range s.Outcomes.All() {
		sum := sums[row.Key.Provider]
		if sum == nil {
			sum = &ProviderResults{Provider: row.Key.Provider}
			sums[row.Key.Provider] = sum
		}
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
	}
	return sums
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
	o.Counting, o.Since = true, l.older.at
	for provider, now := range resultsOf(l.counted) {
		if then := l.older.counts[provider]; then != nil {
			now.Delivered -= then.Delivered
			now.Hard -= then.Hard
			now.Block -= then.Block
			now.Soft -= then.Soft
		}
		if now.Total() > 0 {
			o.Results = append(o.Results, *now)
		}
	}
	slices.SortFunc(o.Results, func(a, b ProviderResults) int {
		return cmp.Or(cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Provider, b.Provider))
	})
	o.Results = o.Results[:min(len(o.Results), mostProviders)]
	return o
}

// overviewOf gathers the figures of a scrape.
func overviewOf(status *pmtaclient.Status, outcomes []*outcome) Overview {
	o := Overview{At: time.Now(), Running: status != nil && status.Running(), Status: status}
	for _, outcome := range outcomes {
		switch {
		case outcome.err != nil:
			o.Failed = append(o.Failed, outcome.name)
		case outcome.page.waiting != nil:
			o.States, o.Queues = outcome.page.waiting.states, outcome.page.waiting.largest
		}
	}
	if status != nil {
		for _, b := range status.Backlogs {
			if b.Recipients.OK {
				o.Backlog = append(o.Backlog, Amount{logscan.Label(b.Delivery), b.Recipients.Value})
			}
		}
	}
	return o
}

// waiting is what an overview says of the queues.
type waiting struct {
	states  []Amount
	largest []WaitingQueue
}

// waitingOf finds the largest queues that wait, and adds up the states. Few of
// many queues are wanted, so they are kept in order as they come.
func waitingOf(queues []pmtaclient.Queue, keys []queueKey, sums *queueSums) *waiting {
	w := &waiting{states: sums.states()}
	for i := range queues {
		q := &queues[i]
		n := q.Recipients.Value
		if n == 0 || !q.Conn.OK || q.Conn.Value > 0 || len(w.largest) == mostQueues && n <= w.largest[mostQueues-1].Recipients {
			continue
		}
		place, _ := slices.BinarySearchFunc(w.largest, n, func(other WaitingQueue, n float64) int {
			if other.Recipients >= n {
				return -1
			}
			return 1
		})
		w.largest = slices.Insert(w.largest, place, WaitingQueue{
			Domain: keys[i].domain, VMTA: keys[i].vmta, Provider: keys[i].provider,
			Cause: string(q.WaitsFor()), Recipients: n, Backoff: q.Mode == pmtaclient.ModeBackoff,
		})
		w.largest = w.largest[:min(len(w.largest), mostQueues)]
	}
	return w
}

// states adds up the recipients by the state of their queue; there are none
// without PowerMTA's clock.
func (s *queueSums) states() []Amount {
	var amounts []Amount
	for i, state := range pmtaclient.States() {
		sum := number{}
		for j := range s.pairs.rows {
			sum = plus(sum, s.pairs.rows[j].byState[i])
		}
		if sum.OK {
			amounts = append(amounts, Amount{string(state), sum.Value})
		}
	}
	return amounts
}
