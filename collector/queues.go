package collector

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// queueScraper reads /queues. The largest queues are shown one by one; all
// that PowerMTA returned is in the sums.
type queueScraper struct {
	providers atomic.Pointer[provider.Catalogue]
	maxSeries int
	watched   []string // domains
	shortlist *shortlist[queueKey]

	// One by one.
	recipients, bytes, connections *family
	backoff, paused                *family
	retry, lastErrorAge            *family

	sums *queueSumFamilies
}

// queueKey names a queue by its labels.
type queueKey struct{ domain, vmta, provider string }

func newQueueScraper(maxSeries, maxVMTAs int, providers *provider.Catalogue, watched []string) *queueScraper {
	labels := []string{"domain", "vmta", "provider"}
	limit := limitOfSizes(maxSeries, providers)
	s := &queueScraper{
		maxSeries: maxSeries,
		watched:   watched,
		shortlist: &shortlist[queueKey]{limit: maxSeries},
		recipients: gaugeBy(limit, "pmta_queue_recipients",
			"Recipients in the queue, from queue.rcp.", labels...),
		bytes: gaugeBy(limit, "pmta_queue_bytes",
			"Size of the queue, from queue.kb times 1024.", labels...),
		connections: gaugeBy(limit, "pmta_queue_connections",
			"Open outbound connections of the queue, from queue.conn.", labels...),
		backoff: gaugeBy(maxSeries, "pmta_queue_backoff",
			"Whether the queue is in backoff mode, from queue.mode.", labels...),
		paused: gaugeBy(maxSeries, "pmta_queue_paused",
			"Whether the queue is paused by command, from queue.paused.", labels...),
		retry: gaugeBy(maxSeries, "pmta_queue_retry_seconds",
			"Time to the next attempt, 0 when it is due, from queue.retryTime minus status.timeNow.", labels...),
		lastErrorAge: gaugeBy(maxSeries, "pmta_queue_last_error_age_seconds",
			"Time since the queue's newest error, from status.timeNow minus the time of queue.event.", labels...),
		sums: newQueueSumFamilies(len(providers.Names()), maxVMTAs),
	}
	s.providers.Store(providers)
	return s
}

// limitOfSizes is the ceiling of families of sizes: beside the queues that are
// shown, each provider has one row of "other".
func limitOfSizes(maxSeries int, providers *provider.Catalogue) int {
	return maxSeries + len(providers.Names())
}

func (s *queueScraper) name() string { return "queues" }

func (s *queueScraper) oneByOne() []*family {
	return []*family{s.recipients, s.bytes, s.connections, s.backoff, s.paused, s.retry, s.lastErrorAge}
}

func (s *queueScraper) families() []*family { return append(s.oneByOne(), s.sums.families()...) }

func (s *queueScraper) scrape(ctx context.Context, client *pmtaclient.Client, now time.Time) (*page, error) {
	queues, unwatched, err := readQueues(ctx, client, s.watched)
	if err != nil {
		return nil, err
	}
	p := s.page(queues, now)
	p.unwatched = unwatched
	return p, nil
}

// page tells the sums over all queues and the series of those shown.
func (s *queueScraper) page(queues *pmtaclient.Queues, now time.Time) *page {
	out := newSamples()
	catalogue := s.providers.Load() // one for the whole page
	sums := newQueueSums(now, len(catalogue.Names()))
	keys := make([]queueKey, len(queues.Queues))
	candidates := make([]candidate[queueKey], len(keys))
	providers := map[string]string{} // of domains, which come again with each VirtualMTA
	for i := range keys {
		q := &queues.Queues[i]
		provider, ok := providers[q.Domain]
		if !ok {
			provider = catalogue.Of(nil, nil, []byte(q.Domain))
			providers[q.Domain] = provider
		}
		keys[i] = queueKey{logscan.Label(q.Domain), logscan.Label(q.VMTA), provider}
		candidates[i] = candidate[queueKey]{key: keys[i], size: q.Recipients.Value}
		sums.add(keys[i], q)
	}
	s.sums.emit(sums, out)
	shown := s.shortlist.choose(candidates)
	rows := newTable[queueKey, queueRow]()
	for i := range keys {
		if shown[keys[i]] {
			row := rows.at(keys[i])
			row.addSizes(&queues.Queues[i])
			row.addState(&queues.Queues[i])
		} else {
			rows.at(queueKey{logscan.Other, logscan.Other, keys[i].provider}).addSizes(&queues.Queues[i])
		}
	}
	for i, key := range rows.keys {
		s.emitRow(key, &rows.rows[i], now, out)
	}
	for _, f := range s.oneByOne() {
		out.fold(f, max(0, len(keys)-len(shown)))
	}
	for _, f := range []*family{s.recipients, s.bytes, s.connections} {
		out.limits[f] = limitOfSizes(s.maxSeries, catalogue)
	}
	return &page{samples: out, answer: queues.Answer, waiting: waitingOf(queues.Queues, keys, sums), list: &listed{
		name: s.name(), list: &queues.List,
		items: len(keys), recipients: sums.recipients, shown: len(shown), duplicates: duplicates(candidates),
	}}
}

// queueRow is what one row of labels stands for: usually one queue, several
// where PowerMTA lists a name twice or their labels became equal, and all that
// are not shown, whose sizes alone mean something. Sizes add up; of the rest
// the most urgent stands.
type queueRow struct {
	recipients, bytes, conn number
	backoff, paused         number
	retry, lastError        time.Time
}

func (r *queueRow) addSizes(q *pmtaclient.Queue) {
	r.recipients = plus(r.recipients, q.Recipients)
	r.bytes = plus(r.bytes, bytesOf(q.KB))
	r.conn = plus(r.conn, q.Conn)
}

func (r *queueRow) addState(q *pmtaclient.Queue) {
	r.paused = either(r.paused, truth(q.Paused))
	if q.Mode != pmtaclient.ModeOther {
		r.backoff = either(r.backoff, number{Value: oneIf(q.Mode == pmtaclient.ModeBackoff), OK: true})
	}
	if r.retry.IsZero() || !q.Retry.IsZero() && q.Retry.Before(r.retry) {
		r.retry = q.Retry
	}
	if q.Newest.Time.After(r.lastError) {
		r.lastError = q.Newest.Time
	}
}

// either is 1 when one of two truths is.
func either(a, b number) number {
	return number{Value: max(a.Value, b.Value), OK: a.OK || b.OK}
}

func (s *queueScraper) emitRow(key queueKey, row *queueRow, now time.Time, out *samples) {
	labels := labelsOf(s.recipients, key.domain, key.vmta, key.provider)
	for _, figure := range []struct {
		family *family
		number number
	}{
		{s.recipients, row.recipients},
		{s.bytes, row.bytes},
		{s.connections, row.conn},
		{s.backoff, row.backoff},
		{s.paused, row.paused},
	} {
		if figure.number.OK {
			out.addRow(figure.family, figure.number.Value, labels)
		}
	}
	if now.IsZero() {
		return
	}
	if !row.retry.IsZero() {
		out.addRow(s.retry, max(0, row.retry.Sub(now).Seconds()), labels)
	}
	if !row.lastError.IsZero() {
		out.addRow(s.lastErrorAge, max(0, now.Sub(row.lastError).Seconds()), labels)
	}
}
