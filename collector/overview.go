package collector

import (
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// The most rows that an overview has.
const (
	mostQueues    = 10
	mostProviders = 10
	mostEvents    = 10
)

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
	Counting bool               // accounting files are read
	Logging  bool               // text logs are read
	Since    time.Time          // results and events are of the time from then on
	Results  []ProviderResults  // of the providers with the most
	Events   []LogEvents        // that lines of text logs told of, most first
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
