package logscan

import (
	"math"
	"slices"
	"sort"
	"time"
)

// The native histogram of delays has Prometheus' schema 3: the upper bound of
// bucket i is 2^(i/8) seconds. Delays of at most the threshold are counted
// apart.
const (
	NativeSchema        = 3
	NativeZeroThreshold = 0x1p-128
)

// The number of delayBounds, and of native buckets up to ten thousand years.
const (
	classicBuckets = 16
	nativeBuckets  = 307
)

// delayBounds returns the upper bounds of the classic buckets in seconds.
// PowerMTA writes whole seconds, so the first holds what took no second at all.
func delayBounds() []float64 {
	return []float64{0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400}
}

// Delay is the time that deliveries to one provider took, as a histogram.
type Delay struct {
	Provider string
	Created  time.Time
	Count    uint64
	Sum      float64 // seconds
	Zero     uint64  // native bucket around 0

	classic [classicBuckets]uint64 // not cumulated
	native  [nativeBuckets]uint64
}

// Classic returns the cumulated counts by upper bound.
func (d *Delay) Classic() map[float64]uint64 {
	buckets := map[float64]uint64{}
	count := uint64(0)
	for i, bound := range delayBounds() {
		count += d.classic[i]
		buckets[bound] = count
	}
	return buckets
}

// Native returns the counts by index of the native histogram, empty buckets
// left out.
func (d *Delay) Native() map[int]int64 {
	buckets := map[int]int64{}
	for i, n := range d.native {
		if n > 0 {
			buckets[i] = int64(n)
		}
	}
	return buckets
}

func (d *Delay) observe(seconds int64, in buckets) {
	d.Count++
	d.Sum += float64(seconds)
	if int(in.classic) < len(d.classic) {
		d.classic[in.classic]++
	}
	if seconds == 0 {
		d.Zero++
		return
	}
	d.native[in.native]++
}

// buckets are those that a delay belongs to. A delay of 0 is in no native one, and
// a very long one in no classic one.
type buckets struct {
	classic, native uint16
}

func bucketsOf(bounds []float64, seconds int64) buckets {
	value := float64(seconds)
	b := buckets{classic: uint16(sort.SearchFloat64s(bounds, value))}
	if seconds > 0 {
		b.native = uint16(min(nativeIndex(value), nativeBuckets-1))
	}
	return b
}

// nativeIndex returns the bucket of a value of at least 1. The fractions are
// 2^(i/8)/2, to the digits that Prometheus uses.
func nativeIndex(value float64) int {
	fractions := [...]float64{
		0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
		0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
	}
	fraction, exponent := math.Frexp(value)
	return sort.SearchFloat64s(fractions[:], fraction) + (exponent-1)*len(fractions)
}

// delays holds the histogram of each provider that had a delivery with times.
type delays struct {
	bounds []float64
	short  [600]buckets // of delays up to ten minutes, as most are
	limit  int          // most providers
	index  map[string]int
	rows   []Delay
}

func newDelays() delays {
	d := delays{bounds: delayBounds(), index: map[string]int{}}
	for seconds := range d.short {
		d.short[seconds] = bucketsOf(d.bounds, int64(seconds))
	}
	return d
}

// observe counts a delay of mail to a provider, whose slot is kept somewhere.
func (d *delays) observe(p *slot, provider string, seconds int64, now time.Time) {
	if *p == 0 {
		*p = slot(d.row(provider, now) + 1)
	}
	d.rows[*p-1].observe(seconds, d.bucketsOf(seconds))
}

func (d *delays) bucketsOf(seconds int64) buckets {
	if seconds < int64(len(d.short)) {
		return d.short[seconds]
	}
	return bucketsOf(d.bounds, seconds)
}

// row finds or makes the row of a provider.
func (d *delays) row(provider string, now time.Time) int {
	i, ok := d.index[provider]
	if !ok {
		i = len(d.rows)
		d.index[provider] = i
		d.rows = append(d.rows, Delay{Provider: provider, Created: now})
	}
	return i
}

func (d *delays) committed() []Delay { return slices.Clone(d.rows) }
