package acct

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The benchmarks of JSON and XML read one delivery with the columns of version
// 5.0, as busy servers write them, and stand beside the standard library's own
// ways to get at the same fields.

const benchRecords = 1000

// benchColumns are names and values of that delivery.
func benchColumns(b *testing.B) (names, values []string) {
	b.Helper()
	names = strings.Split(guideHeaders["d"], ",")
	row := samples(b)["acct-d-ug2019-row.csv"]
	values = readCSV(row)[0]
	if len(names) != len(values) {
		b.Fatalf("%d names for %d values", len(names), len(values))
	}
	return names, values
}

func benchJSON(b *testing.B) string {
	b.Helper()
	names, values := benchColumns(b)
	var members []string
	for i := range names {
		members = append(members, fmt.Sprintf("%q: %q", names[i], values[i]))
	}
	return strings.Repeat("{ "+strings.Join(members, ", ")+" }\n", benchRecords)
}

func benchXML(b *testing.B) string {
	b.Helper()
	names, values := benchColumns(b)
	var record strings.Builder
	for i := range names[1:] {
		name := names[1+i]
		record.WriteString("<" + name + ">")
		if err := xml.EscapeText(&record, []byte(values[1+i])); err != nil {
			b.Fatal(err)
		}
		record.WriteString("</" + name + ">")
	}
	return strings.Repeat("<d>"+record.String()+"</d>\n", benchRecords)
}

// benchRead splits and reads all records of a text.
func benchRead(b *testing.B, text string) {
	b.Helper()
	data := []byte(text)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var r Record
	for b.Loop() {
		s := Splitter{Max: 1 << 20}
		n := 0
		for rest := data; len(rest) > 0; {
			piece := s.Next(rest, false)
			if piece.Kind != Complete {
				b.Fatalf("%+v, want a record", piece)
			}
			r.Read(s.Format(), nil, rest[:piece.Size])
			rest = rest[piece.Size:]
			n++
		}
		if n != benchRecords || r.Type != Delivered || len(r.Field(DlvSize)) == 0 {
			b.Fatalf("%d records, the last of type %s, want %d", n, r.Type, benchRecords)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
}

func BenchmarkJSON(b *testing.B) { benchRead(b, benchJSON(b)) }

func BenchmarkXML(b *testing.B) { benchRead(b, benchXML(b)) }

// benchDelivery has the fields of Record for the standard library.
type benchDelivery struct {
	Type           string `json:"type"           xml:"-"`
	TimeLogged     string `json:"timeLogged"     xml:"timeLogged"`
	TimeQueued     string `json:"timeQueued"     xml:"timeQueued"`
	Orig           string `json:"orig"           xml:"orig"`
	Rcpt           string `json:"rcpt"           xml:"rcpt"`
	DSNStatus      string `json:"dsnStatus"      xml:"dsnStatus"`
	DSNDiag        string `json:"dsnDiag"        xml:"dsnDiag"`
	DSNMta         string `json:"dsnMta"         xml:"dsnMta"`
	BounceCat      string `json:"bounceCat"      xml:"bounceCat"`
	DlvType        string `json:"dlvType"        xml:"dlvType"`
	DlvSourceIP    string `json:"dlvSourceIp"    xml:"dlvSourceIp"`
	DlvSize        string `json:"dlvSize"        xml:"dlvSize"`
	DlvTLSProtocol string `json:"dlvTlsProtocol" xml:"dlvTlsProtocol"`
	VMTA           string `json:"vmta"           xml:"vmta"`
	Queue          string `json:"queue"          xml:"queue"`
}

// benchDecode reads the same records through a decoder.
func benchDecode(b *testing.B, text string, decoder func(io.Reader) func(any) error) {
	b.Helper()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		decode := decoder(strings.NewReader(text))
		for range benchRecords {
			var d benchDelivery
			if err := decode(&d); err != nil || d.DlvSize == "" {
				b.Fatal(d, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
}

func BenchmarkEncodingJSON(b *testing.B) {
	benchDecode(b, benchJSON(b), func(r io.Reader) func(any) error { return json.NewDecoder(r).Decode })
}

func BenchmarkEncodingXML(b *testing.B) {
	benchDecode(b, benchXML(b), func(r io.Reader) func(any) error { return xml.NewDecoder(r).Decode })
}
