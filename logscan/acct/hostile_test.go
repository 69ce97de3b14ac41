package acct

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// goodRecords writes records that are well formed and known again by a number.
// Their quoted fields begin as PowerMTA's do, with a word: only what begins with
// a comma or a line end can pass for the end of a field that a stray quote
// opened.
func goodRecord(r *rand.Rand, n int) string {
	text := []string{"plain", `"smtp;250 2.0.0 OK, thanks"`, `"smtp;550 say ""no"" twice"`, "\"smtp;421 first\nsecond, third\"", `""`}[r.IntN(5)]
	return fmt.Sprintf("%s,%06d,%s,\"end\"\n", []string{"d", "b", "tq", `"t"`}[r.IntN(4)], n, text)
}

// garbage is what a crash, a stranger or another program may leave.
func garbage(r *rand.Rand) string {
	parts := []string{`"`, `""`, `"x`, `x"`, `,"`, `",`, `"x"y`, ",", "x", "\x00", "\x00\x00\x00", "\r", "\xff\xfe", "{}", "d", "b,1,\"oops", "\u202e", "\x1b[31m", strings.Repeat("y", 90)}
	var b strings.Builder
	for range 1 + r.IntN(8) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// TestR06HostileText puts garbage between good records. On lines of its own it
// costs none of them; without a line end it costs the one that it is glued to.
// None is counted twice or made up, and no look ahead goes beyond the limit:
// splitBy sees to that.
func TestR06HostileText(t *testing.T) {
	const limit = 400
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	for range 10_000 {
		var b strings.Builder
		b.WriteString(head)
		var good []string
		glued := 0
		for n := range 1 + r.IntN(20) {
			if r.IntN(3) == 0 {
				b.WriteString(garbage(r))
				if r.IntN(4) > 0 {
					b.WriteByte('\n')
				} else {
					glued++
				}
			}
			good = append(good, goodRecord(r, n))
			b.WriteString(good[n])
		}
		got := splitBy(t, Splitter{Max: limit}, b.String(), func() int { return 1 + r.IntN(300) }, true)
		if lost := countLost(t, good, got.records); lost > glued || t.Failed() {
			t.Fatalf("seed %d: %q:\n%d records lost, want at most %d: %q", seed, b.String(), lost, glued, got.records)
		}
	}
}

// countLost returns how many good records are not among those that were found.
func countLost(t *testing.T, good, found []string) int {
	t.Helper()
	times := map[string]int{}
	for _, record := range found {
		times[record]++
	}
	lost := 0
	for _, record := range good {
		switch times[record] {
		case 0:
			lost++
		case 1:
		default:
			t.Errorf("%q found %d times", record, times[record])
		}
	}
	return lost
}
