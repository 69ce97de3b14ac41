package logscan

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// TestJob does what .ci/peers asks for, in a process of its own that can be
// measured: it writes a file of traffic, or reads one and counts, all with the
// code that the exporter runs.
func TestJob(t *testing.T) {
	file := os.Getenv("JOB_FILE")
	switch job := os.Getenv("JOB"); job {
	case "":
		t.Skip("set by .ci/peers: see make bench-peers")
	case "traffic", "failures":
		mix := map[string]logtest.Mix{"traffic": logtest.BusyServer(), "failures": logtest.FailuresOnly()}[job]
		writeTraffic(t, file, mix)
	case "textlog":
		writeLog(t, file)
	case "log":
		countLog(t, file)
	case "full":
		count(t, file, wideOptions(t))
	case "counting":
		o := wideOptions(t)
		o.Replies = &reply.Catalogue{} // knows no pattern
		count(t, file, o)
	default:
		t.Fatalf("JOB=%q is unknown", job)
	}
}

// count follows a file to its end, as often as JOB_TIMES says, and prints what it
// counted.
func count(t *testing.T, file string, o Options) {
	times, _ := strconv.Atoi(os.Getenv("JOB_TIMES"))
	o.Accounting = []string{file}
	s := newScanner(t, o)
	for range max(times, 1) {
		s.tracker = newTracker(o)
		for s.Poll(t.Context()) {
		}
		s.tracker.closeAll()
	}
	s.commit(s.last.Committed)
	printTotals(shownBy(s.last))
}

// printTotals prints what the peers count as well: results by type, the number
// of label sets that they have, and replies by reason.
func printTotals(t logtest.Truth) {
	totals := map[string]int64{}
	for s, n := range t {
		switch s.Figure {
		case "records":
			totals["records "+s.Labels[0]] += n
		case "vmta_smtp_replies":
			totals["replies "+s.Labels[1]] += n
		case "delivered_bytes", "deferrals":
			totals[s.Figure] += n
			totals[s.Figure+" series"]++
		}
	}
	printSorted(totals)
}

func printSorted(totals map[string]int64) {
	for _, name := range slices.Sorted(maps.Keys(totals)) {
		fmt.Printf("total\t%s\t%d\n", name, totals[name])
	}
}

// writeTraffic writes JOB_RECORDS records, whose replies are those of the 60
// patterns that the peers have or, with JOB_REPLIES=all, of the whole
// catalogue. It prints the truth, and the 60 patterns.
func writeTraffic(t *testing.T, file string, mix logtest.Mix) {
	records, _ := strconv.Atoi(os.Getenv("JOB_RECORDS"))
	patterns := wideOptions(t).Replies.Patterns()
	if os.Getenv("JOB_REPLIES") != "all" {
		patterns = sixty(patterns)
		for _, p := range patterns {
			fmt.Printf("pattern\t%s\t%s\n", p.Reason, p.Expression)
		}
	}
	traffic := logtest.NewTraffic(1, mix, catalogueReplies(patterns))
	writeLines(t, file, logtest.TrafficColumns, traffic.Append, records)
	printTotals(traffic.Truth)
}

// writeLines writes a file of a first line and so many others.
func writeLines(t *testing.T, file, first string, next func([]byte) []byte, lines int) {
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString(first) // Flush tells of an error
	var line []byte
	for range lines {
		line = next(line[:0])
		_, _ = w.Write(line)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// sixty chooses patterns from all of the catalogue that also do their work as a
// plain list: each example as it is written, in any case, matches its own
// expression first. Deletions and wrapped replies are counted in other ways, and
// the reason of missing authentication depends on more than the text.
func sixty(patterns []reply.Pattern) []reply.Pattern {
	var fit, chosen []reply.Pattern
	var list []*regexp.Regexp
	for _, p := range patterns {
		expression := regexp.MustCompile("(?i)" + p.Expression)
		special := slices.Contains([]reply.Reason{reply.DeletedByOperator, reply.BounceQueue, reply.AuthFailed}, p.Reason)
		if !special && reaches(p.Examples, expression, list) {
			fit, list = append(fit, p), append(list, expression)
		}
	}
	for i := range 60 {
		chosen = append(chosen, fit[i*len(fit)/60])
	}
	return chosen
}

// reaches reports whether all texts match an expression and none of those
// before it.
func reaches(texts []string, expression *regexp.Regexp, before []*regexp.Regexp) bool {
	for _, text := range texts {
		matches := func(re *regexp.Regexp) bool { return re.MatchString(text) }
		if !matches(expression) || slices.ContainsFunc(before, matches) {
			return false
		}
	}
	return true
}
