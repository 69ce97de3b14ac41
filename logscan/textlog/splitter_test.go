package textlog

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// cut is what a splitter made of some bytes: the pieces of lines, each behind
// the mark of its kind, and the bytes of the rest by reason.
type cut struct {
	lines   []string
	skipped map[Reason]int
	bytes   int // in all pieces
	rest    int
	state   State
}

// cutUp feeds text in calls that show at most step more bytes than the last.
// Before each it takes the splitter's state to a new one, as a restart does.
func cutUp(t testing.TB, limit int, text string, step int, final bool) cut {
	t.Helper()
	c := cut{skipped: map[Reason]int{}}
	pos, shown := 0, 0
	for shown < len(text) {
		shown = min(shown+step, len(text))
		for {
			s := Restore(limit, c.state)
			piece := s.Next([]byte(text[pos:shown]), final && shown == len(text))
			c.state = s.State()
			if piece.Kind == More {
				break
			}
			if piece.Size <= 0 || pos+piece.Size > shown {
				t.Fatalf("piece of %d bytes at %d of %q, %d are there", piece.Size, pos, text, shown-pos)
			}
			c.add(piece, text[pos:pos+piece.Size])
			pos += piece.Size
		}
	}
	c.rest = len(text) - pos
	return c
}

func (c *cut) add(p Piece, text string) {
	c.bytes += p.Size
	switch p.Kind {
	case Line:
		c.lines = append(c.lines, "= "+text)
	case Continued:
		c.lines = append(c.lines, "+ "+text)
	case Malformed:
		c.lines = append(c.lines, fmt.Sprintf("! %s %d", p.Reason, p.Size))
		c.skipped[Rest] += p.Size
	default:
		c.skipped[p.Reason] += p.Size
	}
}

const at = "2026-11-23 12:00:00 "

func TestSplitter(t *testing.T) {
	for _, tc := range []struct {
		situation, text string
		want            []string
		skipped         map[Reason]int
	}{
		{"lines", at + "a\n" + at + "b\n", []string{"= " + at + "a\n", "= " + at + "b\n"}, nil},
		{"CRLF", at + "a\r\n" + at + "b\r\n", []string{"= " + at + "a\r\n", "= " + at + "b\r\n"}, nil},
		{"folded reply", at + "a\n-0400\n  b\n" + at + "c\n", []string{"= " + at + "a\n", "+ -0400\n", "+   b\n", "= " + at + "c\n"}, nil},
		{"no line with a time", "a\n b\nc\n", []string{"= a\n", "=  b\n", "= c\n"}, nil},
		{"begins within a line", "rest of one\n" + at + "a\nb\n", []string{"= rest of one\n", "= " + at + "a\n", "+ b\n"}, nil},
		{"empty lines", "\n\r\n" + at + "a\n\n", []string{"= " + at + "a\n"}, map[Reason]int{Blank: 4}},
		{"F09 NUL hole", strings.Repeat("\x00", 12) + at + "a\n", []string{"= " + at + "a\n"}, map[Reason]int{NUL: 12}},
		{"R15 torn by NULs", at + "a\x00\x00" + at + "b\n", []string{"= " + at + "a", "= " + at + "b\n"}, map[Reason]int{NUL: 2}},
		{"R15 torn at the end", at + "a\n" + at + "\x00\x00", []string{"= " + at + "a\n", "= " + at}, map[Reason]int{NUL: 2}},
		{"R07 too long", at + strings.Repeat("x", 200) + "\n" + at + "b\n", []string{"! oversize 41", "= " + at + "b\n"}, map[Reason]int{Rest: 221}},
		{"R07 too long by its line end", at + strings.Repeat("x", 20) + "\n" + at + "b\n", []string{"! oversize 41", "= " + at + "b\n"}, map[Reason]int{Rest: 41}},
		{"R07 as long as allowed", at + strings.Repeat("x", 19) + "\n", []string{"= " + at + strings.Repeat("x", 19) + "\n"}, nil},
		{"R07 too long and torn", at + strings.Repeat("x", 200) + "\x00\x00" + at + "b\n", []string{"! oversize 41", "= " + at + "b\n"}, map[Reason]int{Rest: 220, NUL: 2}},
		{"R08 control characters", at + "\x1b[31m\x01\n", []string{"= " + at + "\x1b[31m\x01\n"}, nil},
		{"R09 no UTF-8", at + "\xff\xfe\n", []string{"= " + at + "\xff\xfe\n"}, nil},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			for _, step := range []int{1, 2, 7, 1000} {
				got := cutUp(t, 40, tc.text, step, true)
				if !slices.Equal(got.lines, tc.want) {
					t.Errorf("step %d: lines %q, want %q", step, got.lines, tc.want)
				}
				for _, reason := range []Reason{Rest, NUL, Blank} {
					if got.skipped[reason] != tc.skipped[reason] {
						t.Errorf("step %d: %d bytes skipped as %s, want %d", step, got.skipped[reason], reason, tc.skipped[reason])
					}
				}
				if got.bytes != len(tc.text) {
					t.Errorf("step %d: %d bytes in pieces, want %d", step, got.bytes, len(tc.text))
				}
			}
		})
	}
}

func TestSplitterWaitsForTheEnd(t *testing.T) {
	for _, text := range []string{at + "a\n" + at + "b", at + "a\n" + at + "b\r"} {
		want := len(text) - len(at+"a\n")
		if got := cutUp(t, 100, text, 5, false); got.rest != want || len(got.lines) != 1 {
			t.Errorf("%q: rest %d, lines %q, want %d and one line", text, got.rest, got.lines, want)
		}
		if got := cutUp(t, 100, text, 5, true); got.rest != 0 || len(got.lines) != 2 {
			t.Errorf("%q, final: rest %d, lines %q, want none and two lines", text, got.rest, got.lines)
		}
	}
}

func TestSplitterWaitsNoLongerThanItsLimit(t *testing.T) {
	s := Splitter{Max: 10}
	if got := s.Next([]byte("0123456789"), false); got.Kind != More {
		t.Errorf("Next with 10 bytes = %+v, want to wait for an 11th", got)
	}
	if got, want := s.Next([]byte("01234567890"), false), (Piece{Malformed, 11, Oversize}); got != want {
		t.Errorf("Next with 11 bytes = %+v, want %+v", got, want)
	}
}

func TestSplitterBroken(t *testing.T) {
	s := Splitter{Max: 100}
	s.Broken()
	text := at + "remainder\n" + at + "a\n"
	if piece, want := s.Next([]byte(text), false), (Piece{Skipped, len(at + "remainder\n"), Rest}); piece != want {
		t.Errorf("Next after Broken = %+v, want %+v", piece, want)
	}
	if piece := s.Next([]byte(at+"a\n"), false); piece.Kind != Line {
		t.Errorf("Next behind the remainder = %+v, want a line", piece)
	}
}

// TestSplitterCuts: however a file is cut into calls, the same lines come out.
func TestSplitterCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{at, at + "x", "\n", "\r\n", "\r", "\x00", "\x00\x00" + at, "x", " ", "-0400\n", "[" + at, strings.Repeat("y", 30)}
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
	for _, final := range []bool{false, true} {
		whole := cutUp(t, limit, text, len(text)+1, final)
		parts := cutUp(t, limit, text, step, final)
		if whole.bytes+whole.rest != len(text) || parts.bytes != whole.bytes || (final && whole.rest > 0) {
			t.Fatalf("%q: %d and %d bytes in pieces, %d left, want %d", text, whole.bytes, parts.bytes, whole.rest, len(text))
		}
		if !slices.Equal(whole.lines, parts.lines) {
			t.Fatalf("%q by %d:\n whole %q\n parts %q", text, step, whole.lines, parts.lines)
		}
		for _, line := range whole.lines {
			if len(line) > limit+len("= ") && line[0] != '!' {
				t.Fatalf("%q: line of %d bytes, want at most %d", text, len(line)-len("= "), limit)
			}
		}
	}
}

func FuzzSplitter(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text, 1<<20, 7)
	}
	f.Add("2026-11-23 12:00:00 a\n-0400\n\x00\x002026-11-23 12:00:00 b\x00c\n\r\n", 30, 1)
	f.Add(strings.Repeat("x", 50)+"\x00\n"+strings.Repeat("y", 50), 10, 3)
	f.Fuzz(func(t *testing.T, text string, limit, step int) {
		if limit < 1 || step < 1 || len(text) > 1<<12 {
			t.Skip("out of range")
		}
		checkCuts(t, text, limit, step)
	})
}
