package pmtaclient

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// benchEvents is how many errors each queue of a bench page has. The captured
// list has up to 5, PowerMTA's default limit is 10.
const benchEvents = 5

// benchTexts are the texts of these errors, from the published answers; the
// queues take them in turn.
func benchTexts() [4]string {
	return [...]string{
		`skip of MX requested: "421 4.2.1 :  (DYN:T1)  http://postmaster.example/421dynt1.html" received from mx.example.com (198.51.100.1)`,
		`connect rate limit reached`,
		`Error: "521 5.2.1 :  mx will not accept delivery of this message." while connected from mailout-2.example.com (192.0.2.2) to mx.example.com (198.51.100.1)`,
		`ETIMEDOUT connecting to mail.example.com (198.51.100.1)`,
	}
}

// queuesPage makes a list of n queues in XML, in the form of the interface
// notes §4.3. It is synthetic: no list in XML was published.
func queuesPage(n, events int) []byte {
	var b bytes.Buffer
	texts, newest := benchTexts(), time.Date(2014, 9, 20, 18, 24, 33, 0, time.UTC)
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], `"`, "&quot;")
	}
	b.WriteString("<rsp><data><title>queues</title>")
	for i := range n {
		fmt.Fprintf(&b, "<queue><name>domain%d.example/vmta%d</name><rcp>%d</rcp><kb>%d.5</kb><conn>%d</conn>", i/20, i%20, n-i, i, i%3)
		for j := range events {
			at := newest.Add(time.Duration(-i-j) * time.Second).Format(timeLayout)
			fmt.Fprintf(&b, "<event><type>error</type><time>%s</time><text>%s</text></event>", at, texts[(i+j)%len(texts)])
		}
		b.WriteString("<paused>no</paused><mode>normal</mode><retryTime>2014-09-20 18:25:32</retryTime></queue>")
	}
	fmt.Fprintf(&b, "<totalRcp>%d</totalRcp><totalQueuesWithRcp>%d</totalQueuesWithRcp></data><succ/></rsp>", n*(n+1)/2, n)
	return b.Bytes()
}

// queuesPageJSON is the same list in JSON, in the form of the same notes.
func queuesPageJSON(n, events int) []byte {
	var b bytes.Buffer
	texts, newest := benchTexts(), time.Date(2014, 9, 20, 18, 24, 33, 0, time.UTC)
	b.WriteString(`{"data":{"title":"queues","queues":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":"domain%d.example/vmta%d","rcp":%d,"kb":%d.5,"conn":%d,"errors":[`, i/20, i%20, n-i, i, i%3)
		for j := range events {
			if j > 0 {
				b.WriteByte(',')
			}
			at := newest.Add(time.Duration(-i-j) * time.Second).Format(timeLayout)
			fmt.Fprintf(&b, `{"time":"%s","text":%q}`, at, texts[(i+j)%len(texts)])
		}
		b.WriteString(`],"paused":false,"mode":"normal","retryTime":"2014-09-20 18:25:32"}`)
	}
	fmt.Fprintf(&b, `],"totalRcp":%d,"totalQueuesWithRcp":%d},"status":"success","message":""}`, n*(n+1)/2, n)
	return b.Bytes()
}

// BenchmarkQueues reads lists of queues beside the standard library, which
// is what the decoders of this package must beat to be worth their lines: by
// 10 in XML, by 4 in JSON. Compare figures of one run only.
func BenchmarkQueues(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 200_000} {
		for _, c := range []struct {
			name   string
			page   func(n, events int) []byte
			decode func(page []byte) (int, error)
		}{
			{"XML", queuesPage, decodeWith(XML)},
			{"encoding-xml", queuesPage, unmarshalXML},
			{"JSON", queuesPageJSON, decodeWith(JSON)},
			{"encoding-json", queuesPageJSON, unmarshalJSON},
		} {
			b.Run(fmt.Sprintf("%dk/%s", n/1000, c.name), func(b *testing.B) {
				page := c.page(n, benchEvents)
				b.SetBytes(int64(len(page)))
				b.ReportAllocs()
				for b.Loop() {
					if got, err := c.decode(page); err != nil || got != n {
						b.Fatalf("%d queues, error %v, want %d", got, err, n)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/queue")
			})
		}
	}
}

func decodeWith(format Format) func(page []byte) (int, error) {
	return func(page []byte) (int, error) {
		q, err := DecodeQueues(bytes.NewReader(page), format)
		if err != nil {
			return 0, err
		}
		return len(q.Queues), nil
	}
}

// unmarshalXML reads the page as one does without this package.
func unmarshalXML(page []byte) (int, error) {
	var rsp struct {
		Queues []struct {
			Name   string  `xml:"name"`
			Rcp    int64   `xml:"rcp"`
			KB     float64 `xml:"kb"`
			Conn   int64   `xml:"conn"`
			Events []struct {
				Type string `xml:"type"`
				Time string `xml:"time"`
				Text string `xml:"text"`
			} `xml:"event"`
			Paused string `xml:"paused"`
			Mode   string `xml:"mode"`
			Retry  string `xml:"retryTime"`
		} `xml:"data>queue"`
	}
	err := xml.Unmarshal(page, &rsp)
	return len(rsp.Queues), err
}

// unmarshalJSON likewise.
func unmarshalJSON(page []byte) (int, error) {
	var rsp struct {
		Data struct {
			Queues []struct {
				Name   string
				Rcp    int64
				KB     float64
				Conn   int64
				Errors []struct{ Time, Text string }
				Paused bool
				Mode   string
				Retry  string `json:"retryTime"`
			}
		}
	}
	err := json.Unmarshal(page, &rsp)
	return len(rsp.Data.Queues), err
}

// TestQueueAllocations holds the decoders to at most 2 allocations for each
// queue: its name, and its share of the growing list.
func TestQueueAllocations(t *testing.T) {
	const n = 2000
	for format, page := range map[Format][]byte{XML: queuesPage(n, benchEvents), JSON: queuesPageJSON(n, benchEvents)} {
		decode := decodeWith(format)
		got := testing.AllocsPerRun(3, func() {
			if got, err := decode(page); err != nil || got != n {
				t.Fatalf("%d queues, error %v, want %d", got, err, n)
			}
		})
		if got > 2*n {
			t.Errorf("%s: %v allocations for %d queues, want at most 2 for each", format, got, n)
		}
	}
}

// TestMemoryOfEvents proves that what is not kept takes no memory, however
// much of it there is: a list with fifty times the errors is read in the same.
func TestMemoryOfEvents(t *testing.T) {
	const n = 500
	for format, page := range map[Format]func(n, events int) []byte{XML: queuesPage, JSON: queuesPageJSON} {
		few, many := allocated(t, page(n, 1), format), allocated(t, page(n, 50), format)
		if many > few+few/10 {
			t.Errorf("%s: %d bytes allocated with 50 errors for each queue, %d with one", format, many, few)
		}
	}
}

// allocated returns how much memory decoding asks for in all.
func allocated(t *testing.T, page []byte, format Format) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := decodeWith(format)(page); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
