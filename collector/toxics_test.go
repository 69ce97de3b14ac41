package collector

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// fate is what becomes of a page.
type fate string

const (
	isRead  fate = "is read"
	isLost  fate = "is lost"
	depends fate = "depends on the time"
)

// toxics are the ways in which the network goes wrong here. The head of an
// answer has about 130 bytes, the shortest page 300.
func toxics() map[pmtatest.Toxic]fate {
	all := map[pmtatest.Toxic]fate{
		{Kind: pmtatest.ToxicStall, N: 200}: isLost,
		{Kind: pmtatest.ToxicCut}:           isLost,
		{Kind: pmtatest.ToxicCut, N: 300}:   isLost,
		{Kind: pmtatest.ToxicReset, N: 50}:  isLost,
		{Kind: pmtatest.ToxicReset, N: 300}: isLost,
	}
	for _, upstream := range []bool{false, true} {
		all[pmtatest.Toxic{Kind: pmtatest.ToxicDelay, Upstream: upstream, Every: 5 * time.Millisecond}] = isRead
		all[pmtatest.Toxic{Kind: pmtatest.ToxicDelay, Upstream: upstream, Every: time.Hour}] = isLost
		all[pmtatest.Toxic{Kind: pmtatest.ToxicDrip, Upstream: upstream, Every: 50 * time.Microsecond}] = depends
		all[pmtatest.Toxic{Kind: pmtatest.ToxicDrip, Upstream: upstream, Every: 100 * time.Millisecond}] = isLost
	}
	for _, kind := range []pmtatest.ToxicKind{pmtatest.ToxicStall, pmtatest.ToxicCut, pmtatest.ToxicReset} {
		all[pmtatest.Toxic{Kind: kind, Upstream: true, N: 20}] = isLost
	}
	return all
}

// TestP6P7ToxicNetwork spoils the way of each page with each toxic under
// several deadlines: the scrape answers in time, the page is whole or absent,
// the others are whole, and nothing is left behind.
func TestP6P7ToxicNetwork(t *testing.T) {
	server := newServer(t)
	m := &toxicMatrix{server: server, options: options(t, server.URL, pmtaclient.XML), home: homes(t)}
	m.scenes = map[bool]map[string]string{
		true:  m.pagesOf(t, pmtatest.Toxic{}),
		false: m.pagesOf(t, pmtatest.Toxic{Kind: pmtatest.ToxicCut, Path: "/status"}),
	}
	cells := toxicCells()
	for _, sideBySide := range []int{24, 4, 1} { // what fails may have come late on a busy machine
		cells = m.tryAll(t, cells, sideBySide)
	}
	for _, c := range cells {
		t.Errorf("%+v, %s, %s s: %s", c.toxic, c.format, c.deadline, strings.Join(c.problems, "\n"))
	}
	server.Close()
	if left := pmtatest.LeftBehind(t.Context(), "/pmtaclient", "/collector.("); left != "" {
		t.Errorf("goroutines are left:\n%s", left)
	}
}

// toxicCell is one scrape of the matrix.
type toxicCell struct {
	toxic    pmtatest.Toxic // of one page
	want     fate
	format   pmtaclient.Format
	deadline string // in seconds, as Prometheus sends it
	problems []string
}

func toxicCells() (cells []toxicCell) {
	for toxic, want := range toxics() {
		for _, page := range []string{"status", "queues", "domains", "vmtas", "jobs"} {
			toxic.Path = "/" + page
			for deadline, format := range map[string]pmtaclient.Format{"1.5": pmtaclient.XML, "2": pmtaclient.JSON, "3": pmtaclient.XML} {
				cells = append(cells, toxicCell{toxic: toxic, want: want, format: format, deadline: deadline})
			}
		}
	}
	return cells
}

// toxicMatrix is what the cells of the matrix share.
type toxicMatrix struct {
	server  *pmtatest.Server
	options Options
	home    map[string]string          // page by family
	scenes  map[bool]map[string]string // samples by page, by whether the status page was read
}

// tryAll makes the scrapes of cells, so many side by side, and returns those
// that have problems.
func (m *toxicMatrix) tryAll(t *testing.T, cells []toxicCell, sideBySide int) []toxicCell {
	t.Helper()
	var side sync.WaitGroup
	places := make(chan struct{}, sideBySide)
	for i := range cells {
		places <- struct{}{}
		side.Go(func() {
			defer func() { <-places }()
			cells[i].problems = m.try(t, cells[i])
		})
	}
	side.Wait()
	return slices.DeleteFunc(cells, func(c toxicCell) bool { return len(c.problems) == 0 })
}

// try makes one scrape and says what is wrong with it.
func (m *toxicMatrix) try(t *testing.T, c toxicCell) []string {
	t.Helper()
	limit, err := time.ParseDuration(c.deadline + "s")
	if err != nil {
		return []string{err.Error()}
	}
	body, took := m.scrape(t, c)
	problems := m.check(body, strings.TrimPrefix(c.toxic.Path, "/"), c.want)
	if took > limit {
		problems = append(problems, fmt.Sprintf("it took %v", took))
	}
	return problems
}

// scrape scrapes by way of a proxy of its own.
func (m *toxicMatrix) scrape(t *testing.T, c toxicCell) (string, time.Duration) {
	t.Helper()
	proxy := pmtatest.NewProxy(m.server.URL)
	defer proxy.Close()
	proxy.SetToxic(c.toxic)
	client, err := pmtaclient.New(pmtaclient.Options{URI: proxy.URL, Format: c.format, MaxBodyBytes: 1 << 20})
	if err != nil {
		t.Error(err)
		return "", 0
	}
	defer client.Close()
	o := m.options
	o.Client = client
	e, err := New(o)
	if err != nil {
		t.Error(err)
		return "", 0
	}
	defer e.Close()
	return scrapeWithin(e.Handler(HandlerOptions{Logger: o.Logger}), c.deadline)
}

// pagesOf scrapes in patience and returns what check compares with.
func (m *toxicMatrix) pagesOf(t *testing.T, toxic pmtatest.Toxic) map[string]string {
	t.Helper()
	body, _ := m.scrape(t, toxicCell{toxic: toxic, format: pmtaclient.XML, deadline: "10"})
	return m.byPage(body)
}

// homes tells which page the families come from, but for those of lists, whose
// label says it.
func homes(t *testing.T) map[string]string {
	t.Helper()
	home := map[string]string{}
	for _, f := range newStatusPage().families() {
		home[f.name] = "status"
	}
	for _, s := range []scraper{
		newQueueScraper(1, 1, catalogue(t), nil), newDomainScraper(1), newVMTAScraper(1), newJobScraper(1),
	} {
		for _, f := range s.families() {
			home[f.name] = s.name()
		}
	}
	return home
}

// byPage sorts the samples of an answer by the page that they come from.
func (m *toxicMatrix) byPage(body string) map[string]string {
	parts := map[string]*strings.Builder{}
	for line := range strings.Lines(body) {
		name, labels, _ := strings.Cut(line, "{")
		name, _, _ = strings.Cut(name, " ")
		page := m.home[name]
		if strings.HasPrefix(name, "pmta_list_") {
			_, page, _ = strings.Cut(labels, `list="`)
			page, _, _ = strings.Cut(page, `"`)
		}
		if parts[page] == nil {
			parts[page] = new(strings.Builder)
		}
		parts[page].WriteString(line)
	}
	pages := map[string]string{}
	for page, part := range parts {
		pages[page] = part.String()
	}
	return pages
}

// check wants each page whole, but for the one that the toxic strikes, which is
// whole or absent as its success says.
func (m *toxicMatrix) check(body, struck string, want fate) (problems []string) {
	success := func(page string) bool {
		return strings.Contains(body, fmt.Sprintf("pmta_scrape_collector_success{collector=%q} 1\n", page))
	}
	whole, got := m.scenes[success("status")], m.byPage(body)
	for _, page := range []string{"status", "queues", "domains", "vmtas", "jobs"} {
		ok, expected := success(page), isRead
		if page == struck {
			expected = want
		}
		switch {
		case ok && expected == isLost || !ok && expected == isRead:
			problems = append(problems, fmt.Sprintf("page %s read: %v, want that it %s", page, ok, expected))
		case ok && got[page] != whole[page]:
			problems = append(problems, fmt.Sprintf("of page %s there is\n%swant all of\n%s", page, got[page], whole[page]))
		case !ok && got[page] != "":
			problems = append(problems, fmt.Sprintf("page %s failed and left\n%s", page, got[page]))
		}
	}
	if up := strings.Contains(body, "pmta_up 1\n"); up != success("status") {
		problems = append(problems, fmt.Sprintf("pmta_up is 1: %v, the status page read: %v", up, success("status")))
	}
	return problems
}

// TestToxicsAreAll holds the matrix to what a Proxy can do.
func TestToxicsAreAll(t *testing.T) {
	var kinds []pmtatest.ToxicKind
	for toxic := range toxics() {
		kinds = append(kinds, toxic.Kind)
	}
	slices.Sort(kinds)
	want := []pmtatest.ToxicKind{pmtatest.ToxicCut, pmtatest.ToxicDelay, pmtatest.ToxicDrip, pmtatest.ToxicReset, pmtatest.ToxicStall}
	if got := slices.Compact(kinds); !slices.Equal(got, want) {
		t.Errorf("the matrix has %v, want %v", got, want)
	}
}
