package collector

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// TestGaps: what a configuration lacks leaves families out, and is told once.
func TestGaps(t *testing.T) {
	const (
		few      = "type,timeLogged,rcpt,vmta,queue\n"
		fewRow   = "2026-11-20 12:00:00+0000,a@gmail.com,v,gmail.com/v\n"
		whole    = "type,timeLogged,timeQueued,orig,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvSourceIp,dlvSize,dlvTlsProtocol,vmta,queue\n"
		wholeRow = "2026-11-20 12:00:00+0000,2026-11-20 11:59:59+0000,s@news.example,a@gmail.com,2.0.0,,,,192.0.2.1,100,TLSv1.3,v,gmail.com/v\n"
	)
	columns := []string{"pmta_delivered_bytes_total", "pmta_delivery_delay_seconds", "pmta_sender_domain_outcomes_total", "pmta_source_ip_outcomes_total", "pmta_tls_deliveries_total"}
	for name, tt := range map[string]struct {
		text   string
		absent []string // of those of columns, and pmta_deferrals_total
		says   []string
	}{
		"too few to tell": {
			text: few + strings.Repeat("d,"+fewRow, enoughRecords-1), absent: append([]string{"pmta_deferrals_total"}, columns...),
		},
		"only deliveries with few columns": {
			text: few + strings.Repeat("d,"+fewRow, enoughRecords), absent: append([]string{"pmta_deferrals_total"}, columns...),
			says: []string{
				"records b, records t,", "column timeQueued of delivered records", "column orig of delivered", "column dlvSourceIp of delivered",
				"column dlvSize of delivered", "column dlvTlsProtocol of delivered", "pmta_deferrals_total",
			},
		},
		"no transient records": {
			text:   whole + strings.Repeat("d,"+wholeRow, enoughRecords) + "b," + wholeRow,
			absent: []string{"pmta_deferrals_total"},
			says:   []string{`lacking="records t" absent=pmta_deferrals_total hint=`},
		},
		"all is there": {
			text: whole + strings.Repeat("d,"+wholeRow, enoughRecords) + "b," + wholeRow + strings.Repeat("t,"+wholeRow, enoughRecords),
		},
	} {
		t.Run(name, func(t *testing.T) {
			var logged strings.Builder
			o := options(t, "http://127.0.0.1:1", pmtaclient.XML)
			o.Logger = level.NewFilter(log.NewLogfmtLogger(&logged), level.AllowInfo())
			file := filepath.Join(t.TempDir(), "acct.csv")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			o.Scanner = newScanner(t, file)
			e := newExporter(t, o)
			commitPoll(t, o.Scanner)
			out := scrape(t, e)
			scrape(t, e)
			for _, f := range e.scan.families() {
				named := f.name == "pmta_deferrals_total" || slices.Contains(columns, f.name)
				if got, want := out.series[f] == 0, slices.Contains(tt.absent, f.name); named && got != want {
					t.Errorf("%s is absent: %v, want %v", f.name, got, want)
				}
			}
			checkGapLine(t, logged.String(), tt.says)
		})
	}
}

// checkGapLine looks for one line that says all of it, or for none.
func checkGapLine(t *testing.T, logged string, says []string) {
	t.Helper()
	lines := strings.Count(logged, "Accounting files lack")
	if want := min(len(says), 1); lines != want {
		t.Fatalf("%d lines about gaps, want %d: %s", lines, want, logged)
	}
	for _, part := range says {
		if !strings.Contains(logged, part) {
			t.Errorf("the log lacks %q: %s", part, logged)
		}
	}
}
