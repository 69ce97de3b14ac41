package acct

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"
)

// benchText is a header and rows as a busy server writes them, about 330 bytes
// each.
func benchText(b *testing.B) string {
	b.Helper()
	row := samples(b)["acct-d-ug2019-row.csv"]
	return guideHeaders["d"] + "\n" + strings.Repeat(row, 1000)
}

func BenchmarkSplit(b *testing.B) {
	text := []byte(benchText(b))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := Splitter{Max: 1 << 20}
		for rest := text; len(rest) > 0; {
			rest = rest[s.Next(rest, false).Size:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
}

func BenchmarkParse(b *testing.B) {
	text := []byte(benchText(b))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	h := ParseHeader([]byte(guideHeaders["d"]))
	var r Record
	for b.Loop() {
		s := Splitter{Max: 1 << 20}
		for rest := text; len(rest) > 0; {
			size := s.Next(rest, false).Size
			r.Parse(h, rest[:size])
			rest = rest[size:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
}

// BenchmarkEncodingCSV is what BenchmarkParse is measured against. It finds the
// fields, and does nothing with them.
func BenchmarkEncodingCSV(b *testing.B) {
	text := benchText(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(strings.NewReader(text))
		r.ReuseRecord = true
		for n := 0; ; n++ {
			if _, err := r.Read(); err == io.EOF && n == 1001 {
				break
			} else if err != nil {
				b.Fatal(n, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
}

func BenchmarkParseTime(b *testing.B) {
	text := []byte("2019-02-08 21:54:05+0000")
	b.Run("each by itself", func(b *testing.B) {
		for b.Loop() {
			ParseTime(text)
		}
	})
	b.Run("in the hour of the last", func(b *testing.B) {
		var c Clock
		for b.Loop() {
			c.Parse(text)
		}
	})
}
