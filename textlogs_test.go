package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ourEvent = `
log_events:
  - event: feed_stopped
    level: warning
    words: [feeder, halted]
    source: this test
    grade: A
    examples: ["2026-11-20 08:00:00 feeder 7 halted"]
`

// TestP9TextLogsAlone follows text logs and no accounting file. What is marked in
// their lines is nowhere to be seen; a file that is missing is no failure.
func TestP9TextLogsAlone(t *testing.T) {
	const marked = "canary"
	dir, state := t.TempDir(), t.TempDir()
	line := "2026-11-23 12:00:00 " + marked + " Error: <" + marked + "@" + marked + ".example> 550 \"" + marked + " disk full\"\n" + marked + " folded\n"
	if err := os.WriteFile(filepath.Join(dir, "pmta.log"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	root, log := inProcess(t, "--pmta.uri=http://127.0.0.1:1", "--state.directory="+state, "--scan.from=start", "--scan.poll-interval=10ms",
		"--log.level=debug", "--scan.log="+filepath.Join(dir, "pmta.log"), "--scan.log="+filepath.Join(dir, "panic.log"))
	all := eventually(t, root+"/metrics", func(all samples) bool { return all.sum("pmta_log_lines_total") > 0 })
	for series, want := range map[string]float64{
		`pmta_log_lines_total{level="error",log="pmta.log"}`:        1,
		`pmta_log_lines_total{level="fatal",log="pmta.log"}`:        0,
		`pmta_log_events_total{event="error",log="pmta.log"}`:       1,
		`pmta_log_events_total{event="disk_full",log="pmta.log"}`:   0,
		`pmta_exporter_scan_records_total{source="log"}`:            1,
		`pmta_exporter_scan_readable{source="log"}`:                 1,
		`pmta_exporter_scan_open_files{source="log"}`:               1,
		`pmta_exporter_scan_rotations_total{source="log"}`:          0,
		`pmta_exporter_series_limit{family="pmta_log_lines_total"}`: 100,
	} {
		if got := all.at(t, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
	_, _, body := request(t, http.MethodGet, root+"/metrics")
	kept, err := os.ReadFile(filepath.Join(state, "state"))
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"/metrics": body, "the log": log.String(), "the state": string(kept)} {
		if strings.Contains(text, marked) || text == "" {
			t.Errorf("%q is in %s:\n%s", marked, where, text)
		}
	}
	if strings.Contains(body, "pmta_bounces_total{") || strings.Contains(body, `source="accounting"`) {
		t.Error("there are counts of accounting files, which no flag names")
	}
}

// TestM08ReloadLogEvents: a new event counts from the reload on, and is there at
// 0 until then.
func TestM08ReloadLogEvents(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "pmta.log")
	const line, series = "2026-11-23 12:00:00 feeder 3 halted\n", `pmta_log_events_total{event="feed_stopped",log="pmta.log"}`
	appendTo(t, log, line+"2026-11-23 12:00:00 Disk full\n")
	s := newSite(t, "", "--web.enable-lifecycle", "--scan.log="+log)
	all := eventually(t, s.root+"/metrics", func(all samples) bool { return all.sum("pmta_log_lines_total") == 2 })
	if _, ok := all[series]; ok {
		t.Errorf("%s is there before the reload, want it absent", series)
	}
	s.write("config.yaml", ourEvent)
	if status, _, body := request(t, http.MethodPost, s.root+"/-/reload"); status != http.StatusOK {
		t.Fatalf("reload: status %d, want 200: %s", status, body)
	}
	all = eventually(t, s.root+"/metrics", func(all samples) bool { _, ok := all[series]; return ok })
	s.want(all, map[string]float64{series: 0, `pmta_log_events_total{event="disk_full",log="pmta.log"}`: 1})
	appendTo(t, log, line)
	all = eventually(t, s.root+"/metrics", func(all samples) bool { return all[series] == 1 })
	s.want(all, map[string]float64{
		`pmta_log_lines_total{level="warning",log="pmta.log"}`: 1, `pmta_log_events_total{event="disk_full",log="pmta.log"}`: 1,
	})
}
