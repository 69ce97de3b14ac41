package collector

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// readQueues reads the list of queues and, side by side, those of each watched
// domain, which a list that is cut may lack. A watched domain that cannot be
// read costs nothing else: over HTTP its form of question is not documented,
// and PowerMTA may refuse it. Those failures are returned beside the queues.
func readQueues(ctx context.Context, client *pmtaclient.Client, watched []string) (*pmtaclient.Queues, error, error) {
	var side sync.WaitGroup
	lists := make([]*pmtaclient.Queues, len(watched))
	failures := make([]error, len(watched))
	for i, domain := range watched {
		side.Go(func() {
			lists[i], failures[i] = client.QueuesOf(ctx, domain)
			if failures[i] != nil {
				failures[i] = fmt.Errorf("watched domain %s: %w", domain, failures[i])
			}
		})
	}
	queues, err := client.Queues(ctx)
	side.Wait()
	if err != nil {
		return nil, nil, err
	}
	addMissing(queues, lists)
	return queues, errors.Join(failures...), nil
}

// addMissing adds the queues that the main list does not have. PowerMTA's
// totals stay: they cover all queues, listed or not.
func addMissing(queues *pmtaclient.Queues, lists []*pmtaclient.Queues) {
	type name struct{ domain, vmta string }
	known := map[name]bool{}
	if len(lists) > 0 {
		for i := range queues.Queues {
			known[name{queues.Queues[i].Domain, queues.Queues[i].VMTA}] = true
		}
	}
	for _, list := range lists {
		if list == nil {
			continue
		}
		queues.Bytes += list.Bytes
		queues.Unknown += list.Unknown
		queues.Unparsable += list.Unparsable
		for _, q := range list.Queues {
			if !known[name{q.Domain, q.VMTA}] {
				known[name{q.Domain, q.VMTA}] = true
				queues.Queues = append(queues.Queues, q)
			}
		}
	}
}
