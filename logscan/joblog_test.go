package logscan

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// writeLog writes a text log of JOB_RECORDS lines and prints the truth, and the
// patterns that the peers have: an expression for each row of the catalogue
// that works as one.
func writeLog(t *testing.T, file string) {
	var lines []logtest.LogLine
	var list []*regexp.Regexp
	for _, r := range logRows(t) {
		expression := regexp.MustCompile(`(?i)\b(?:` + strings.Join(r.Words, `)\b.*\b(?:`) + `)\b`)
		if r.Event == "" || r.Event == "none" || len(list) == 60 || !reaches(r.Examples, expression, list) {
			continue
		}
		list = append(list, expression)
		fmt.Printf("pattern\t%s\t%s\n", r.Event, strings.TrimPrefix(expression.String(), "(?i)"))
		for _, example := range r.Examples {
			lines = append(lines, logtest.LogLine{Text: example[len("2026-11-23 12:00:00 "):], Event: string(r.Event)})
		}
	}
	records, _ := strconv.Atoi(os.Getenv("JOB_RECORDS"))
	traffic := logtest.NewLogTraffic(1, lines)
	writeLines(t, file, "", traffic.Append, records)
	printEvents(traffic.Lines, traffic.Events)
}

func logRows(t *testing.T) []textlog.Row {
	content, err := os.ReadFile("textlog/patterns.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Patterns []textlog.Row `yaml:"patterns"`
	}
	if err := yaml.Unmarshal(content, &f); err != nil {
		t.Fatal(err)
	}
	return f.Patterns
}

func printEvents(lines int64, events map[string]int64) {
	totals := map[string]int64{"lines": lines}
	for event, n := range events {
		totals["replies "+event] = n
	}
	printSorted(totals)
}

// countLog cuts and classifies a text log, in chunks as the scanner reads them.
func countLog(t *testing.T, file string) {
	c, err := textlog.Default()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type key struct {
		level textlog.Level
		event textlog.Event
	}
	lines, counts := int64(0), map[key]int64{}
	split := textlog.Splitter{Max: 1 << 20}
	buffer := make([]byte, chunkBytes)
	for offset := int64(0); ; {
		n, err := f.ReadAt(buffer, offset)
		rest := buffer[:n]
		for piece := split.Next(rest, false); piece.Kind != textlog.More; piece = split.Next(rest, false) {
			level, event := c.Classify(rest[:piece.Size])
			counts[key{level, event}]++
			lines++
			rest = rest[piece.Size:]
		}
		offset += int64(n - len(rest))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	events := map[string]int64{}
	for k, n := range counts {
		if k.event != textlog.None {
			events[string(k.event)] += n
		}
	}
	printEvents(lines, events)
}
