package acct

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// guideHeaders are the columns of the rows that were published without a
// header, as the tables of the guide and the count of their fields tell.
var guideHeaders = map[string]string{
	"d":  deliveryColumns,
	"b":  deliveryColumns,
	"t":  deliveryColumns + ",vmtaPool",
	"tq": "type,timeLogged,dsnStatus,dsnDiag,dsnMta,dlvType,dlvSourceIp,dlvDestinationIp,vmta,queue",
	"r":  "type,timeLogged,orig,rcpt,orcpt,srcType,srcMta,rcvSourceIp,rcvDestinationIp,vmta,jobId,envId",
	"rb": "type,timeLogged,orig,rcpt,orcpt,dsnStatus,dsnDiag,dsnMta,dsnReportingMta,bounceCat,srcType,srcMta,envId",
	"f":  "type,timeLogged,format,userAgent,envId,orig,rcpt,reportingMta,dlvSourceIp",
}

const deliveryColumns = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta," +
	"dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue"

// withHeaders puts the guide's header before each row of a sample that has
// none, so such samples change their header in mid-file.
func withHeaders(name, text string) string {
	if strings.HasPrefix(text, "type,") || !strings.HasSuffix(name, ".csv") {
		return text
	}
	var b strings.Builder
	for row := range strings.Lines(text) {
		code, _, _ := strings.Cut(row, ",")
		header := guideHeaders[code]
		if name == "acct-t-2017-row.csv" {
			header += ",dlvTlsProtocol,dlvTlsCipher,unknown"
		}
		b.WriteString(header + "\n" + row)
	}
	return b.String()
}

// describe reads a file and shows what was understood, a line per record.
func describe(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	got := split(t, Splitter{Max: 1 << 20}, text, 11, true)
	for _, reason := range got.malformed {
		fmt.Fprintf(&b, "  malformed %s\n", reason)
	}
	var h *Header
	var r Record
	for _, record := range got.records {
		if got.format == CSV && IsHeader([]byte(record)) {
			h = ParseHeader([]byte(record))
			continue
		}
		r.Read(got.format, h, []byte(record))
		logged, _ := ParseTime(r.Field(TimeLogged))
		queued, _ := ParseTime(r.Field(TimeQueued))
		domain, vmta := SplitQueue(r.Field(Queue))
		fmt.Fprintf(&b, "  %s logged=%d queued=%d orig=%q rcpt=%q status=%q mta=%q category=%q type=%q ip=%q size=%q vmta=%q queue=%q/%q short=%v long=%v\n    diag=%q\n",
			r.Type, logged, queued, Domain(r.Field(Orig)), Domain(r.Field(Rcpt)), r.Field(DSNStatus), Host(r.Field(DSNMta)), r.Field(BounceCat),
			r.Field(DlvType), r.Field(DlvSourceIP), r.Field(DlvSize), r.Field(VMTA), domain, vmta, r.Short, r.Long, r.Field(DSNDiag))
		if r.Type == Feedback {
			fmt.Fprintf(&b, "    feedback=%q from=%q\n", r.Field(FeedbackType), Host(r.Field(ReportingMTA)))
		}
	}
	return b.String()
}

func TestPublishedSamples(t *testing.T) {
	const golden = "testdata/samples.golden"
	found := samples(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(found)) {
		b.WriteString(name + "\n" + describe(t, withHeaders(name, found[name])))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("samples read as\n%s\nwant\n%s", b.String(), want)
	}
}

// Well-formed samples read the same with the standard library.
func TestSamplesAgainstCSV(t *testing.T) {
	for name, text := range samples(t) {
		if strings.HasSuffix(name, ".csv") && readCSV(text) == nil {
			t.Errorf("%s is not well formed, so nothing was compared", name)
		}
		checkAgainstCSV(t, text)
	}
}
