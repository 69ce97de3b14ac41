package acct

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const head = "type,timeLogged,dsnDiag\n"

// result is what a splitter made of some bytes.
type result struct {
	records        []string
	malformed      []Reason
	malformedBytes int
	skipped        map[Reason]int // bytes
	rest           int            // bytes that it wants to see again
	format         Format
}

// split feeds text in calls that show at most step more bytes than the last.
func split(t testing.TB, s Splitter, text string, step int, final bool) result {
	t.Helper()
	return splitBy(t, s, text, func() int { return step }, final)
}

// splitBy asks before each call how many more bytes to show, and goes on as if
// the program had been restarted in between. It proves that the splitter never
// waits for more than its limit and one byte, that its pieces are there, and
// that all bytes are in one.
func splitBy(t testing.TB, s Splitter, text string, step func() int, final bool) result {
	t.Helper()
	r := result{skipped: map[Reason]int{}}
	pos, shown := 0, 0
	for shown < len(text) {
		shown = min(shown+step(), len(text))
		s = Restore(s.Max, s.State())
		for {
			atEnd := final && shown == len(text)
			piece := s.Next([]byte(text[pos:shown]), atEnd)
			if piece.Kind == More && (shown-pos > s.Max || atEnd && pos < shown) {
				t.Fatalf("%q: waits for more at %d, with %d bytes and a limit of %d", text, pos, shown-pos, s.Max)
			}
			if piece.Kind == More {
				break
			}
			if piece.Size <= 0 || pos+piece.Size > shown {
				t.Fatalf("%q: piece of %d bytes at %d, %d are there", text, piece.Size, pos, shown-pos)
			}
			r.add(piece, text[pos:pos+piece.Size])
			pos += piece.Size
		}
	}
	r.rest, r.format = len(text)-pos, s.Format()
	if got := r.bytes(); got != len(text) {
		t.Fatalf("%q: %d bytes in records, malformed, skipped and to come, want %d: %+v", text, got, len(text), r)
	}
	return r
}

func (r *result) add(p Piece, text string) {
	switch p.Kind {
	case Complete:
		r.records = append(r.records, text)
	case Malformed:
		r.malformed = append(r.malformed, p.Reason)
		r.malformedBytes += p.Size
	default:
		r.skipped[p.Reason] += p.Size
	}
}

// bytes returns how many there are in all.
func (r *result) bytes() int {
	n := r.malformedBytes + r.rest
	for _, record := range r.records {
		n += len(record)
	}
	for _, skipped := range r.skipped {
		n += skipped
	}
	return n
}

func TestSplitterWholeRecords(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"line feeds", "d,1,a\nb,2,b\n", "d,1,a\n|b,2,b\n"},
		{"CRLF", "d,1,a\r\nb,2,b\r\n", "d,1,a\r\n|b,2,b\r\n"},
		{"comma in quotes", "d,\"1,2\",a\nb,2,b\n", "d,\"1,2\",a\n|b,2,b\n"},
		{"R05 line break in quotes", "d,\"1\n2\",a\nb,2,b\n", "d,\"1\n2\",a\n|b,2,b\n"},
		{"R05 CRLF and doubled quotes", "b,\"say \"\"x\"\"\r\nd,1\",a\r\nb,2,b\r\n", "b,\"say \"\"x\"\"\r\nd,1\",a\r\n|b,2,b\r\n"},
		{"quoted field ends the line", "d,1,\"a\"\r\nd,1,\"\"\n", "d,1,\"a\"\r\n|d,1,\"\"\n"},
		{"quote within a field", "b,1,say \"no\", he said\nd,2,\n", "b,1,say \"no\", he said\n|d,2,\n"},
		{"quote behind the first byte", "x\"y,1\nd,2,\"b\"\n", "x\"y,1\n|d,2,\"b\"\n"},
		{"quote behind a blank", "b,1, \"no\nd,2, \"b\"\n", "b,1, \"no\n|d,2, \"b\"\n"},
		{"R10 unknown type", "p,1,a\nd,2,b\n", "p,1,a\n|d,2,b\n"},
		{"R08 NUL within a field", "b,1,a\x00b\nd,2,b\n", "b,1,a\x00b\n|d,2,b\n"},
		{"R08 forged record behind a NUL in quotes", "b,1,\"x\x00d,9,9\"\nd,2,b\n", "b,1,\"x\x00d,9,9\"\n|d,2,b\n"},
		{"quoted types and header", "\"d\",\"1\"\n\"type\",\"timeLogged\"\nd,2\n", "\"d\",\"1\"\n|\"type\",\"timeLogged\"\n|d,2\n"},
		{"second header", "d,1,a\ntype,timeLogged\nd,2\n", "d,1,a\n|type,timeLogged\n|d,2\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 7, 1000} {
				got := split(t, Splitter{Max: 100}, head+c.text, step, false)
				if records := strings.Join(got.records[1:], "|"); records != c.want {
					t.Errorf("step %d: records %q, want %q", step, records, c.want)
				}
				if len(got.malformed) > 0 || len(got.skipped) > 0 || got.rest > 0 {
					t.Errorf("step %d: %+v, want nothing but records", step, got)
				}
			}
		})
	}
}

func TestSplitterBadRecords(t *testing.T) {
	cases := []struct {
		name, text string
		want       string // records
		reasons    []Reason
	}{
		{"R06 stray quote", "b,1,\"oops\nd,2,\"a\"\nd,3,\n", "d,2,\"a\"\n|d,3,\n", []Reason{Quote}},
		{"R06 text behind a quote", "b,1,\"oops\" no\nd,2,a\n", "d,2,a\n", []Reason{Quote}},
		{"R06 quote never closed", "d,1,a\nb,1,\"oops\nd,2,a\nd,3,b\n", "d,1,a\n|d,2,a\n|d,3,b\n", []Reason{Quote}},
		{"resync at quoted types", "b,1,\"a\"b\n\"no\",\n\"d\n\"type\",\"x\"\n\"tq\",3\n", "\"type\",\"x\"\n|\"tq\",3\n", []Reason{Quote}},
		{"resync passes foreign lines", "b,1,\"a\"b\nno record\np,1\ntype,x\nd,3\n", "type,x\n|d,3\n", []Reason{Quote}},
		{"unknown type behind a resync", "b,1,\"a\"b\nd,2,a\np,3\n", "d,2,a\n|p,3\n", []Reason{Quote}},
		{"R07 too long in quotes", "d,1,\"" + strings.Repeat("x", 200) + "\"\nd,2,a\n", "d,2,a\n", []Reason{Oversize}},
		{"R07 too long", "d,1," + strings.Repeat("x", 200) + "\nd,2,a\n", "d,2,a\n", []Reason{Oversize}},
		{"R07 too long and several lines", "d,1,\"" + strings.Repeat("x\n", 200) + "\"\nd,2,a\n", "d,2,a\n", []Reason{Quote}},
		{"R15 torn by NULs", "d,1,a\x00\x00\x00d,2,a\n", "d,2,a\n", []Reason{Torn}},
		{"R15 torn in quotes", "d,1,\"a\x00\x00d,2,\"a\"\nd,3,\n", "d,2,\"a\"\n|d,3,\n", []Reason{Quote}},
		{"R15 torn at the end", "d,1,a\nd,2\x00\x00", "d,1,a\n", []Reason{Torn}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 3, 1000} {
				got := split(t, Splitter{Max: 100}, head+c.text, step, true)
				if records := strings.Join(got.records[1:], "|"); records != c.want {
					t.Errorf("step %d: records %q, want %q", step, records, c.want)
				}
				if !slices.Equal(got.malformed, c.reasons) {
					t.Errorf("step %d: malformed %q, want %q", step, got.malformed, c.reasons)
				}
				if got.rest > 0 {
					t.Errorf("step %d: %d bytes left, want none", step, got.rest)
				}
			}
		})
	}
}

func TestSplitterSkips(t *testing.T) {
	cases := []struct {
		name, text string
		reason     Reason
		want       int
	}{
		{"F09 NUL hole", strings.Repeat("\x00", 12) + "d,1,a\n", NUL, 12},
		{"empty lines", "\n\r\nd,1,a\n\n", Blank, 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := split(t, Splitter{Max: 100}, head+c.text, 1, false)
			if got.skipped[c.reason] != c.want || len(got.records) != 2 {
				t.Errorf("skipped %v, records %q, want %d bytes and one record", got.skipped, got.records, c.want)
			}
		})
	}
}

func TestSplitterHeaderFirst(t *testing.T) {
	text := "the { \"type\": \"t\", \"x\": 1 }\nd,1,\"open\n\xef\xbb\xbfTYPE,timeLogged\nd,1\n"
	got := split(t, Splitter{Max: 100}, text, 1, false)
	if want := []Reason{NoHeader, NoHeader}; !slices.Equal(got.malformed, want) {
		t.Errorf("malformed %q, want %q", got.malformed, want)
	}
	if want := []string{"\xef\xbb\xbfTYPE,timeLogged\n", "d,1\n"}; !slices.Equal(got.records, want) {
		t.Errorf("records %q, want %q", got.records, want)
	}
}

// What precedes a header has no bearing on what follows it.
func TestSplitterHeaderBehindGarbage(t *testing.T) {
	text := strings.Repeat("x", 200) + "\ntype,timeLogged\np,1\n"
	if got := split(t, Splitter{Max: 100}, text, 7, false); len(got.records) != 2 || !slices.Equal(got.malformed, []Reason{Oversize}) {
		t.Errorf("split(%q) = %+v, want a header and a record", text, got)
	}
}

// TestSplitterQuotedHeader: RFC 4180 lets names stand in quotes.
func TestSplitterQuotedHeader(t *testing.T) {
	text := "\"type\",\"timeLogged\",\"vmta\"\r\nd,1,a\r\n"
	got := split(t, Splitter{Max: 100}, text, 1, false)
	if len(got.records) != 2 || len(got.malformed) > 0 || got.rest > 0 {
		t.Errorf("split(%q) = %+v, want a header and a record", text, got)
	}
}

func TestSplitterWaitsForTheEnd(t *testing.T) {
	text := head + "d,1,a\nd,2,b"
	if got := split(t, Splitter{Max: 100}, text, 5, false); got.rest != len("d,2,b") {
		t.Errorf("rest %d, want %d", got.rest, len("d,2,b"))
	}
	if got := split(t, Splitter{Max: 100}, text, 5, true); got.rest != 0 || len(got.records) != 3 {
		t.Errorf("final: rest %d, records %q, want all three", got.rest, got.records)
	}
	if got := split(t, Splitter{Max: 100}, head+"d,1,a\n\r", 1, true); len(got.records) != 2 || got.skipped[Blank] != 1 {
		t.Errorf("lone CR: records %q, skipped %v, want one record and a blank", got.records, got.skipped)
	}
}

func TestSplitterResume(t *testing.T) {
	s := Splitter{Max: 100, headed: true}
	s.Resume()
	if got := split(t, s, "3,part of a line\nd,1,a\n", 1, false); !slices.Equal(got.records, []string{"d,1,a\n"}) {
		t.Errorf("records %q, want the second line", got.records)
	}
	if got := split(t, s, "3\"\n\"d\",\"1\"\n", 1, false); !slices.Equal(got.records, []string{"\"d\",\"1\"\n"}) {
		t.Errorf("quoted: records %q, want the second line", got.records)
	}
	s.Broken()
	if got := split(t, s, "d,1,remainder\nd,2,a\n", 1, false); !slices.Equal(got.records, []string{"d,2,a\n"}) {
		t.Errorf("after Broken: records %q, want the second line", got.records)
	}
}

// However a file is cut into calls, the same records come out.
func TestSplitterCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"d,", "b,", "\"", "\"\"", ",", "\n", "\r\n", "\r", "\x00", "\x00d,1\n", "x", "tq,", "\"d\",", "\"type\",x\n", head, strings.Repeat("y", 30)}
	for range 20_000 {
		var b bytes.Buffer
		for range r.IntN(30) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		checkCuts(t, b.String(), 40, 1+r.IntN(9))
	}
}

func checkCuts(t testing.TB, text string, limit, step int) {
	t.Helper()
	for _, s := range []Splitter{{Max: limit}, {Max: limit, headed: true}, {Max: limit, headed: true, place: atLine}} {
		whole := split(t, s, text, len(text)+1, true)
		cut := split(t, s, text, step, true)
		if !slices.Equal(whole.records, cut.records) || !slices.Equal(whole.malformed, cut.malformed) || fmt.Sprint(whole.passed()) != fmt.Sprint(cut.passed()) {
			t.Fatalf("%q by %d:\n whole %+v\n cut   %+v", text, step, whole, cut)
		}
		for _, record := range whole.records {
			if len(record) > limit {
				t.Fatalf("%q: record of %d bytes, want at most %d", text, len(record), limit)
			}
		}
	}
}

// passed returns the bytes that are in no record. How much of a bad record is
// told at once depends on the cuts; the rest follows as skipped.
func (r *result) passed() map[Reason]int {
	passed := maps.Clone(r.skipped)
	passed[Rest] += r.malformedBytes
	return passed
}
