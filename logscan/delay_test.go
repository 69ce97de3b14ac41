package logscan

import (
	"maps"
	"math"
	"testing"
	"time"
)

func TestDelayBuckets(t *testing.T) {
	d := newDelays()
	var gmail, yahoo slot
	for _, seconds := range []int64{0, 1, 1, 2, 3, 59, 60, 61, 86400, 86401, 1 << 40} {
		d.observe(&gmail, "gmail", seconds, time.Unix(7, 0))
	}
	d.observe(&yahoo, "yahoo", 9, time.Unix(8, 0))
	got := d.committed()
	if len(got) != 2 || got[0].Provider != "gmail" || got[0].Count != 11 || got[0].Zero != 1 || !got[0].Created.Equal(time.Unix(7, 0)) {
		t.Fatalf("delays %+v, want 11 of gmail, one of them 0", got)
	}
	if want := float64(0 + 1 + 1 + 2 + 3 + 59 + 60 + 61 + 86400 + 86401 + 1<<40); got[0].Sum != want {
		t.Errorf("sum %v, want %v", got[0].Sum, want)
	}
	want := map[float64]uint64{
		0.5: 1, 1: 3, 2: 4, 5: 5, 10: 5, 30: 5, 60: 7, 120: 8, 300: 8, 600: 8, 1800: 8, 3600: 8, 7200: 8, 14400: 8, 43200: 8, 86400: 9,
	}
	if classic := got[0].Classic(); !maps.Equal(classic, want) {
		t.Errorf("classic buckets %v, want %v", classic, want)
	}
	// 59, 60 and 61 lie between 2^(47/8) = 58.7 and 2^(48/8) = 64; the last
	// bucket takes all beyond it.
	wantNative := map[int]int64{0: 2, 8: 1, 13: 1, 48: 3, 132: 2, nativeBuckets - 1: 1}
	if native := got[0].Native(); !maps.Equal(native, wantNative) {
		t.Errorf("native buckets %v, want %v", native, wantNative)
	}
}

// Each bucket reaches from above the bound of the last up to its own.
func TestNativeIndex(t *testing.T) {
	for seconds := 1.0; seconds < 1e12; seconds = math.Ceil(seconds * 1.03) {
		i := float64(nativeIndex(seconds))
		lower, upper := math.Exp2((i-1)/8), math.Exp2(i/8)
		if seconds <= lower*(1-1e-12) || seconds > upper*(1+1e-12) {
			t.Errorf("%v s in bucket %v, which is from %v to %v", seconds, i, lower, upper)
		}
	}
	for exponent := range 40 {
		if got := nativeIndex(math.Exp2(float64(exponent))); got != 8*exponent {
			t.Errorf("2^%d s in bucket %d, want %d", exponent, got, 8*exponent)
		}
	}
}
