package pmtaclient

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"testing"
)

// queuesPage makes a list of n queues with five errors each, in the form of
// the interface notes §4.3. It is synthetic: no list in XML was published.
func queuesPage(n int) []byte {
	var b bytes.Buffer
	b.WriteString("<rsp><data><title>queues</title>")
	for i := range n {
		fmt.Fprintf(&b, "<queue><name>domain%d.example/vmta%d</name><rcp>%d</rcp><kb>%d.5</kb><conn>%d</conn>", i/20, i%20, n-i, i, i%3)
		for range 5 {
			b.WriteString(`<event><type>error</type><time>2014-09-20 18:24:33</time><text>skip of MX requested: &quot;421 4.2.1 :  (DYN:T1)  http://postmaster.example/421dynt1.html&quot; received from mx.example.com (198.51.100.1)</text></event>`)
		}
		b.WriteString("<paused>no</paused><mode>normal</mode><retryTime>2014-09-20 18:25:32</retryTime></queue>")
	}
	fmt.Fprintf(&b, "<totalRcp>%d</totalRcp><totalQueuesWithRcp>%d</totalQueuesWithRcp></data><succ/></rsp>", n*(n+1)/2, n)
	return b.Bytes()
}

// queuesPageJSON is the same list in JSON, where a repeated element is an array
// (interface notes §5).
func queuesPageJSON(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"status":"success","data":{"title":"queues","queue":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":"domain%d.example/vmta%d","rcp":%d,"kb":%d.5,"conn":%d,"event":[`, i/20, i%20, n-i, i, i%3)
		for j := range 5 {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{"type":"error","time":"2014-09-20 18:24:33","text":"skip of MX requested: \"421 4.2.1 :  (DYN:T1)  http://postmaster.example/421dynt1.html\" received from mx.example.com (198.51.100.1)"}`)
		}
		b.WriteString(`],"paused":false,"mode":"normal","retryTime":"2014-09-20 18:25:32"}`)
	}
	fmt.Fprintf(&b, `],"totalRcp":%d,"totalQueuesWithRcp":%d}}`, n*(n+1)/2, n)
	return b.Bytes()
}

func BenchmarkDecodeQueuesXML(b *testing.B) { benchmarkDecode(b, queuesPage(20_000), XML) }

func BenchmarkDecodeQueuesJSON(b *testing.B) { benchmarkDecode(b, queuesPageJSON(20_000), JSON) }

func benchmarkDecode(b *testing.B, page []byte, format Format) {
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		q, err := DecodeQueues(bytes.NewReader(page), format)
		if err != nil || len(q.Queues) != 20_000 {
			b.Fatal(len(q.Queues), err)
		}
	}
}

// BenchmarkEncodingJSON is what BenchmarkDecodeQueuesJSON is measured against.
func BenchmarkEncodingJSON(b *testing.B) {
	page := queuesPageJSON(20_000)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		var rsp struct {
			Data struct {
				Queues []struct {
					Name   string
					Rcp    int64
					KB     float64
					Conn   int64
					Events []struct{ Type, Time, Text string } `json:"event"`
					Paused bool
					Mode   string
					Retry  string `json:"retryTime"`
				} `json:"queue"`
			}
		}
		if err := json.Unmarshal(page, &rsp); err != nil || len(rsp.Data.Queues) != 20_000 {
			b.Fatal(len(rsp.Data.Queues), err)
		}
	}
}

// BenchmarkEncodingXML is what BenchmarkDecodeQueuesXML is measured against.
func BenchmarkEncodingXML(b *testing.B) {
	page := queuesPage(20_000)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
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
		if err := xml.Unmarshal(page, &rsp); err != nil || len(rsp.Queues) != 20_000 {
			b.Fatal(len(rsp.Queues), err)
		}
	}
}
