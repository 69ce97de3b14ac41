package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// parseOutput reads lines of three words with tabs between; others are no
// matter.
func parseOutput(raw []byte) (output, error) {
	out := output{totals: map[string]string{}, raw: raw}
	for line := range strings.Lines(string(raw)) {
		words := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3)
		switch {
		case len(words) == 3 && words[0] == "total":
			out.totals[words[1]] = words[2]
		case len(words) == 3 && words[0] == "pattern":
			out.patterns = append(out.patterns, [2]string{words[1], words[2]})
		case words[0] == "pattern" || words[0] == "total":
			return out, fmt.Errorf("bad line %q", line)
		}
	}
	return out, nil
}

// mtailTotals reads what mtail shows.
func mtailTotals(raw []byte) map[string]string {
	sums, series := map[string]float64{}, map[string]int{}
	for line := range bytes.Lines(raw) {
		sample := strings.Fields(strings.ReplaceAll(string(line), " = ", " "))
		if len(sample) < 2 || strings.HasPrefix(sample[0], "#") {
			continue
		}
		value, err := strconv.ParseFloat(sample[1], 64)
		if err != nil {
			continue
		}
		family, labels, _ := strings.Cut(sample[0], "{")
		switch family {
		case "records":
			sums["records "+label(labels, "type")] += value
		case "replies":
			sums["replies "+label(labels, "reason")] += value
		case "lines":
			sums[family] += value
		case "delivered_bytes":
			sums[family] += value
			series[family+" series"]++
		}
	}
	totals := map[string]string{}
	for name, sum := range sums {
		totals[name] = strconv.FormatFloat(sum, 'f', 0, 64)
	}
	for name, n := range series {
		totals[name] = strconv.Itoa(n)
	}
	return totals
}

// label returns the value of a label.
func label(labels, name string) string {
	_, value, _ := strings.Cut(labels, name+`="`)
	value, _, _ = strings.Cut(value, `"`)
	return value
}
