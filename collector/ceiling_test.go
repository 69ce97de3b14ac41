package collector

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

func TestShortlistShowsTheLargest(t *testing.T) {
	s := &shortlist[string]{limit: 2}
	choose := func(sizes ...float64) []string {
		shown := s.choose(len(sizes), func(i int) (string, float64) { return string(rune('a' + i)), sizes[i] })
		return slices.Sorted(maps.Keys(shown))
	}
	for _, c := range []struct {
		why   string
		sizes []float64
		want  []string
	}{
		{"all fit", []float64{1, 2}, []string{"a", "b"}},
		{"a newcomer not twice as large waits", []float64{5, 6, 9}, []string{"a", "b"}},
		{"a newcomer more than twice as large is shown", []float64{5, 6, 11}, []string{"b", "c"}},
		{"and stays while it is not outgrown twice", []float64{11, 6, 6}, []string{"b", "c"}},
		{"an item that is gone leaves its place", []float64{3, 6}, []string{"a", "b"}},
		{"of equals the first listed", []float64{0, 0, 0, 7}, []string{"a", "d"}},
	} {
		if got := choose(c.sizes...); !slices.Equal(got, c.want) {
			t.Errorf("%s: sizes %v show %v, want %v", c.why, c.sizes, got, c.want)
		}
	}
}

// TestShortlistIsCalm lets 300 sizes wander by up to a third and counts how
// many of the 100 series change.
func TestShortlistIsCalm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := &shortlist[int]{limit: 100}
	var before map[int]bool
	changes := 0
	for range 50 {
		sizes := make([]float64, 300)
		for i := range sizes {
			sizes[i] = float64(300-i) * (1 + random.Float64()/3)
		}
		shown := s.choose(len(sizes), func(i int) (int, float64) { return i, sizes[i] })
		if len(shown) != 100 {
			t.Fatalf("%d shown, want 100", len(shown))
		}
		for k := range shown {
			if before != nil && !before[k] {
				changes++
			}
		}
		before = shown
	}
	if changes > 0 {
		t.Errorf("%d changes of membership in 50 scrapes, want none", changes)
	}
}

func TestFoldSmallestKeepsSums(t *testing.T) {
	sums := map[string]float64{}
	for i := range 100 {
		sums[fmt.Sprintf("v%d", i)] = float64(i)
	}
	folded := foldSmallest(sums, 10, 1, func(string) string { return otherValue })
	total := 0.0
	for _, n := range sums {
		total += n
	}
	if folded != 91 || len(sums) != 10 || total != 4950 || sums["v99"] != 99 || sums[otherValue] != 90*91/2 {
		t.Errorf("folded %v into %d sums of %v in all: %v", folded, len(sums), total, sums)
	}
	if folded := foldSmallest(sums, 10, 1, nil); folded != 0 {
		t.Errorf("folded %v of what fits, want 0", folded)
	}
}

// queuesPage makes n queues of 4 recipients over so many domains and VMTAs.
func queuesPage(n, domains int) *pmtaclient.Queues {
	page := &pmtaclient.Queues{}
	page.Items = number{Value: float64(n), OK: true}
	page.Recipients = number{Value: float64(n * 4), OK: true}
	for i := range n {
		page.Queues = append(page.Queues, pmtaclient.Queue{
			Domain: "domain" + strconv.Itoa(i%domains) + ".example", VMTA: "vmta" + strconv.Itoa(i/domains),
			Recipients: number{Value: 4, OK: true}, KB: number{Value: 2, OK: true}, Conn: number{Value: float64(i % 2), OK: true},
			Mode: pmtaclient.ModeNormal, Newest: pmtaclient.Event{Cause: pmtaclient.CauseNone},
		})
	}
	return page
}

// total adds up the samples of one family.
func total(t *testing.T, e *emitter, f *family) (sum float64, series int) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(scrapeResult{[]*family{f}, e.metrics})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, mf := range families {
		if mf.GetName() == f.name {
			for _, m := range mf.GetMetric() {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
				series++
			}
		}
	}
	return sum, series
}

// TestQueueCeilings proves that no family outgrows its ceiling, and that what
// is not shown one by one is in other and in the sums.
func TestQueueCeilings(t *testing.T) {
	const n = 12_000
	s := newQueueScraper(100, 1000, catalogue(t))
	e := newEmitter()
	list := s.emit(queuesPage(n, 2), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), e)
	if list.items != n || list.recipients != 4*n || list.shown != 100 {
		t.Errorf("list %+v, want %d items, %d recipients, 100 shown", list, n, 4*n)
	}
	for f, want := range map[*family]float64{
		s.recipients: 4 * n, s.bytes: 2 * kilobyte * n, s.connections: n / 2,
		s.sums.queued: 4 * n, s.sums.connections: n / 2, s.sums.queues: n,
		s.sums.waiting: 4 * n / 2, s.sums.vmtaWaiting: 4 * n / 2,
	} {
		sum, series := total(t, e, f)
		if sum != want || series > f.limit {
			t.Errorf("%s: sum %v in %d series, want %v in at most %d", f.name, sum, series, want, f.limit)
		}
	}
	for _, f := range []*family{s.backoff, s.paused} {
		if _, series := total(t, e, f); series > 100 {
			t.Errorf("%s: %d series, want at most 100", f.name, series)
		}
	}
	if e.folded[s.sums.queued] == 0 {
		t.Error("nothing was folded: the test is too small")
	}
}

// TestItemCeilings is the same for the lists with one name.
func TestItemCeilings(t *testing.T) {
	s := newVMTAScraper(3)
	var items []item
	for i := range 10 {
		items = append(items, item{"v" + strconv.Itoa(i), [4]number{{Value: float64(i), OK: true}, {}, {Value: 1, OK: true}, {Value: 5, OK: true}}})
	}
	items = append(items, item{otherValue, [4]number{{Value: 100, OK: true}, {}, {}, {Value: 7, OK: true}}})
	e := newEmitter()
	shown, recipients := s.emit(items, e)
	if shown != 3 || recipients != 145 {
		t.Errorf("shown %d, recipients %v, want 3 and 145", shown, recipients)
	}
	want := map[string]float64{"v8": 8, "v9": 9, otherValue: 128}
	domains := map[string]float64{"v8": 5, "v9": 5, otherValue: 7}
	for i, labels := range []map[string]float64{want, nil, {"v8": 1, "v9": 1, otherValue: 8}, domains} {
		f := s.columns[i].family
		if sum, series := total(t, e, f); series != len(labels) || sum != sumOf(labels) {
			t.Errorf("%s: sum %v in %d series, want %v", f.name, sum, series, labels)
		}
	}
}

func sumOf(m map[string]float64) (sum float64) {
	for _, v := range m {
		sum += v
	}
	return sum
}

// TestM03EqualLabelsMerge feeds names that are equal once they are clean.
func TestM03EqualLabelsMerge(t *testing.T) {
	page := &pmtaclient.Queues{}
	for _, vmta := range []string{"v\x01", "v\x02", "v\u202e", "v\xff"} {
		page.Queues = append(page.Queues, pmtaclient.Queue{Domain: "a.example", VMTA: vmta, Recipients: number{Value: 1, OK: true}})
	}
	s, e := newQueueScraper(10, 1000, catalogue(t)), newEmitter()
	s.emit(page, time.Time{}, e)
	if sum, series := total(t, e, s.recipients); sum != 4 || series != 1 {
		t.Errorf("sum %v in %d series, want 4 in 1", sum, series)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(scrapeResult{s.families(), e.metrics})
	if _, err := testutil.GatherAndLint(registry); err != nil {
		t.Error(err)
	}
}
