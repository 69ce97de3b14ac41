package textlog

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// benchLines are the lines that the benchmarks classify: a dialogue as
// log-commands traces it, what is left of it without the dialogue, and one line
// for each pattern.
func benchLines(b *testing.B) map[string][][]byte {
	b.Helper()
	trace := bytes.SplitAfter([]byte(samples(b)["log-trace-2019.txt"]), []byte("\n"))
	trace = slices.DeleteFunc(trace, func(line []byte) bool { return len(line) == 0 })
	quiet := slices.DeleteFunc(slices.Clone(trace), func(line []byte) bool {
		text, _ := textOf(line)
		return isForeign(text)
	})
	return map[string][][]byte{"trace": trace, "quiet": quiet, "events": examples(b)}
}

func BenchmarkClassify(b *testing.B) {
	c := defaultCatalogue(b)
	benchClassify(b, c.Classify)
}

// BenchmarkRegexps is what BenchmarkClassify is measured against: a regular
// expression for each row, asked one after the other. It is the easier job:
// words in one order only, and no word that names a level.
func BenchmarkRegexps(b *testing.B) {
	benchRegexps(b, func(r Row) string {
		return `(?i)\b(?:` + strings.Join(r.Words, `)\b.*\b(?:`) + `)\b`
	})
}

// BenchmarkShortRegexps is easier still: one word of each group.
func BenchmarkShortRegexps(b *testing.B) {
	benchRegexps(b, func(r Row) string {
		var words []string
		for _, group := range r.Words {
			first, _, _ := strings.Cut(group, "|")
			words = append(words, first)
		}
		return `(?i)` + strings.Join(words, `.*`)
	})
}

func benchRegexps(b *testing.B, write func(Row) string) {
	b.Helper()
	var list []*regexp.Regexp
	rows := embeddedRows(b)
	for _, r := range rows {
		list = append(list, regexp.MustCompile(write(r)))
	}
	benchClassify(b, func(line []byte) (Level, Event) {
		for i, pattern := range list {
			if pattern.Match(line) {
				return rows[i].Level, rows[i].Event
			}
		}
		return Info, None
	})
}

func benchClassify(b *testing.B, classify func([]byte) (Level, Event)) {
	b.Helper()
	all := benchLines(b)
	for _, name := range []string{"trace", "quiet", "events"} {
		b.Run(name, func(b *testing.B) {
			lines := all[name]
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					classify(line)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
		})
	}
}

func BenchmarkSplitter(b *testing.B) {
	text := bytes.Repeat([]byte(samples(b)["log-trace-2019.txt"]), 100)
	lines := bytes.Count(text, []byte("\n"))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := Splitter{Max: 1 << 20}
		for rest := text; len(rest) > 0; {
			rest = rest[s.Next(rest, false).Size:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}
