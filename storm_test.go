package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestM13MalformedRecords: a million malformed records are counted one by one
// by reason, and said once for each reason.
func TestM13MalformedRecords(t *testing.T) {
	const files, each = 5, 200_000 // of each reason; the other files share all but no_header
	malformed := map[string]string{
		"short_row": "d,,v\n",
		"long_row":  "d,,v,ok,more,and more\n",
		"bad_value": "d,yesterday,v,ok\n",
		"quote":     "d,,v,\"SECRET\"SECRET\n",
	}
	var mixed bytes.Buffer
	mixed.WriteString("type,timeLogged,vmta,dsnDiag\n")
	for range each / (files - 1) {
		for _, row := range malformed {
			mixed.WriteString(row)
		}
		mixed.WriteString("d,,good,\"ok, \"\"quoted\"\"\"\n")
	}
	dir := t.TempDir()
	for i := range files {
		text := mixed.Bytes()
		if i == 0 {
			text = bytes.Repeat([]byte("SECRET, without a header\n"), each)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("acct-", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri=http://127.0.0.1:1", "--log.level=debug",
		"--scan.from=start", "--state.directory="+t.TempDir(), "--scan.accounting="+filepath.Join(dir, "*"))
	all := eventually(t, p.url, func(s samples) bool {
		return s.sum("pmta_outcomes_total", `vmta="good"`) == each && s["pmta_exporter_scan_lag_bytes{source=\"accounting\"}"] == 0
	})
	for _, reason := range []string{"short_row", "long_row", "bad_value", "quote", "no_header"} {
		if got := all.sum("pmta_exporter_scan_malformed_records_total", `reason="`+reason+`"`); got != each {
			t.Errorf("%v malformed records with reason %s, want %d", got, reason, each)
		}
		if said := strings.Count(p.log.String(), "reason="+reason); said != 1 {
			t.Errorf("reason %s is said %d times, want once", reason, said)
		}
	}
	text := p.log.String()
	t.Logf("%d lines of log, %d MiB peak RSS", strings.Count(text, "\n"), peakRSS(t, p.cmd.Process.Pid)>>20)
	if strings.Count(text, "\n") > 20 || strings.Contains(text, "SECRET") {
		t.Errorf("the log holds records, or too many lines:\n%s", text)
	}
	if got := all.sum("pmta_accounting_records_total"); got != 4*each { // without those of quote and no_header
		t.Errorf("%v records, want %d", got, 4*each)
	}
}
