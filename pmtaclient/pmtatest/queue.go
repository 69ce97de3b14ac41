package pmtatest

import (
	"slices"
	"time"
)

// queue is the mail of the model for one domain by way of one VirtualMTA.
type queue struct {
	dest  *destination
	vmta  *vmta
	rcpts []recipient
	conn  int

	paused   bool
	disabled bool // all sources are
	backoff  bool
	burst    int       // attempts since the queue came out of its last wait in backoff mode
	retry    time.Time // the queue rests until then
	next     time.Time // earliest time at which a recipient is due
	events   []Event   // newest first
}

// recipient is one address that still waits.
type recipient struct {
	*message
	due time.Time
}

// message is shared by its recipients.
type message struct {
	campaign *campaign
	size     int
	arrived  time.Time
	left     int // recipients still queued
}

func (q *queue) name() string { return q.dest.domain + "/" + q.vmta.name }

func (q *queue) add(r recipient) {
	if len(q.rcpts) == 0 || r.due.Before(q.next) {
		q.next = r.due
	}
	q.rcpts = append(q.rcpts, r)
}

func (q *queue) event(now time.Time, text string) {
	q.events = slices.Insert(q.events, 0, Event{Type: "error", Time: now, Text: text})
	q.events = q.events[:min(len(q.events), maxEvents)]
}

// forget drops what does not outlive a restart: everything but the mail.
func (q *queue) forget() {
	q.conn, q.burst, q.events = 0, 0, nil
	q.paused, q.disabled, q.backoff = false, false, false
	q.retry = time.Time{}
}

// rest keeps the queue from delivering for about d.
func (t *Traffic) rest(q *queue, d time.Duration) {
	jitter := 0.8 + 0.4*t.rng.Float64()
	q.retry = t.now.Add(time.Duration(float64(d) * jitter)).Truncate(time.Second)
	q.conn, q.burst = 0, 0
}

// run gives a queue its turn.
func (t *Traffic) run(q *queue) {
	t.intervene(q)
	q.conn = 0
	if len(q.rcpts) == 0 || q.paused || q.disabled || t.now.Before(q.retry) {
		return
	}
	q.retry = time.Time{}
	due, busy := q.count(t.now)
	if due > 0 && t.fail(q) {
		return
	}
	q.conn = min((busy+3)/4, 20, t.conns.Out.Max-t.conns.Out.Cur)
	if due > 0 {
		t.deliver(q)
	}
	if len(q.rcpts) == 0 {
		q.conn = 0 // the lists leave empty queues out
	}
	t.conns.Out.Cur += q.conn
}

// count returns how many recipients are due, and how many already hold a
// connection.
func (q *queue) count(now time.Time) (int, int) {
	var due, busy int
	for _, r := range q.rcpts {
		if !r.due.After(now) {
			due++
		}
		if !r.due.After(now.Add(lead)) {
			busy++
		}
	}
	return due, busy
}

// intervene does to a queue what administrators do, and ends backoff mode when
// its cause ends.
func (t *Traffic) intervene(q *queue) {
	wasDisabled, slow := q.disabled, false
	q.paused, q.disabled = false, false
	for _, e := range t.active {
		if !e.hits(q, e.Sender) {
			continue
		}
		switch e.Kind {
		case EffectPause:
			q.paused = true
		case EffectDisable:
			q.disabled = true
		case EffectBackoff:
			slow = true
		case EffectDelete:
			if t.live() < e.Start+tick {
				t.deleteShare(q, e.Value)
			}
		}
	}
	if q.disabled && !wasDisabled {
		q.event(t.now, "All SMTP sources for queue "+q.name()+" are now disabled.")
	}
	q.backoff = q.disabled || q.backoff && slow // backoff-upon-all-sources-disabled is on
}

// deliver tries the recipients that are due, as far as rate limits and backoff
// mode let it.
func (t *Traffic) deliver(q *queue) {
	const burstOfBackoff = 10
	kept := q.rcpts[:0]
	q.next = time.Time{}
	for _, r := range q.rcpts {
		stays := r.due.After(t.now) || t.now.Before(q.retry)
		if !stays && q.vmta.tokens < 1 {
			t.throttle(q)
			stays = true
		}
		if !stays {
			q.vmta.tokens--
			q.burst++
			stays = t.attempt(q, &r)
		}
		if q.backoff && q.burst >= burstOfBackoff {
			t.rest(q, backoffWait)
		}
		if stays {
			kept = append(kept, r)
			if q.next.IsZero() || r.due.Before(q.next) {
				q.next = r.due
			}
		}
	}
	clear(q.rcpts[len(kept):])
	q.rcpts = kept
}

// throttle makes the queue wait for its VirtualMTA's own rate limit.
func (t *Traffic) throttle(q *queue) {
	t.rest(q, limitWait)
	text := "message rate limit reached (based on max-msg-rate in configuration)"
	if t.rng.IntN(4) == 0 {
		text = "connect rate limit reached"
	}
	q.event(t.now, text)
}
