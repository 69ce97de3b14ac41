package collector

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// The benchmarks of this file serve one list of queues over the loopback, and
// scrape it in three ways: with the exporter, in the plain way in which most
// exporters are written, and by handing the page through. docs/performance.md
// says what came of it.

// BenchmarkScrape is one scrape by the exporter: fetch, parse, add up, render.
func BenchmarkScrape(b *testing.B) {
	benchmarkWays(b, func(b *testing.B, uri string, format pmtaclient.Format) http.Handler {
		b.Helper()
		o := options(b, uri, format, "queues")
		o.Timeout = time.Minute
		return newExporter(b, o).Handler(HandlerOptions{Logger: log.NewNopLogger()})
	})
}

// BenchmarkScrapePlain unmarshals into structs and sets a GaugeVec for each
// of the families that the exporter has for a queue.
func BenchmarkScrapePlain(b *testing.B) {
	benchmarkWays(b, func(_ *testing.B, uri string, format pmtaclient.Format) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			page, err := get1(uri + "/queues?format=" + string(format))
			if err == nil {
				err = plainScrape(w, r, page, format)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	})
}

// BenchmarkScrapePassThrough copies the page to the scraper: what moving the
// bytes costs.
func BenchmarkScrapePassThrough(b *testing.B) {
	benchmarkWays(b, func(_ *testing.B, uri string, format pmtaclient.Format) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			response, err := http.Get(uri + "/queues?format=" + string(format))
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			defer response.Body.Close()
			_, _ = io.Copy(w, response.Body)
		})
	})
}

func get1(uri string) ([]byte, error) {
	response, err := http.Get(uri)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

type plainQueue struct {
	Name   string       `json:"name"      xml:"name"`
	Rcp    float64      `json:"rcp"       xml:"rcp"`
	KB     float64      `json:"kb"        xml:"kb"`
	Conn   float64      `json:"conn"      xml:"conn"`
	Events []plainEvent `json:"errors"    xml:"event"`
	Paused string       `json:"paused"    xml:"paused"`
	Mode   string       `json:"mode"      xml:"mode"`
	Retry  string       `json:"retryTime" xml:"retryTime"`
}

type plainEvent struct {
	Type string `json:"type" xml:"type"`
	Time string `json:"time" xml:"time"`
	Text string `json:"text" xml:"text"`
}

func plainScrape(w http.ResponseWriter, r *http.Request, page []byte, format pmtaclient.Format) error {
	var inXML struct {
		Queues []plainQueue `xml:"data>queue"`
	}
	var inJSON struct {
		Data struct {
			Queues []plainQueue `json:"queues"`
		} `json:"data"`
	}
	var queues []plainQueue
	var err error
	if format == pmtaclient.XML {
		err = xml.Unmarshal(page, &inXML)
		queues = inXML.Queues
	} else {
		err = json.Unmarshal(page, &inJSON)
		queues = inJSON.Data.Queues
	}
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	vec := func(name string) *prometheus.GaugeVec {
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: name + "."}, []string{"domain", "vmta", "provider"})
		registry.MustRegister(v)
		return v
	}
	recipients, size, connections := vec("plain_recipients"), vec("plain_bytes"), vec("plain_connections")
	backoff, paused, retry, age := vec("plain_backoff"), vec("plain_paused"), vec("plain_retry_seconds"), vec("plain_error_age_seconds")
	now := noon()
	for _, q := range queues {
		domain, vmta, _ := strings.Cut(q.Name, "/")
		recipients.WithLabelValues(domain, vmta, "other").Set(q.Rcp)
		size.WithLabelValues(domain, vmta, "other").Set(q.KB * 1024)
		connections.WithLabelValues(domain, vmta, "other").Set(q.Conn)
		backoff.WithLabelValues(domain, vmta, "other").Set(oneIf(q.Mode == "backoff"))
		paused.WithLabelValues(domain, vmta, "other").Set(oneIf(q.Paused == "yes"))
		if t, err := time.Parse(time.DateTime, q.Retry); err == nil {
			retry.WithLabelValues(domain, vmta, "other").Set(t.Sub(now).Seconds())
		}
		if t, err := time.Parse(time.DateTime, q.Events[0].Time); err == nil {
			age.WithLabelValues(domain, vmta, "other").Set(now.Sub(t).Seconds())
		}
	}
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}

// benchmarkWays scrapes lists of several lengths in both formats through the
// handler that way makes.
func benchmarkWays(b *testing.B, way func(b *testing.B, uri string, format pmtaclient.Format) http.Handler) {
	b.Helper()
	for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON} {
		for _, n := range []int{10_000, 100_000, 200_000} {
			b.Run(fmt.Sprintf("%s/%dk", format, n/1000), func(b *testing.B) {
				page := benchFile(b, n, format)
				status := sample(b, map[pmtaclient.Format]string{pmtaclient.XML: "status-5.0r1.http.xml", pmtaclient.JSON: "status-5.0b1.http.json"}[format])
				upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/status" {
						_, _ = w.Write(status)
						return
					}
					servePage(b, w, page)
				}))
				defer upstream.Close()
				exporter := httptest.NewServer(way(b, upstream.URL, format))
				defer exporter.Close()
				measure(b, exporter.URL)
			})
		}
	}
}

// benchFile is a file with a page: on the heap it would make the collector of
// garbage wait until as much again is wasted.
func benchFile(b *testing.B, n int, format pmtaclient.Format) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "page")
	if err := os.WriteFile(file, benchPage(n, format), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

func servePage(b *testing.B, w http.ResponseWriter, page string) {
	b.Helper()
	file, err := os.Open(page)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = file.Close() }() // only read
	_, _ = io.Copy(w, file)             // the scrape notices what is missing
}

// measure scrapes b.N times and reports the CPU time of a scrape, with that of
// the two ends, and the most memory beyond what was in use before.
func measure(b *testing.B, uri string) {
	b.Helper()
	debug.FreeOSMemory()
	before := memory(b, "VmRSS:")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // forgets the peak
		b.Log(err)
	}
	begin := cpu(b)
	for b.Loop() {
		response, err := http.Get(uri)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response.Status, err)
		}
	}
	b.ReportMetric(float64((cpu(b)-begin).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(memory(b, "VmHWM:")-before)/1024, "peak-MiB")
}

// cpu is the CPU time of this process.
func cpu(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory is a figure of /proc/self/status in KiB.
func memory(b *testing.B, name string) int {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("needs /proc: ", err)
	}
	_, rest, _ := strings.Cut(string(status), name)
	var kilobytes int
	if _, err := fmt.Sscanf(rest, "%d kB", &kilobytes); err != nil {
		b.Fatal(err)
	}
	return kilobytes
}

// benchPage is a synthetic list of n queues with five errors each, as the
// capture of 2014 has them: hosts differ, texts repeat.
func benchPage(n int, format pmtaclient.Format) []byte {
	var b bytes.Buffer
	isXML := format == pmtaclient.XML
	b.WriteString(map[bool]string{true: "<rsp><data><title>queues</title>", false: `{"status":"success","data":{"title":"queues","queues":[`}[isXML])
	for i := range n {
		if isXML {
			benchQueueXML(&b, n, i)
		} else {
			benchQueueJSON(&b, n, i)
		}
	}
	if isXML {
		fmt.Fprintf(&b, "<totalRcp>%d</totalRcp><totalQueuesWithRcp>%d</totalQueuesWithRcp></data><succ/></rsp>", n*(n+1)/2, n)
	} else {
		fmt.Fprintf(&b, `],"totalRcp":%d,"totalQueuesWithRcp":%d}}`, n*(n+1)/2, n)
	}
	return b.Bytes()
}

func benchQueueXML(b *bytes.Buffer, n, i int) {
	fmt.Fprintf(b, "<queue><name>domain%d.example/vmta%d</name><rcp>%d</rcp><kb>%d.5</kb><conn>%d</conn>", i/20, i%20, n-i, i, i%3)
	for range 5 {
		b.WriteString(`<event><type>error</type><time>2014-09-20 18:24:33</time><text>skip of MX requested: &quot;421 4.2.1 :  (DYN:T1)  http://postmaster.example/421dynt1.html&quot; received from mx.example.com (198.51.100.1)</text></event>`)
	}
	b.WriteString("<paused>no</paused><mode>normal</mode><retryTime>2014-09-20 18:25:32</retryTime></queue>")
}

func benchQueueJSON(b *bytes.Buffer, n, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
	fmt.Fprintf(b, `{"name":"domain%d.example/vmta%d","rcp":%d,"kb":%d.5,"conn":%d,"errors":[`, i/20, i%20, n-i, i, i%3)
	for j := range 5 {
		if j > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"type":"error","time":"2014-09-20 18:24:33","text":"skip of MX requested: \"421 4.2.1 :  (DYN:T1)  http://postmaster.example/421dynt1.html\" received from mx.example.com (198.51.100.1)"}`)
	}
	b.WriteString(`],"paused":"no","mode":"normal","retryTime":"2014-09-20 18:25:32"}`)
}
