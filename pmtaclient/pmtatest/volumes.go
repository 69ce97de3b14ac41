package pmtatest

// counters are PowerMTA's traffic counters, since its start, with the sums over
// the trailing minute and hour. They are told once a second; an hour of totals
// is kept to subtract.
type counters struct {
	total   tally
	seconds []tally // total at the end of each second, oldest first
	top     map[int]tally
}

// tally is one traffic block; the constants name its figures.
type tally [8]int64

const (
	outRcp = iota
	outMsg
	outBytes
	inRcp
	inMsg
	inBytes
	bouncesProcessed
	feedbackProcessed
)

const (
	minute = 60
	hour   = 3600
)

func newCounters() counters {
	return counters{seconds: []tally{{}}, top: map[int]tally{}}
}

// second notes that a second has passed.
func (c *counters) second() {
	c.seconds = append(c.seconds, c.total)
	if len(c.seconds) > hour+1 {
		c.seconds = c.seconds[1:]
	}
	for _, span := range []int{minute, hour} {
		top, now := c.top[span], c.last(span)
		for i := range top {
			top[i] = max(top[i], now[i])
		}
		c.top[span] = top
	}
}

// last is what was counted in the last full seconds of a span.
func (c *counters) last(span int) tally {
	newest := len(c.seconds) - 1
	sum := c.seconds[newest]
	for i, before := range c.seconds[max(0, newest-span)] {
		sum[i] -= before
	}
	return sum
}

func (c *counters) volumes() Volumes {
	return Volumes{
		Total:     c.total.volume(),
		LastHr:    c.last(hour).volume(),
		LastMin:   c.last(minute).volume(),
		TopPerHr:  c.top[hour].volume(),
		TopPerMin: c.top[minute].volume(),
	}
}

func (t tally) volume() Volume {
	return Volume{
		Out:                   Amount{Rcp: t[outRcp], Msg: t[outMsg], KB: kilobytes(t[outBytes])},
		In:                    Amount{Rcp: t[inRcp], Msg: t[inMsg], KB: kilobytes(t[inBytes])},
		BounceProcessed:       t[bouncesProcessed],
		FeedbackLoopProcessed: t[feedbackProcessed],
	}
}

// kilobytes rounds to the one decimal that the pages show, so that sums over
// the pages agree with one another.
func kilobytes(bytes int64) float64 { return float64((bytes*10+512)/1024) / 10 }
