package promtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestS01KillIncrease asks Prometheus for the increase of each count over a run
// of the kill loop. It must be what the simulator's ledger says.
func TestS01KillIncrease(t *testing.T) {
	dir := os.Getenv("KILL_SAMPLES")
	if dir == "" {
		t.Skip("KILL_SAMPLES names no recorded run; make test and make test-kill record one")
	}
	r := readRun(t, dir)
	largest, wrong := r.differences(t)
	t.Logf("%d scrapes, %d counts, the largest difference is %v", len(r.scrapes), len(r.truth), largest)
	for _, w := range wrong {
		t.Error(w)
	}
}

// TestS01RewoundSampleShows feeds a counter that once steps back by 10. For
// Prometheus that is a reset: it takes the 1,000 of before for counted again,
// which makes 11 times the truth of two minutes, and the check sees it.
func TestS01RewoundSampleShows(t *testing.T) {
	const series = `pmta_bounces_total{category="bad-mailbox"}`
	increase := func(values ...float64) (twoMinutes float64, wrong []string) {
		r := run{truth: map[string]float64{series: 1020}}
		for i, v := range values {
			r.scrapes = append(r.scrapes, recordedScrape{At: int64(20_000 + 10_000*i), Values: map[int]float64{0: v}})
		}
		r.scrapes[0].Series = []recordedSeries{{Name: series, Created: 10_000}}
		s, end := newServer(t), r.scrapes[len(values)-1].At
		r.scrapeInto(t, s)
		_, wrong = r.differences(t)
		return s.query(t, "sum(increase("+series+"[2m]))", end)["{}"], wrong
	}
	good, none := increase(900, 910, 920, 930, 940, 950, 960, 970, 980, 990, 1000, 1005, 1010, 1020)
	bad, one := increase(900, 910, 920, 930, 940, 950, 960, 970, 980, 990, 1000, 995, 1010, 1020)
	if len(none) != 0 || len(one) != 1 {
		t.Errorf("differences %q without and %q with a rewound sample, want none and one", none, one)
	}
	if got := bad / good; math.Abs(got-11) > 0.5 {
		t.Errorf("increase %v with a rewound sample, %v without: %v times, want 11", bad, good, got)
	}
}

// run is what TestS01KillLoop of the exporter recorded: the scrapes, and what
// each series must be at the end.
type run struct {
	scrapes []recordedScrape
	truth   map[string]float64
}

// recordedScrape is one scrape. Series are numbered from 0 as they appear.
// Values that are as in the scrape before are left out, but not in the last: to
// an increase it is the same how often a value was seen. Nor does it ask for the
// staleness marks that Prometheus makes when a scrape fails.
type recordedScrape struct {
	At     int64            `json:"at"` // UNIX milliseconds
	Series []recordedSeries `json:"series"`
	Values map[int]float64  `json:"values"` // by number of the series
}

type recordedSeries struct {
	Name    string `json:"name"`
	Created int64  `json:"created"` // UNIX milliseconds
}

func readRun(t *testing.T, dir string) run {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "samples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r run
	for d := json.NewDecoder(file); err == nil; {
		var s recordedScrape
		if err = d.Decode(&s); err == nil {
			r.scrapes = append(r.scrapes, s)
		}
	}
	if !errors.Is(err, io.EOF) || len(r.scrapes) == 0 {
		t.Fatalf("%d scrapes: %v", len(r.scrapes), err)
	}
	truth, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err == nil {
		err = json.Unmarshal(truth, &r.truth)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// scrapeInto stores all scrapes, and returns when the first series began.
func (r run) scrapeInto(t *testing.T, s *server) (begin int64) {
	t.Helper()
	begin = math.MaxInt64
	var known []sample
	for _, scrape := range r.scrapes {
		for _, series := range scrape.Series {
			known = append(known, sample{series: parse(t, series.Name), created: series.Created})
			begin = min(begin, series.Created)
		}
		var samples []sample
		for n, value := range scrape.Values {
			known[n].value = value
			samples = append(samples, known[n])
		}
		s.scrape(t, scrape.At, samples)
	}
	return begin
}

// differences compares the increase of each series over the whole run with the
// truth: the largest difference, and each that is more than one half.
//
// increase() extrapolates to both ends of its range, which would be wrong for
// what begins and ends within. It does not go beyond a sample of 0, and each
// series begins with one, at its creation; nor beyond the end of the range, and
// there the last scrape has every series. So what it gives is exact.
func (r run) differences(t *testing.T) (largest float64, wrong []string) {
	t.Helper()
	s := newServer(t)
	begin, end := r.scrapeInto(t, s), r.scrapes[len(r.scrapes)-1].At
	length := end - begin + 1 // a range does not hold the instant at which it begins
	for family, want := range r.families(t) {
		got := s.query(t, fmt.Sprintf("increase(%s[%dms])", family, length), end)
		for series := range got {
			want[series] += 0 // one that the truth does not know is there, and was never counted
		}
		for series, count := range want {
			difference := math.Abs(got[series] - count)
			largest = max(largest, difference)
			if difference > 0.5 {
				wrong = append(wrong, fmt.Sprintf("increase of %s%s is %v, the truth is %v", family, series, got[series], count))
			}
		}
	}
	return largest, wrong
}

// families is the truth by family and labels.
func (r run) families(t *testing.T) map[string]map[string]float64 {
	t.Helper()
	all := map[string]map[string]float64{}
	for series, count := range r.truth {
		family, labels, _ := strings.Cut(series, "{")
		if all[family] == nil {
			all[family] = map[string]float64{}
		}
		all[family][parse(t, "{"+labels).String()] = count
	}
	return all
}
