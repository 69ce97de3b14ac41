package pmtatest

import (
	"fmt"
	"strings"
	"time"
)

// attempt tries one recipient and reports whether it stays in the queue.
func (t *Traffic) attempt(q *queue, r *recipient) bool {
	if t.isOld(q, *r) {
		t.bounce(q, *r, expired())
		return false
	}
	if q.dest.trouble == troubleGone {
		q.event(t.now, "domain doesn't exist")
		t.bounce(q, *r, noSuchDomain())
		return false
	}
	answer, refused := t.draw(q, r.campaign.sender)
	switch {
	case !refused:
		t.delivered(q, *r)
	case answer.class != "":
		t.refused(q, answer)
		t.bounce(q, *r, answer)
	default:
		t.refused(q, answer)
		t.defers(q, *r, answer)
		r.due = t.now.Add(retryAfter)
		return true
	}
	return false
}

// draw chooses what the receiving server answers; false means that it takes the
// mail.
func (t *Traffic) draw(q *queue, sender string) (reply, bool) {
	odds := q.dest.provider.odds
	for _, e := range t.active {
		if f, ok := e.Kind.fate(); ok && e.hits(q, sender) {
			odds[f] = e.Value
		}
	}
	x := t.rng.Float64()
	for f, chance := range odds {
		if x -= chance; x < 0 {
			answers := q.dest.provider.replies[f]
			return answers[t.rng.IntN(len(answers))], true
		}
	}
	return reply{}, false
}

// refused notes a refusal on the queue: a 421 makes PowerMTA skip the host, and
// a pattern may start backoff mode.
func (t *Traffic) refused(q *queue, answer reply) {
	if strings.HasPrefix(answer.text, "421") {
		q.event(t.now, skipOfMX(q, q.fill(answer.text)))
	}
	blamed := answer.class == "" || answer.class == ClassBlock
	if _, ok := t.effectOn(EffectBackoff, q); ok && blamed && !q.backoff {
		q.backoff, q.burst = true, 0
	}
}

func skipOfMX(q *queue, text string) string {
	return fmt.Sprintf(`skip of MX requested: "%s" received from %s while connected from %s to %[2]s`,
		text, q.dest.host, q.vmta.source)
}

// queueError is a failure of a whole queue.
type queueError struct {
	cause  Cause
	reason Reason // of its reply
	status string
	diag   string
	event  string
	local  bool // no host was reached or tried
}

// fail lets a whole queue fail, if its turn has come, and reports whether it did.
func (t *Traffic) fail(q *queue) bool {
	failure := t.failure(q)
	if failure.status == "" {
		return false
	}
	t.queueFailed(q, failure)
	q.event(t.now, failure.event)
	t.expire(q)
	t.rest(q, queueRetry)
	return true
}

// failure says how the queue fails now; mostly it does not.
func (t *Traffic) failure(q *queue) queueError {
	switch q.dest.trouble {
	case troubleTimeout:
		return queueError{cause: CauseConnection, status: "4.4.1", event: "ETIMEDOUT connecting to " + q.dest.host}
	case troubleRefused:
		return queueError{cause: CauseConnection, status: "4.4.1", event: "ECONNREFUSED connecting to " + q.dest.host}
	case troubleDNS:
		return queueError{cause: CauseDNS, status: "4.4.4", event: "StatusDnsQueryFailed resolving " + q.dest.domain, local: true}
	case troubleGone:
		return queueError{}
	}
	effect, _ := t.effectOn(EffectQueueError, q)
	chance := effect.Value
	switch x := t.rng.Float64(); {
	case x < chance:
		answer := q.dest.provider.replies[fateDefer][0]
		text := q.fill(answer.text)
		return queueError{CauseRemoteThrottle, answer.reason, "4.0.0", "smtp;" + text, skipOfMX(q, text), false}
	case x < chance+0.0005:
		return queueError{cause: CauseConnection, status: "4.4.2", event: "EDISCON in connection to " + q.dest.host}
	case x < chance+0.001:
		text := "421 " + q.dest.domain + " Service not available - too busy"
		return queueError{CauseRemoteThrottle, ReasonThrottled, "4.0.0", "smtp;" + text, text, false}
	}
	return queueError{}
}

// expire bounces what has waited too long.
func (t *Traffic) expire(q *queue) {
	t.take(q, func(r recipient) bool {
		if !t.isOld(q, r) {
			return false
		}
		t.bounce(q, r, expired())
		return true
	})
}

// isOld reports whether a recipient waits too long to be tried again.
func (t *Traffic) isOld(q *queue, r recipient) bool {
	limit := bounceAfter
	if q.dest.trouble != troubleNone {
		limit = troubledBounceAfter
	}
	return t.now.Sub(r.arrived) > limit
}

// deleteShare is what `pmta delete` does, for a part of the queue's recipients.
func (t *Traffic) deleteShare(q *queue, share float64) {
	t.take(q, func(r recipient) bool {
		if t.rng.Float64() >= share {
			return false
		}
		t.deleted(q, r)
		return true
	})
}

// take removes the recipients that gone names.
func (t *Traffic) take(q *queue, gone func(recipient) bool) {
	kept := q.rcpts[:0]
	for _, r := range q.rcpts {
		if !gone(r) {
			kept = append(kept, r)
		}
	}
	clear(q.rcpts[len(kept):])
	q.rcpts = kept
}

// leaves notes that a recipient is no longer queued; the last one frees the
// message's spool file.
func (t *Traffic) leaves(r recipient) {
	r.left--
	if r.left == 0 {
		t.files--
	}
}

// fill puts the queue's source and the recipient into a reply.
func (q *queue) fill(text string) string {
	return strings.NewReplacer("{ip}", q.vmta.ip, "{rcpt}", q.recipient()).Replace(text)
}

// recipient is the address of everyone in the queue: real ones are nobody's
// business.
func (q *queue) recipient() string { return "user@" + q.dest.domain }

// seconds cuts a time as the files do.
func seconds(t time.Time) time.Time { return t.Truncate(time.Second) }
