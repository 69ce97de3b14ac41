package collector

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// TestS4ScanningGoesOn holds the processor time that a record takes while the
// counts are scraped to that without scrapes. There is a scrape for each second
// of processor time, which is no less than one per second. What the scrapes
// themselves take is told apart.
func TestS4ScanningGoesOn(t *testing.T) {
	if os.Getenv("SCAN_LOAD") == "" {
		t.Skip("takes a minute: see make bench")
	}
	const records, rounds = 100_000, 7
	text := []byte(logtest.TrafficColumns)
	traffic := logtest.NewTraffic(1, logtest.BusyServer(), []logtest.Reply{{Text: "smtp;550 5.1.1 no such user", Class: "hard"}})
	traffic.Truth = nil
	for range records {
		text = traffic.Append(text)
	}
	var slower []float64
	for range rounds {
		quiet, scraped := newScanLoad(t, text), newScanLoad(t, text)
		quiet.run(false)
		scraped.run(true)
		slower = append(slower, 100*(float64(scraped.perFile())/float64(quiet.perFile())-1))
		t.Logf("a record: %v, while scraped %v; a scrape: %v", quiet.perFile()/records, scraped.perFile()/records, scraped.scraping/time.Duration(scraped.scrapes))
	}
	slices.Sort(slower)
	t.Logf("slower by %.1f %%, median of %.1f", slower[rounds/2], slower)
	if slower[rounds/2] > 3 {
		t.Errorf("scanning takes %.1f %% more while scraped, want at most 3 %%", slower[rounds/2])
	}
}

// scanLoad feeds a scanner the same text again and again.
type scanLoad struct {
	t       *testing.T
	text    []byte
	file    string
	scanner *logscan.Scanner
	handler http.Handler

	files, scrapes     int
	scanning, scraping time.Duration // processor time
}

func newScanLoad(t *testing.T, text []byte) *scanLoad {
	l := &scanLoad{t: t, text: text, file: filepath.Join(t.TempDir(), "acct.csv")}
	o := options(t, "http://127.0.0.1:1", pmtaclient.XML)
	l.scanner = newScanner(t, l.file)
	o.Scanner = l.scanner
	l.handler = newExporter(t, o).Handler(HandlerOptions{Logger: log.NewNopLogger()})
	return l
}

// run takes three seconds, after one file to warm up.
func (l *scanLoad) run(scraped bool) {
	l.scan()
	l.files, l.scanning = 0, 0
	for l.scanning < 3*time.Second {
		l.scan()
		if scraped && l.scanning >= time.Duration(l.scrapes+1)*time.Second {
			l.scrape()
		}
	}
}

func (l *scanLoad) perFile() time.Duration { return l.scanning / time.Duration(l.files) }

// scan reads the text once more, as a new file.
func (l *scanLoad) scan() {
	_ = os.Remove(l.file)
	if err := os.WriteFile(l.file, l.text, 0o600); err != nil {
		l.t.Fatal(err)
	}
	begin := cpu(l.t)
	for l.scanner.Poll(l.t.Context()) {
	}
	l.scanning += cpu(l.t) - begin
	l.files++
}

func (l *scanLoad) scrape() {
	begin := cpu(l.t)
	r := httptest.NewRequest(http.MethodGet, "/metrics?collect[]=accounting", nil)
	l.handler.ServeHTTP(&nowhere{header: http.Header{}}, r)
	l.scraping += cpu(l.t) - begin
	l.scrapes++
}
