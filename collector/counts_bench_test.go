package collector

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// busy is a scanner that counted deliveries and bounces of 3,500 VirtualMTAs
// with a source address each: some 21,000 series.
func busy(b testing.TB) *logscan.Scanner {
	b.Helper()
	var text strings.Builder
	text.WriteString("type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,bounceCat,dlvSourceIp,dlvSize,vmta\n")
	for i := range 3500 {
		for _, kind := range []string{"d", "b"} {
			fmt.Fprintf(&text, "%s,2026-11-23 12:00:00+0000,a@example.com,u@gmail.com,5.1.1,smtp;250 OK,bad-mailbox,10.0.%d.%d,1000,vmta%04d\n", kind, i/250, i%250, i)
		}
	}
	file := filepath.Join(b.TempDir(), "acct.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	s := newScanner(b, file)
	s.Poll(b.Context())
	return s
}

// BenchmarkScrapeCounted is a scrape of what was counted from files, through
// the handler and without compression.
func BenchmarkScrapeCounted(b *testing.B) {
	o := options(b, "http://127.0.0.1:1", pmtaclient.XML) // nobody listens there: only the counts are of interest
	o.Scanner = busy(b)
	serve(b, newExporter(b, o).Handler(HandlerOptions{Logger: log.NewNopLogger()}), "identity")
}

// BenchmarkScrapeGzip is the same with compression, as Prometheus asks for.
func BenchmarkScrapeGzip(b *testing.B) {
	o := options(b, "http://127.0.0.1:1", pmtaclient.XML)
	o.Scanner = busy(b)
	serve(b, newExporter(b, o).Handler(HandlerOptions{Logger: log.NewNopLogger()}), "gzip")
}

// BenchmarkScrapeConst makes const metrics of the same counts, and a registry
// gathers them.
func BenchmarkScrapeConst(b *testing.B) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(constCounts{newScanCollector(busy(b))})
	serve(b, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "identity")
}

// serve answers scrapes as Prometheus 3 asks for them.
func serve(b *testing.B, h http.Handler, encoding string) {
	b.Helper()
	begin := cpu(b)
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/metrics?collect[]=accounting", nil)
		r.Header.Set("Accept", "text/plain;version=1.0.0;escaping=allow-utf-8")
		r.Header.Set("Accept-Encoding", encoding)
		w := &nowhere{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.bytes < 50<<10 { // compressed it is 93 KiB
			b.Fatalf("an answer of %d bytes", w.bytes)
		}
	}
	b.ReportMetric(float64((cpu(b)-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// nowhere counts the bytes of an answer.
type nowhere struct {
	header http.Header
	bytes  int
}

func (n *nowhere) Header() http.Header { return n.header }
func (n *nowhere) WriteHeader(int)     {}
func (n *nowhere) Write(b []byte) (int, error) {
	n.bytes += len(b)
	return len(b), nil
}

// constCounts tells the counts in the usual way.
type constCounts struct{ *scanCollector }

// Describe implements prometheus.Collector.
func (c constCounts) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range c.families() {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c constCounts) Collect(ch chan<- prometheus.Metric) {
	s := c.scanner.Snapshot()
	constMetrics(ch, c.records, s.Records)
	constMetrics(ch, c.outcomes, s.Outcomes)
	constMetrics(ch, c.sourceIPOutcomes, s.SourceIPOutcomes)
	constMetrics(ch, c.senderOutcomes, s.SenderDomainOutcomes)
	constMetrics(ch, c.bounces, s.Bounces)
	constMetrics(ch, c.deferrals, s.Deferrals)
	constMetrics(ch, c.sourceIPDeferrals, s.SourceIPDeferrals)
	constMetrics(ch, c.deliveredBytes, s.DeliveredBytes)
	constMetrics(ch, c.tlsDeliveries, s.TLSDeliveries)
	constMetrics(ch, c.sourceIPs, s.SourceIPs)
}

func constMetrics[K comparable](ch chan<- prometheus.Metric, c *counts[K], committed logscan.Counts[K]) {
	for s := range committed.All() {
		ch <- prometheus.MustNewConstMetric(c.family.desc, c.family.kind.valueType(), float64(s.Value), c.labels(s.Key)...)
	}
}
