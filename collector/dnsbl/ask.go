package dnsbl

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"time"
)

// answer is what the DNS said, before anyone judged what it means.
type answer struct {
	result    Result       // Found, Absent, or why nothing was learned
	addresses []netip.Addr // of A and AAAA records
	names     []string     // of PTR records, with their final dot
}

// question is what the DNS is asked.
type question struct {
	name  string
	qtype uint16
}

// An exchanger sends one message, by "udp" or "tcp", and waits for its answer.
type exchanger interface {
	exchange(ctx context.Context, network string, q question) answer
}

// asker asks questions at its own pace. An answer that did not fit is asked for
// once more by TCP, which is a message like another.
type asker struct {
	wire exchanger
	pace *pace
}

func (a *asker) ask(ctx context.Context, q question) answer {
	got := a.send(ctx, "udp", q)
	if got.result != Truncated {
		return got
	}
	whole := a.send(ctx, "tcp", q)
	if whole.result == Failed || whole.result == Timeout {
		return got // no TCP there
	}
	return whole
}

func (a *asker) send(ctx context.Context, network string, q question) answer {
	if !a.pace.wait(ctx) {
		return answer{result: Failed}
	}
	return a.wire.exchange(ctx, network, q)
}

// pace keeps messages apart. Each gap is up to a quarter longer than it must
// be, so that a thousand exporters that started together do not ask together.
type pace struct {
	gap  time.Duration
	next time.Time // when another message may leave
}

// wait returns when a message may leave, or false when ctx ended before.
func (p *pace) wait(ctx context.Context) bool {
	if !sleep(ctx, time.Until(p.next)) {
		return false
	}
	p.next = time.Now().Add(p.gap + upTo(p.gap/4))
	return true
}

// upTo returns a random part of d.
func upTo(d time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(d) + 1)) }

// sleep returns false when ctx ended before the time was over.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
