package acct

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// columnSets are headers as the versions write them, and as record-fields makes
// them.
var columnSets = map[string]string{
	"3.5 and 4.0": "type,timeLogged,timeQueued,timeImprinted,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta," +
		"dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId",
	"4.5 and 5.0":        deliveryColumns + ",vmtaPool,dlvTlsProtocol,dlvTlsCipher,header_x-job",
	"5.5, at the end":    deliveryColumns + ",vmtaPool,dlvTlsProtocol,dlvTlsCipher,timeFirstAttempt,totalSecondsQueued",
	"5.5, at the start":  "type,timeFirstAttempt,totalSecondsQueued" + strings.TrimPrefix(deliveryColumns, "type"),
	"tq":                 guideHeaders["tq"],
	"r":                  guideHeaders["r"],
	"rb":                 guideHeaders["rb"],
	"f":                  "type,timeLogged,repSourceIp,feedbackType,format,userAgent,envId,orig,rcpt,reportingMta,dlvSourceIp,reportedDomain,header_From,arf_x",
	"without timeLogged": "type,timeQueued,bounceCat,vmta,orig,rcpt,srcMta,dlvSourceIp,jobId,dsnStatus,dsnMta",
	"other spelling":     "TYPE,TIMELOGGED,envid,reportingMTA,DlvSourceIP,FeedBackType,Vmta",
	"type alone":         "type",
}

// TestR11ColumnSets writes the name of each column into it, and wants each field
// from where it is, in any order of the columns.
func TestR11ColumnSets(t *testing.T) {
	shuffled := rand.New(rand.NewPCG(1, 1))
	for name, set := range columnSets {
		t.Run(name, func(t *testing.T) {
			columns := strings.Split(set, ",")[1:]
			for range 20 {
				checkColumns(t, columns, len(columns))
				checkColumns(t, columns, shuffled.IntN(len(columns)+1))
				shuffled.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
			}
		})
	}
}

// checkColumns reads a row with so many of the columns.
func checkColumns(t *testing.T, columns []string, size int) {
	t.Helper()
	header := ParseHeader([]byte(strings.Join(append([]string{"type"}, columns...), ",") + "\r\n"))
	var r Record
	r.Parse(header, []byte(strings.Join(append([]string{"b"}, columns[:size]...), ",")+"\r\n"))
	if r.Short != (size < len(columns)) || r.Long || r.Type != Bounced {
		t.Errorf("%d of %d columns read as %s, short %v, long %v", size, len(columns), r.Type, r.Short, r.Long)
	}
	for _, field := range Fields() {
		at := slices.IndexFunc(columns, func(column string) bool { return strings.EqualFold(column, field.String()) })
		switch got := r.Field(field); {
		case header.Has(field) != (at >= 0):
			t.Errorf("header %q has %s: %v", columns, field, header.Has(field))
		case at >= 0 && at < size:
			if string(got) != columns[at] {
				t.Errorf("%s = %q, want %q", field, got, columns[at])
			}
		case got != nil:
			t.Errorf("%s = %q, want none", field, got)
		}
	}
}

// Each known column is in a default of some version.
func TestColumnSetsAreComplete(t *testing.T) {
	for _, field := range Fields() {
		known := false
		for _, set := range columnSets {
			known = known || slices.Contains(strings.Split(set, ","), field.String())
		}
		if !known {
			t.Errorf("no version has the column %q", field)
		}
	}
}
