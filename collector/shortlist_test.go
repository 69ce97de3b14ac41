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

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

func TestShortlistShowsTheLargest(t *testing.T) {
	s := &shortlist[string]{limit: 2}
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
		var candidates []candidate[string]
		for i, size := range c.sizes {
			candidates = append(candidates, candidate[string]{key: string(rune('a' + i)), size: size})
		}
		if got := slices.Sorted(maps.Keys(s.choose(candidates))); !slices.Equal(got, c.want) {
			t.Errorf("%s: sizes %v show %v, want %v", c.why, c.sizes, got, c.want)
		}
	}
}

func TestShortlistKeepsItsBudget(t *testing.T) {
	s := &shortlist[string]{limit: 10, budget: 5}
	got := s.choose([]candidate[string]{{"a", 1, 1}, {"b", 9, 3}, {"c", 8, 2}, {"d", 7, 1}})
	if want := []string{"b", "c"}; !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		t.Errorf("shown %v, want %v", got, want)
	}
}

// TestShortlistIsCalm lets 300 sizes wander by up to a third: no series
// changes.
func TestShortlistIsCalm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := &shortlist[int]{limit: 100}
	var before map[int]bool
	for n := range 50 {
		candidates := make([]candidate[int], 300)
		for i := range candidates {
			candidates[i] = candidate[int]{key: i, size: float64(300-i) * (1 + random.Float64()/3)}
		}
		shown := s.choose(candidates)
		if len(shown) != 100 || n > 0 && !maps.Equal(shown, before) {
			t.Fatalf("scrape %d shows %d items, other ones than before", n, len(shown))
		}
		before = shown
	}
}

// queuesPage makes n queues of 4 recipients over so many domains and VMTAs.
func queuesPage(n, domains int) *pmtaclient.Queues {
	queues := &pmtaclient.Queues{}
	queues.Items = number{Value: float64(n), OK: true}
	queues.Recipients = number{Value: float64(n * 4), OK: true}
	for i := range n {
		queues.Queues = append(queues.Queues, pmtaclient.Queue{
			Domain: "domain" + strconv.Itoa(i%domains) + ".example", VMTA: "vmta" + strconv.Itoa(i/domains),
			Recipients: number{Value: 4, OK: true}, KB: number{Value: 2, OK: true}, Conn: number{Value: float64(i % 2), OK: true},
			Mode: pmtaclient.ModeNormal, Paused: pmtaclient.Flag{OK: true}, Newest: pmtaclient.Event{Cause: pmtaclient.CauseNone},
		})
	}
	return queues
}

// total adds up the samples of one family.
func total(t *testing.T, s *samples, f *family) (float64, int) {
	t.Helper()
	sum, series := 0.0, 0
	for _, v := range values(t, s, f) {
		sum += v
		series++
	}
	return sum, series
}

// values are the samples of one family by their labels; two of equal labels
// fail the test.
func values(t *testing.T, s *samples, f *family) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	one := scrapeResult{families: []*family{f}}
	for _, m := range s.all() {
		if m.Desc() == f.desc {
			one.metrics = append(one.metrics, m)
		}
	}
	registry.MustRegister(one)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, mf := range families {
		for _, m := range mf.GetMetric() {
			key := ""
			for _, l := range m.GetLabel() {
				key += l.GetName() + "=" + l.GetValue() + " "
			}
			all[key] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

// TestQueueCeilings proves that no family outgrows its ceiling, that what is
// not shown one by one is in other and in the sums, and that the same answer
// gives the same series again.
func TestQueueCeilings(t *testing.T) {
	const n = 12_000
	s := newQueueScraper(100, 50, catalogue(t), nil)
	queues := queuesPage(n, 2)
	p := s.page(queues, noon())
	if p.list.items != n || p.list.recipients != 4*n || p.list.shown != 100 {
		t.Errorf("list %+v, want %d items, %d recipients, 100 shown", p.list, n, 4*n)
	}
	for f, want := range map[*family]float64{
		s.recipients: 4 * n, s.bytes: 2 * kilobyte * n, s.connections: n / 2,
		s.sums.queued: 4 * n, s.sums.connections: n / 2, s.sums.queues: n,
		s.sums.waiting: 4 * n / 2, s.sums.vmtaWaiting: 4 * n / 2,
	} {
		sum, series := total(t, p.samples, f)
		if sum != want || series > f.limit {
			t.Errorf("%s: sum %v in %d series, want %v in at most %d", f.name, sum, series, want, f.limit)
		}
	}
	for f, most := range map[*family]int{s.backoff: 100, s.paused: 100, s.sums.backoffQueues: 51} {
		if _, series := total(t, p.samples, f); series != most || series > f.limit {
			t.Errorf("%s: %d series, want %d", f.name, series, most)
		}
	}
	again := s.page(queues, noon())
	for _, f := range s.families() {
		if !maps.Equal(values(t, p.samples, f), values(t, again.samples, f)) {
			t.Errorf("%s: the same answer gives other series the second time", f.name)
		}
		if folds := f != s.sums.queues && f != s.sums.waiting; folds != (p.samples.folded[f] > 0) {
			t.Errorf("%s: %v label sets were folded", f.name, p.samples.folded[f])
		}
	}
}

// TestFoldedPairsAreWhole: what stands under a VirtualMTA's name is all there
// is of it at that provider, in every state.
func TestFoldedPairsAreWhole(t *testing.T) {
	queues := queuesPage(9000, 1)
	for i := range queues.Queues { // each VirtualMTA has an active and a deferred queue
		q := &queues.Queues[i]
		q.VMTA = "vmta" + strconv.Itoa(i/2)
		q.Domain = fmt.Sprintf("domain%d.example", i%2)
		if i%2 == 0 {
			q.Conn.Value, q.Retry = 0, noon().Add(time.Minute)
		}
	}
	s := newQueueScraper(1, 10, catalogue(t), nil)
	states := map[string]int{}
	for labels := range values(t, s.page(queues, noon()).samples, s.sums.queued) {
		var provider, state, vmta string
		if _, err := fmt.Sscanf(labels, "provider=%s state=%s vmta=%s", &provider, &state, &vmta); err != nil {
			t.Fatal(err)
		}
		states[vmta]++
	}
	if len(states) < 2000 || states[logscan.Other] != 2 {
		t.Fatalf("%d VirtualMTAs, other has %d states", len(states), states[logscan.Other])
	}
	for vmta, n := range states {
		if n != 2 {
			t.Errorf("%s has %d of its 2 states", vmta, n)
		}
	}
}

// TestQueueCalledOther shares its row with the queues that are not shown.
func TestQueueCalledOther(t *testing.T) {
	queues := queuesPage(6, 1)
	queues.Queues[0].Domain, queues.Queues[0].VMTA = logscan.Other, logscan.Other
	queues.Queues[0].Recipients.Value = 100
	s := newQueueScraper(2, 2, catalogue(t), nil)
	got := values(t, s.page(queues, noon()).samples, s.recipients)
	if want := map[string]float64{
		"domain=other provider=other vmta=other ": 116, "domain=domain0.example provider=other vmta=vmta1 ": 4,
	}; !maps.Equal(got, want) {
		t.Errorf("%s is %v, want %v", s.recipients.name, got, want)
	}
}

// TestItemCeilings is the same for the lists with one name.
func TestItemCeilings(t *testing.T) {
	s := newVMTAScraper(3)
	var items []item
	one := func(v float64) number { return number{Value: v, OK: true} }
	for i := range 10 {
		items = append(items, item{"v" + strconv.Itoa(i), [maxColumns]number{one(float64(i)), {}, one(1), one(5)}})
	}
	items = append(items, item{logscan.Other, [maxColumns]number{one(100), {}, {}, one(7)}})
	p := s.page("vmtas", &pmtaclient.List{}, items)
	if p.list.shown != 3 || p.list.recipients != 145 || p.list.items != 11 {
		t.Errorf("list %+v, want 3 shown of 11, 145 recipients", p.list)
	}
	for i, want := range []map[string]float64{
		{"vmta=v8 ": 8, "vmta=v9 ": 9, "vmta=other ": 128},
		{},
		{"vmta=v8 ": 1, "vmta=v9 ": 1, "vmta=other ": 8},
		{"vmta=v8 ": 5, "vmta=v9 ": 5, "vmta=other ": 7}, // domains do not add up
	} {
		f := s.columns[i].family
		if got := values(t, p.samples, f); !maps.Equal(got, want) {
			t.Errorf("%s is %v, want %v", f.name, got, want)
		}
	}
}

// TestM03EqualLabelsMerge feeds names that are equal once they are labels.
func TestM03EqualLabelsMerge(t *testing.T) {
	queues := &pmtaclient.Queues{}
	for _, vmta := range []string{"v\x01", "v\x02", "v\u202e", "v\xff"} {
		queues.Queues = append(queues.Queues, pmtaclient.Queue{Domain: "a.example", VMTA: vmta, Recipients: number{Value: 1, OK: true}})
	}
	s := newQueueScraper(10, 10, catalogue(t), nil)
	p := s.page(queues, time.Time{})
	for _, f := range s.families() {
		values(t, p.samples, f) // wants different labels
	}
	if sum, series := total(t, p.samples, s.recipients); sum != 4 || series != 1 {
		t.Errorf("%s: sum %v in %d series, want 4 in 1", s.recipients.name, sum, series)
	}
}
