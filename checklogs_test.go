package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// logLines makes n synthetic lines, each of which tells of a full disk.
func logLines(n int) string {
	return strings.Repeat("2026-11-23 10:00:00 Disk full, says a line from <canary@canary.example>\n", n)
}

func TestCheckLogs(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
		code  int
	}{
		{"none yet", nil, "skip  log .*no file matches", 0},
		{"empty", map[string]string{"pmta.log": ""}, "skip  log .*1 found and readable, without a whole line", 0},
		{"half a line", map[string]string{"pmta.log": "2026-11-23 10:00"}, "skip  log .*without a whole line", 0},
		{"compressed", map[string]string{"pmta.log": "\x1f\x8b.\n"}, "skip  log .*without a whole line", 0},
		{"all well", map[string]string{"pmta.log": logLines(3), "pmtahttp.log": "no time\n", "acct.log": "type,rcpt\n"}, "ok    log .*2 found and readable.* of 4 lines 75 % begin with a time; events: disk_full 3$", 0},
		{"nothing to tell", map[string]string{"pmta.log": "2026-11-23 10:00:00 done\n"}, "ok    log .*of 1 lines 100 % begin with a time; events: none$", 0},
		{"long", map[string]string{"pmta.log": logLines(10_000)}, "ok    log .*100 % begin with a time; events: disk_full 3", 0},
		{"a directory", map[string]string{"pmta.log/": ""}, "FAIL  log .*not a regular file.*log-file-world-readable", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(root, name)
				err := os.WriteFile(path, []byte(text), 0o600)
				if strings.HasSuffix(name, "/") {
					err = errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			events, err := textlog.Default()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			r := &report{w: &out}
			checkLogs(r, logscan.Options{Logs: []string{filepath.Join(root, "*.log")}, Accounting: []string{filepath.Join(root, "acct*")}}, events)
			code := 0
			if r.failed {
				code = 1
			}
			wantLines(t, code, out.String(), c.want)
			if code != c.code || strings.Contains(out.String(), "canary") {
				t.Errorf("code %d, want %d, and no canary:\n%s", code, c.code, &out)
			}
		})
	}
}
