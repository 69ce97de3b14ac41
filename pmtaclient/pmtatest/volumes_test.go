package pmtatest

import (
	"testing"
	"time"
)

// TestVolumes compares the figures of the status page with the records of the
// same seconds.
func TestVolumes(t *testing.T) {
	traffic := NewTraffic(TrafficOptions{Rate: 5})
	var seconds []map[RecordType]int64
	var bytes []int64
	for range 4000 {
		count, size := map[RecordType]int64{}, int64(0)
		for _, a := range traffic.Step(time.Second) {
			count[a.Type]++
			size += int64(a.Size)
		}
		seconds, bytes = append(seconds, count), append(bytes, size)
	}
	v := traffic.State().Volumes
	for _, window := range []struct {
		name     string
		got, top Volume
		length   int
	}{
		{"total", v.Total, v.Total, len(seconds)},
		{"lastHr", v.LastHr, v.TopPerHr, 3600},
		{"lastMin", v.LastMin, v.TopPerMin, 60},
	} {
		want := Volume{}
		var size int64
		for i := len(seconds) - window.length; i < len(seconds); i++ {
			want.In.Rcp += seconds[i][Received]
			want.Out.Rcp += seconds[i][Delivered]
			want.BounceProcessed += seconds[i][RemoteBounce]
			want.FeedbackLoopProcessed += seconds[i][Feedback]
			size += bytes[i]
		}
		got := window.got
		want.In.Msg, want.In.KB = got.In.Msg, got.In.KB // messages have no records
		want.Out.Msg, want.Out.KB = want.Out.Rcp, kilobytes(size)
		if got != want {
			t.Errorf("traffic.%s = %+v, want %+v", window.name, got, want)
		}
		if window.top.Out.Rcp < got.Out.Rcp || window.top.In.KB < got.In.KB {
			t.Errorf("top of %s = %+v, want at least %+v", window.name, window.top, got)
		}
	}
}

func TestTopsAreTheHighestWindows(t *testing.T) {
	c := newCounters()
	for _, n := range []int64{5, 100, 1} {
		for range 60 {
			c.total[inRcp] += n
			c.second()
		}
	}
	v := c.volumes()
	if got := v.TopPerMin.In.Rcp; got != 6000 {
		t.Errorf("topPerMin = %d, want the best minute's 6000", got)
	}
	if got := v.LastMin.In.Rcp; got != 60 {
		t.Errorf("lastMin = %d, want the last minute's 60", got)
	}
	if got := v.LastHr.In.Rcp; got != 6360 {
		t.Errorf("lastHr = %d, want all 6360", got)
	}
}

func TestKilobytesAreRounded(t *testing.T) {
	for bytes, want := range map[int64]float64{0: 0, 51: 0, 52: 0.1, 1024: 1, 1100: 1.1, 1536: 1.5} {
		if got := kilobytes(bytes); got != want {
			t.Errorf("kilobytes(%d) = %v, want %v", bytes, got, want)
		}
	}
}
