package logscan

import (
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// BenchmarkTraffic is the whole way of a record after it was read: split, parse,
// classify, count. L1 counts without looking at replies, L4 has failures only.
func BenchmarkTraffic(b *testing.B) {
	o := testOptions(b)
	replies := catalogueReplies(o.Replies.Patterns())
	blind := o
	blind.Replies = &reply.Catalogue{}
	for _, bc := range []struct {
		name    string
		mix     logtest.Mix
		options Options
	}{
		{"L1 counting only", logtest.BusyServer(), blind},
		{"L2 full", logtest.BusyServer(), o},
		{"L4 failures", logtest.FailuresOnly(), o},
	} {
		b.Run(bc.name, func(b *testing.B) {
			const records = 20_000
			text := someTraffic(logtest.NewTraffic(1, bc.mix, replies), records)
			s := newScanner(b, bc.options)
			f := newTestFile(s)
			s.consume(f, text, false)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				s.consume(f, text, false)
			}
			b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}
