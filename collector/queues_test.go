package collector

import (
	"maps"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// TestMergedQueuesShowTheEarliestRetry: PowerMTA lists a name several times, in
// any order, and one without a retry time takes nothing from the others.
func TestMergedQueuesShowTheEarliestRetry(t *testing.T) {
	in := func(minutes ...time.Duration) *pmtaclient.Queues {
		queues := &pmtaclient.Queues{}
		for _, m := range minutes {
			q := pmtaclient.Queue{Domain: "a.example", VMTA: "v"}
			if m != 0 {
				q.Retry = noon().Add(m * time.Minute)
			}
			queues.Queues = append(queues.Queues, q)
		}
		return queues
	}
	for _, queues := range []*pmtaclient.Queues{in(5, 9, 2, 7), in(2, 9), in(9, 2), in(0, 2), in(2, 0, 3)} {
		s := newQueueScraper(10, 10, catalogue(t), nil)
		got := values(t, s.page(queues, noon()).samples, s.retry)
		if want := map[string]float64{"domain=a.example provider=other vmta=v ": 120}; !maps.Equal(got, want) {
			t.Errorf("%s is %v, want %v", s.retry.name, got, want)
		}
	}
}
