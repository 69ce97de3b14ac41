package collector

import (
	"context"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// queueScraper reads /queues. The largest queues are shown one by one; all
// that PowerMTA returned is in the sums.
type queueScraper struct {
	providers *provider.Catalogue
	shortlist *shortlist[queueKey]

	// One by one.
	recipients, bytes, connections *family
	backoff, paused                *family
	retry, lastErrorAge            *family

	sums *queueSumFamilies
}

// queueKey names a queue by its labels.
type queueKey struct{ domain, vmta, provider string }

func (k queueKey) labels() []string { return []string{k.domain, k.vmta, k.provider} }

func newQueueScraper(maxSeries, maxVMTAs int, providers *provider.Catalogue) *queueScraper {
	labels := []string{"domain", "vmta", "provider"}
	limit := maxSeries + len(providers.Names()) // one row of "other" for each provider
	return &queueScraper{
		providers: providers,
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
}

func (s *queueScraper) name() string { return "queues" }

func (s *queueScraper) families() []*family {
	return append([]*family{
		s.recipients, s.bytes, s.connections, s.backoff, s.paused, s.retry, s.lastErrorAge,
	}, s.sums.families()...)
}

func (s *queueScraper) scrape(ctx context.Context, client *pmtaclient.Client, now time.Time, e *emitter) (listed, error) {
	page, err := client.Queues(ctx)
	if err != nil {
		return listed{}, err
	}
	return s.emit(page, now, e), nil
}

// emit emits the sums over all queues and the series of those shown.
func (s *queueScraper) emit(page *pmtaclient.Queues, now time.Time, e *emitter) listed {
	keys := make([]queueKey, len(page.Queues))
	sums := newQueueSums(now)
	for i := range page.Queues {
		q := &page.Queues[i]
		keys[i] = queueKey{clean(q.Domain), clean(q.VMTA), s.providerOf(q.Domain)}
		sums.add(keys[i], q)
	}
	s.sums.emit(sums, e)
	shown := s.shortlist.choose(len(keys), func(i int) (queueKey, float64) {
		return keys[i], page.Queues[i].Recipients.Value
	})
	rows := map[queueKey]*queueRow{}
	folded := map[queueKey]*queueRow{}
	for i := range page.Queues {
		if shown[keys[i]] {
			addRow(rows, keys[i], &page.Queues[i])
		} else {
			addRow(folded, queueKey{otherValue, otherValue, keys[i].provider}, &page.Queues[i])
		}
	}
	for key, row := range rows {
		s.emitSizes(key, row, e)
		s.emitState(key, row, now, e)
	}
	for key, row := range folded {
		s.emitSizes(key, row, e)
	}
	return listed{
		name: s.name(), page: &page.List,
		items: len(page.Queues), recipients: sums.recipients, shown: len(rows),
	}
}

func (s *queueScraper) providerOf(domain string) string {
	name, ok := s.providers.ByDomain([]byte(domain))
	if !ok {
		return provider.Other
	}
	return name
}

// queueRow is what one row of labels stands for: usually one queue, several
// where PowerMTA lists a name twice or their labels became equal, and all that
// are not shown. Sizes add up; for the rest the most urgent stands.
type queueRow struct {
	recipients, kb, conn number
	backoff, paused      number
	retry, lastError     time.Time
}

func addRow(rows map[queueKey]*queueRow, key queueKey, q *pmtaclient.Queue) {
	row, ok := rows[key]
	if !ok {
		row = new(queueRow)
		rows[key] = row
	}
	row.recipients = plus(row.recipients, q.Recipients)
	row.kb = plus(row.kb, q.KB)
	row.conn = plus(row.conn, q.Conn)
	row.paused = either(row.paused, truth(q.Paused))
	if q.Mode != pmtaclient.ModeOther {
		row.backoff = either(row.backoff, number{Value: oneIf(q.Mode == pmtaclient.ModeBackoff), OK: true})
	}
	if row.retry.IsZero() || !q.Retry.IsZero() && q.Retry.Before(row.retry) {
		row.retry = q.Retry
	}
	if q.Newest.Time.After(row.lastError) {
		row.lastError = q.Newest.Time
	}
}

func (s *queueScraper) emitSizes(key queueKey, row *queueRow, e *emitter) {
	e.addNumber(s.recipients, row.recipients, key.labels()...)
	e.addNumber(s.bytes, bytesOf(row.kb), key.labels()...)
	e.addNumber(s.connections, row.conn, key.labels()...)
}

func (s *queueScraper) emitState(key queueKey, row *queueRow, now time.Time, e *emitter) {
	e.addNumber(s.backoff, row.backoff, key.labels()...)
	e.addNumber(s.paused, row.paused, key.labels()...)
	if now.IsZero() {
		return
	}
	if !row.retry.IsZero() {
		e.add(s.retry, max(0, row.retry.Sub(now).Seconds()), key.labels()...)
	}
	if !row.lastError.IsZero() {
		e.add(s.lastErrorAge, max(0, now.Sub(row.lastError).Seconds()), key.labels()...)
	}
}

// plus adds figures; what is missing adds nothing.
func plus(a, b number) number {
	return number{Value: a.Value + b.Value, OK: a.OK || b.OK}
}

// either is 1 when one of two truths is.
func either(a, b number) number {
	return number{Value: max(a.Value, b.Value), OK: a.OK || b.OK}
}
