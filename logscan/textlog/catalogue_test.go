package textlog

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

func defaultCatalogue(tb testing.TB) *Catalogue {
	tb.Helper()
	c, err := Default()
	if err != nil {
		tb.Fatalf("Default() error = %v, want none", err)
	}
	return c
}

// embeddedRows returns the rows of patterns.yaml as they are written.
func embeddedRows(tb testing.TB) []Row {
	tb.Helper()
	var f file
	if err := yaml.UnmarshalStrict([]byte(patternsYAML), &f); err != nil {
		tb.Fatal(err)
	}
	return f.Patterns
}

func TestClassify(t *testing.T) {
	c := defaultCatalogue(t)
	for _, tc := range []struct {
		situation, line string
		level           Level
		event           Event
	}{
		{"nothing to tell", "2026-11-23 12:00:00 starting example.com/vmta1", Info, None},
		{"no time, nothing to tell", "starting example.com/vmta1", Other, None},
		{"nothing at all", "", Other, None},
		{"a time alone", "2026-11-23 12:00:00", Info, None},
		{"level by word", "2026-11-23 12:00:00 ERROR: something", Error, EventError},
		{"level by word, without a time", "fatal: something", Fatal, EventFatal},
		{"warning is no event", "2026-11-23 12:00:00 WARNING something", Warning, None},
		{"the first word that names a level decides", "2026-11-23 12:00:00 Warning: error in mail from feeder", Warning, None},
		{"level by row", "2026-11-23 12:00:00 something failed", Error, EventError},
		{"a word beats a row without event", "2026-11-23 12:00:00 warning: something failed", Warning, None},
		{"a word beats a row with an event", "2026-11-23 12:00:00 Warning: disk full", Warning, "disk_full"},
		{"a row whose lines are no error, in one that says error", "2026-11-23 12:00:00 error: connection refused", Error, "connection_refused"},
		{"no part of a name is a word", "2026-11-23 12:00:00 done fatal.example.com/{default}", Info, None},
		{"no part of an address", "2026-11-23 12:00:00 recipient error@example.com", Info, None},
		{"no part of a directive", "2026-11-23 12:00:00 see log-transfer-failures, non-fatal", Info, None},
		{"no part of a word", "2026-11-23 12:00:00 errors and terrors", Info, None},
		{"a license without an end", "2026-11-23 12:00:00 license expires: never", Info, None},
		{"a license with an end", "2026-11-23 12:00:00 license expires: 2026-12-01", Warning, "license_expiring"},
		{"punctuation around a word", "2026-11-23 12:00:00 [spool]...(damaged).", Error, "spool_error"},
		{"what is quoted is not ours", `2026-11-23 12:00:00 Error: "552 disk full" while connected`, Error, EventError},
		{"nor what an inner quote seems to free", `2026-11-23 12:00:00 got "552 " fatal disk full "" from peer`, Info, None},
		{"a lone quote quotes nothing", `2026-11-23 12:00:00 15" of disk full`, Error, "disk_full"},
		{"text of a remote server", "2026-11-23 12:00:00 >>> 421 fatal: license expired, disk full", Info, None},
		{"text for a remote server", "2026-11-23 12:00:00 ( 7)<<< MAIL FROM:<fatal error>", Info, None},
		{"names in a certificate", "2026-11-23 12:00:00 tls:Cert: /O=License expired/CN=fatal; verified=no", Info, None},
		{"names in a certificate, as another version writes", "2026-11-23 12:00:00 tls: cert: /O=fatal; verified=no", Info, None},
		{"a dump", "2026-11-23 12:00:00 ( 19)666174616C206572726F720D0A        fatal error..", Info, None},
		{"old form", "2003-06-29 15:32:00 ( 20)Out of memory", Error, "out_of_memory"},
		{"CRLF", "2026-11-23 12:00:00 Out of memory\r\n", Error, "out_of_memory"},
		{"bytes that are no UTF-8", "2026-11-23 12:00:00 \xff\xfeout\xffof\x01memory", Error, "out_of_memory"},
		{"a word that is longer than any", "2026-11-23 12:00:00 " + strings.Repeat("a", 200) + " fatal", Fatal, EventFatal},
	} {
		if level, event := c.Classify([]byte(tc.line)); level != tc.level || event != tc.event {
			t.Errorf("%s: Classify(%q) = %q, %q, want %q, %q", tc.situation, tc.line, level, event, tc.level, tc.event)
		}
	}
}

// TestPromisedEvents holds the events that the contract names.
func TestPromisedEvents(t *testing.T) {
	c := defaultCatalogue(t)
	events := c.Events()
	for event := range strings.FieldsSeq("unable_to_route connection_refused connection_timeout connection_lost tls_handshake_failed " +
		"license_expired license_expiring backoff_entered backoff_left source_disabled rate_limited dns_failure spool_error " +
		"disk_full out_of_memory config_error access_denied error fatal") {
		if !slices.Contains(events, Event(event)) {
			t.Errorf("Events() = %q, want also %q", events, event)
		}
	}
	if sorted := slices.Sorted(slices.Values(events)); len(slices.Compact(sorted)) != len(events) || slices.Contains(events, None) {
		t.Errorf("Events() = %q, want each once and no empty one", events)
	}
	events[0] = "changed"
	if got := c.Events()[0]; got == "changed" {
		t.Errorf("Events()[0] = %q after a caller changed its copy, want what it was", got)
	}
}

// TestRowsOfGradeA holds the rows that claim to have been seen to those that
// were, so that a guess cannot be graded up unnoticed.
func TestRowsOfGradeA(t *testing.T) {
	var got []string
	for _, r := range embeddedRows(t) {
		if r.Grade == "A" {
			got = append(got, string(r.Event)+" "+strings.Join(r.Words, "+"))
		}
	}
	want := []string{
		"license_invalid unable+parse+serial+number",
		"pipe_error error+starting|executing",
		"pipe_error error+writing+to",
		"config_error startup+error",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows of grade A: %q, want %q", got, want)
	}
}

func TestLevels(t *testing.T) {
	for _, level := range Levels() {
		if !level.Valid() {
			t.Errorf("Valid() of %q = false, want true", level)
		}
	}
	for _, level := range []Level{"", "debug", "INFO"} {
		if level.Valid() {
			t.Errorf("Valid() of %q = true, want false", level)
		}
	}
}

func TestClassifyAllocatesNothing(t *testing.T) {
	c := defaultCatalogue(t)
	for _, line := range examples(t) {
		if n := testing.AllocsPerRun(10, func() { c.Classify(line) }); n > 0 {
			t.Errorf("Classify(%q) allocates %v times, want none", line, n)
		}
	}
}

// examples returns all lines of patterns.yaml.
func examples(tb testing.TB) [][]byte {
	tb.Helper()
	var lines [][]byte
	for _, r := range embeddedRows(tb) {
		for _, e := range r.Examples {
			lines = append(lines, []byte(e))
		}
	}
	return lines
}
