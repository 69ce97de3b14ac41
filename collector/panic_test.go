package collector

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// panicker is a scraper with a fault of its own.
type panicker struct{}

func (panicker) name() string        { return "panicker" }
func (panicker) families() []*family { return nil }

func (panicker) scrape(context.Context, *pmtaclient.Client, time.Time) (*page, error) {
	panic("secret detail")
}

// TestM04PanicIsOneCollectors: the others are served and nothing of the stack
// is.
func TestM04PanicIsOneCollectors(t *testing.T) {
	var logged strings.Builder
	o := options(t, newServer(t).URL, pmtaclient.XML)
	o.Logger = log.NewLogfmtLogger(&logged)
	e := newExporter(t, o)
	e.scrapers = append(e.scrapers, panicker{})
	e.enabled["panicker"] = true
	body := get(e.Handler(HandlerOptions{Logger: o.Logger}), "/metrics").Body.String()
	for _, want := range []string{
		`pmta_scrape_collector_success{collector="panicker"} 0`, `pmta_scrape_collector_success{collector="queues"} 1`, "pmta_up 1",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("answer lacks %q", want)
		}
	}
	checkNoPanicShows(t, body, logged.String())
}

// TestM04PanicOfTheWholeScrape answers with what needs no scrape and does not
// end the program.
func TestM04PanicOfTheWholeScrape(t *testing.T) {
	var logged strings.Builder
	o := options(t, newServer(t).URL, pmtaclient.XML)
	o.Logger = log.NewLogfmtLogger(&logged)
	e := newExporter(t, o)
	e.ceilings.labelled = append(e.ceilings.labelled, nil) // which nobody can emit
	w := get(e.Handler(HandlerOptions{Logger: log.NewNopLogger()}), "/metrics")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "pmta_exporter_build_info") || strings.Contains(w.Body.String(), "pmta_up") {
		t.Errorf("status %d, body %.200s, want 200 and what needs no scrape", w.Code, w.Body.String())
	}
	checkNoPanicShows(t, w.Body.String(), strings.ReplaceAll(logged.String(), "nil pointer", "secret detail"))
}

func checkNoPanicShows(t *testing.T, body, logged string) {
	t.Helper()
	if strings.Contains(body, "goroutine") || strings.Contains(body, "secret detail") {
		t.Errorf("the answer shows the panic: %.300s", body)
	}
	if !strings.Contains(logged, "secret detail") || !strings.Contains(logged, "collector/") {
		t.Errorf("the log lacks the panic or its stack: %s", logged)
	}
}
