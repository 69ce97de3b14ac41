package pmtatest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Traffic is a model of mail that runs through one PowerMTA. It is
// deterministic for a seed, however its time is cut into steps, and safe for
// concurrent use.
//
// Time moves in ticks of a quarter of a second. In each, messages arrive: a
// campaign gives sender, job and VirtualMTA, chance gives the recipients'
// providers and domains, and each recipient joins the queue of its domain and
// VirtualMTA with a time at which it is due. Then each queue has its turn. A
// queue that is paused, that has no enabled source, or whose retry time lies
// ahead, rests. The others try the recipients that are due, and draw the fate
// of each from the provider's odds: delivered, bounced, or deferred, to be due
// again a minute later. What stays undelivered for too long bounces at its next
// attempt. A queue may also fail as a whole and then waits for its retry time.
//
// The effects of the scenario change odds, limits and queues once the warm-up
// is over. Everything that can be seen, State, Attempts and log lines, follows
// from the queues and from what happened to their recipients; so pages and
// files agree with one another. The Ledger is kept beside it.
type Traffic struct {
	opts  TrafficOptions
	world world

	mu       sync.Mutex
	rng      *rand.Rand
	now      time.Time
	started  time.Time     // when PowerMTA started last
	owed     time.Duration // asked for by Step, but less than a tick
	quota    float64       // recipients that should have arrived but did not yet
	queues   []*queue
	index    map[[2]string]*queue
	domains  map[string]bool // that mail was ever sent to
	files    int64           // spool files in use
	filesTop int64
	counters counters
	conns    Conns
	active   []Effect // during this tick
	down     bool
	ledger   Ledger
	attempts []Attempt // of this step
	log      []LogLine // of this step
}

// TrafficOptions are the options of NewTraffic.
type TrafficOptions struct {
	Scenario Scenario
	Seed     uint64
	Start    time.Time     // PowerMTA's clock when the model begins
	Warmup   time.Duration // calm time before the scenario begins
	Rate     float64       // recipients per second; 0 = DefaultRate
}

// DefaultRate is the calm rate of arriving recipients per second.
const DefaultRate = 60

const (
	tick        = 250 * time.Millisecond
	retryAfter  = time.Minute      // recipients deferred by a 4xx reply
	queueRetry  = 90 * time.Second // queues that failed as a whole
	backoffWait = 15 * time.Second // queues in backoff mode, between bursts
	limitWait   = 20 * time.Second // queues at their own rate limit
	bounceAfter = 4 * time.Hour
	// troubledBounceAfter is bounceAfter of destinations that never work, so
	// that even a short run sees mail expire.
	troubledBounceAfter = 8 * time.Minute
	lead                = 3 * time.Second // a recipient holds a connection this long before it is due
)

// NewTraffic returns a model that starts with empty queues.
func NewTraffic(opts TrafficOptions) *Traffic {
	opts.Rate = cmp.Or(opts.Rate, DefaultRate)
	return &Traffic{
		opts:     opts,
		world:    newWorld(),
		rng:      rand.New(rand.NewPCG(opts.Seed, 0)),
		now:      opts.Start,
		started:  opts.Start,
		index:    map[[2]string]*queue{},
		domains:  map[string]bool{},
		counters: newCounters(),
		conns:    Conns{In: Conn{Max: 100}, Out: Conn{Max: 1200}},
		ledger:   newLedger(),
	}
}

// Step advances the model's time and returns what happened, in order.
func (t *Traffic) Step(d time.Duration) []Attempt {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts, t.log = nil, nil
	for t.owed += d; t.owed >= tick; t.owed -= tick {
		t.tick()
	}
	return t.attempts
}

// Log returns the lines that PowerMTA wrote to its text log during the latest
// step.
func (t *Traffic) Log() []LogLine {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.log
}

// Ledger returns the truth up to now.
func (t *Traffic) Ledger() Ledger {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ledger.clone()
}

// Down reports whether PowerMTA is down: its pages refuse connections then.
func (t *Traffic) Down() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.down
}

func (t *Traffic) tick() {
	t.now = t.now.Add(tick)
	live := t.live()
	t.active = t.active[:0]
	for _, e := range t.opts.Scenario.Effects {
		if e.active(live) {
			t.active = append(t.active, e)
		}
	}
	if t.restart() {
		return
	}
	t.arrive()
	t.refill()
	t.conns.Out.Cur = 0
	for _, q := range t.queues {
		t.run(q)
	}
	t.conns.Out.Top = max(t.conns.Out.Top, t.conns.Out.Cur)
	t.filesTop = max(t.filesTop, t.files)
	t.writeLog()
	if t.now.Nanosecond() == t.opts.Start.Nanosecond() {
		t.counters.second()
	}
}

// live is the time since the end of the warm-up.
func (t *Traffic) live() time.Duration { return t.now.Sub(t.opts.Start) - t.opts.Warmup }

// restart reports whether PowerMTA is down. Coming back, it has its spool, but
// neither counters nor what it knew of queues.
func (t *Traffic) restart() bool {
	wasDown := t.down
	t.down = slices.ContainsFunc(t.active, func(e Effect) bool { return e.Kind == EffectDown })
	if wasDown && !t.down {
		t.started = t.now
		t.counters = newCounters()
		t.conns.In.Top, t.conns.Out.Top = 0, 0
		for _, q := range t.queues {
			q.forget()
		}
	}
	return t.down
}

// effect returns the value of an effect without targets, 0 when it is not
// active.
func (t *Traffic) effect(kind EffectKind) float64 {
	for _, e := range t.active {
		if e.Kind == kind {
			return e.Value
		}
	}
	return 0
}

// effectOn returns the effect on a queue of its own.
func (t *Traffic) effectOn(kind EffectKind, q *queue) (Effect, bool) {
	for _, e := range t.active {
		if e.Kind == kind && e.hits(q, "") {
			return e, true
		}
	}
	return Effect{}, false
}

// arrive accepts the messages of one tick; a full spool accepts none.
func (t *Traffic) arrive() {
	t.quota += t.opts.Rate * tick.Seconds() * cmp.Or(t.effect(EffectSurge), 1)
	t.conns.In.Cur = 0
	for t.quota >= 1 {
		if t.queued() >= t.maxRcp() {
			t.quota = 0
			return
		}
		t.quota -= float64(t.accept())
		t.conns.In.Cur = min(t.conns.In.Cur+1, t.conns.In.Max)
		t.conns.In.Top = max(t.conns.In.Top, t.conns.In.Cur)
	}
}

// accept takes in one message, now and then for two recipients, and returns the
// number of its recipients.
func (t *Traffic) accept() int {
	c := pick(t.rng, t.world.campaigns, func(c *campaign) float64 { return c.share })
	m := &message{campaign: c, size: 4096 + t.rng.IntN(60000), arrived: t.now, left: 1}
	if t.rng.IntN(10) == 0 {
		m.left = 2
	}
	t.files++
	t.counters.total[inMsg]++
	t.counters.total[inBytes] += int64(m.size)
	v := t.outlet(c)
	for range m.left {
		q := t.destined(v)
		delay := float64(q.dest.provider.delay) * math.Exp(0.6*t.rng.NormFloat64())
		q.add(recipient{message: m, due: t.now.Add(time.Duration(delay))})
		t.counters.total[inRcp]++
		t.received(q, m)
	}
	return m.left
}

// outlet is the VirtualMTA of a message: that of its campaign, or the cold one in
// its place, as PowerMTA chooses it by cold-virtual-mta.
func (t *Traffic) outlet(c *campaign) *vmta {
	if share := t.effect(EffectCold); share > 0 && t.rng.Float64() < share {
		return t.world.cold
	}
	return c.vmta
}

// destined draws where a recipient is, and returns the queue that leads there.
func (t *Traffic) destined(v *vmta) *queue {
	for {
		p := pick(t.rng, t.world.providers, func(p *provider) float64 { return p.share })
		addresses := p.addresses
		if p.troubled != nil && t.rng.IntN(50) == 0 {
			addresses = p.troubled
		}
		q := t.queue(addresses[t.rng.IntN(len(addresses))], v)
		if _, dry := t.effectOn(EffectDry, q); !dry {
			return q
		}
	}
}

// queue returns the queue of a domain and a VirtualMTA.
func (t *Traffic) queue(d *destination, v *vmta) *queue {
	key := [2]string{d.domain, v.name}
	q, ok := t.index[key]
	if !ok {
		q = &queue{dest: d, vmta: v}
		t.index[key] = q
		t.queues = append(t.queues, q)
		t.domains[d.domain] = true
	}
	return q
}

// refill grants each VirtualMTA the messages of one tick, at most those of two
// seconds.
func (t *Traffic) refill() {
	for _, v := range t.world.vmtas {
		limit := math.Inf(1)
		for _, e := range t.active {
			if e.Kind == EffectLimit && cmp.Or(e.VMTA, v.name) == v.name {
				limit = e.Value * t.opts.Rate
			}
		}
		v.tokens = min(v.tokens+limit*tick.Seconds(), max(1, 2*limit))
	}
}

// queued is the number of recipients in all queues.
func (t *Traffic) queued() int64 {
	return sum(t.queues, func(q *queue) int64 { return int64(len(q.rcpts)) })
}

// maxRcp is the spool's limit.
func (t *Traffic) maxRcp() int64 {
	const ordinary = 1000000
	seconds := t.effect(EffectSpoolLimit)
	if seconds == 0 {
		return ordinary
	}
	return int64(seconds * t.opts.Rate)
}

// pick draws an item with a chance in proportion to its share.
func pick[T any](rng *rand.Rand, items []T, share func(T) float64) T {
	var total float64
	for _, item := range items {
		total += share(item)
	}
	x := rng.Float64() * total
	for _, item := range items {
		if x -= share(item); x < 0 {
			return item
		}
	}
	return items[len(items)-1]
}
