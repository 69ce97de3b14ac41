package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheckPlans: each plan has a line with its day, and says when nothing that
// it counts was seen.
func TestCheckPlans(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("config.yaml", `
warmup:
  - {vmta: cold-1, start: 2026-11-20, curve: [50, 100, 200], shares: {gmail: 0.5}}
  - {vmta: cold-2, start: 2026-11-22, curve: [50], source_ips: [192.0.2.1]}
  - {vmta: cold-3, start: 2026-11-22, curve: [50], source_ips: [192.0.2.2]}
  - {vmta: cold-4, start: 2026-11-30, curve: [50]}
`[1:])
	check := func(files string) (int, string) {
		return checked(t, "--pmta.uri=http://127.0.0.1:1", "--config.file="+config, "--scan.accounting="+filepath.Join(dir, files))
	}
	write("acct.csv", "type,timeLogged,vmta,dlvSourceIp\nd,2026-11-21 23:59:59-0500,cold-1,192.0.2.1\nt,2026-11-24 00:00:00-0500,cold-4,192.0.2.2\n")
	code, text := check("*.csv")
	wantLines(t, code, text,
		"ok    warm-up cold-1: 2026-11-21 is day 2 with planned recipients: gmail 50, other 50, and it sends",
		"ok    warm-up cold-2: it begins on 2026-11-22, and the newest record is of 2026-11-21, and it sends",
		"skip  warm-up cold-3: it begins on 2026-11-22, and the newest record is of 2026-11-21, but 192.0.2.2 is in none of the d and b records",
		"skip  warm-up cold-4: it begins on 2026-11-30, and the newest record is of 2026-11-21, but cold-4 is in none")
	code, text = check("*.json")
	wantLines(t, code, text, "skip  warm-up cold-1: no record d or b with a time was found")
}
