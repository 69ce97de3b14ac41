package acct

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestFormatByFirstBytes(t *testing.T) {
	cases := []struct {
		name, text string
		want       Format
		records    int // headers among them
	}{
		{"header", "type,vmta\nd,a\n", CSV, 2},
		{"mark and header", "\ufeff# type,vmta\nd,a\n", CSV, 2},
		{"blanks and header", "\n\r\n\x00\ntype,vmta\nd,a\n", CSV, 2},
		{"no header", "d,{\n{\"type\":\"d\"}\n", CSV, 0},
		{"object", "{\"type\":\"d\"}\n", JSON, 1},
		{"mark and object", "\ufeff{\"type\":\"d\"}\n", JSON, 1},
		{"blanks and object", "\x00\x00\n \t\r\n\x00 {\"type\":\"d\"}\n", JSON, 1},
		{"mark, blanks and object", "\ufeff \r\n {\"type\":\"d\"}\n", JSON, 1},
		{"object, then rows", "{\"type\":\"d\"}\ntype,vmta\nd,a\n", JSON, 1},
		{"element", "<d></d>\n", XML, 1},
		{"mark, declaration and element", "\ufeff<?xml version=\"1.0\"?>\n<d></d>\n", XML, 1},
		{"blanks and element", " \n\x00\t<d></d>\n", XML, 1},
		{"mark and more blanks than a record may have", "\ufeff" + strings.Repeat(" ", 200) + "{\"type\":\"d\"}\n", CSV, 0},
		{"half a mark", "\xef\xbb", CSV, 0},
		{"only blanks", " \t", Undecided, 0},
		{"more blanks than a record may have", strings.Repeat(" ", 200) + "{\"type\":\"d\"}\n", JSON, 1},
		{"only empty lines", "\n\r\n", Undecided, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 1000} {
				got := split(t, Splitter{Max: 100}, c.text, step, true)
				if got.format != c.want || len(got.records) != c.records || got.rest > 0 {
					t.Errorf("step %d: %s with records %q, want %s with %d", step, got.format, got.records, c.want, c.records)
				}
			}
		})
	}
}

func TestFormatWaitsForTheFirstByte(t *testing.T) {
	for _, text := range []string{"\ufeff", "\xef", "\ufeff \n"} {
		s := Splitter{Max: 100}
		if piece := s.Next([]byte(text), false); piece.Kind != More || s.Format() != Undecided {
			t.Errorf("Next(%q) = %+v of %s, want to see more", text, piece, s.Format())
		}
	}
}

// splitting is a text and what it is split into.
type splitting struct {
	name, text string
	want       []string // records
	malformed  []Reason
	skipped    map[Reason]int // bytes
}

func checkSplitting(t *testing.T, s Splitter, cases []splitting) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 7, 1000} {
				got := split(t, s, c.text, step, true)
				if !slices.Equal(got.records, c.want) {
					t.Errorf("step %d: records %q, want %q", step, got.records, c.want)
				}
				if !slices.Equal(got.malformed, c.malformed) {
					t.Errorf("step %d: malformed %q, want %q", step, got.malformed, c.malformed)
				}
				if c.skipped != nil && !maps.Equal(got.skipped, c.skipped) {
					t.Errorf("step %d: skipped %v, want %v", step, got.skipped, c.skipped)
				}
			}
		})
	}
}

// TestFormatOutlivesTheProgram stops and goes on behind each piece.
func TestFormatOutlivesTheProgram(t *testing.T) {
	for _, text := range []string{
		"type,vmta\nd,\"a\nd,b\nb,\"c\"d\nd,e\n",
		" {\"type\":\"d\"}\n{\"type\"\n{\"type\":\"b\"} {\"type\":\"t\"}\nx\n{}\n",
		"<?xml version=\"1.0\"?><a>\n<d><vmta>a</vmta></d><b>\n<t></t>x</a><r></r>",
	} {
		whole := split(t, Splitter{Max: 100}, text, len(text), true)
		var again result
		s, rest := Splitter{Max: 100}, text
		again.skipped = map[Reason]int{}
		for len(rest) > 0 {
			s = Restore(100, s.State())
			piece := s.Next([]byte(rest), true)
			again.add(piece, rest[:piece.Size])
			rest = rest[piece.Size:]
		}
		if !slices.Equal(again.records, whole.records) || !slices.Equal(again.malformed, whole.malformed) || len(whole.malformed) == 0 {
			t.Errorf("%q with stops: %q %v, want %q %v", text, again.records, again.malformed, whole.records, whole.malformed)
		}
	}
}

// A state of the time when only CSV was read goes on as CSV behind a header,
// and else as what comes next.
func TestFormatOfAnOlderState(t *testing.T) {
	headed := Restore(100, SplitterState{Headed: true})
	if got := split(t, headed, "{\"type\":\"d\"}\nd,a\n", 5, true); got.format != CSV || len(got.records) != 2 {
		t.Errorf("with a header: %s with records %q, want CSV and two", got.format, got.records)
	}
	other := Restore(100, SplitterState{Place: uint8(inLine)})
	if got := split(t, other, "rest of a line\n{\"type\":\"d\"}\n", 5, true); got.format != JSON || len(got.records) != 1 {
		t.Errorf("without: %s with records %q, want JSON and one", got.format, got.records)
	}
}

// What breaks off is given up when the next record shows it, not when the
// longest record or the end of the file is reached.
func TestR06BrokenOffShowsAtOnce(t *testing.T) {
	for text, want := range map[string]string{
		"{\"x\":\"a\n{}\n":             "{}\n",
		"{\"x\":1,\n{}\n":              "{}\n",
		"{\"x\":{\"y\":{\n{}\n":        "{}\n",
		"<d><x>a\n<b></b>\n":           "<b></b>\n",
		"<d><x>a</x>\n<b></b>\n":       "<b></b>\n",
		"<d><x><y><z>a</z>\n<b></b>\n": "<b></b>\n",
		"<d><x\n<b></b>\n":             "<b></b>\n",
	} {
		got := split(t, Splitter{Max: 1 << 20}, text, 1, false)
		if !slices.Equal(got.records, []string{want}) || !slices.Equal(got.malformed, []Reason{Syntax}) {
			t.Errorf("%q: records %q, malformed %q, want %q", text, got.records, got.malformed, want)
		}
	}
}

// resumed is a splitter that begins somewhere in a file of a format.
func resumed(limit int, f Format) Splitter {
	s := Splitter{Max: limit, format: f}
	s.Resume()
	return s
}

// checkFormatCuts holds the law of the splitter: the pieces are the same however
// the bytes are cut.
func checkFormatCuts(t testing.TB, text string, limit, step int) {
	t.Helper()
	starts := []Splitter{{Max: limit}}
	for _, f := range []Format{JSON, XML} {
		starts = append(starts, Splitter{Max: limit, format: f}, resumed(limit, f))
	}
	for _, s := range starts {
		whole := split(t, s, text, len(text)+1, true)
		cut := split(t, s, text, step, true)
		whole.malformedBytes, cut.malformedBytes = 0, 0 // Rest and the size of what is malformed may share bytes in different ways
		delete(whole.skipped, Rest)
		delete(cut.skipped, Rest)
		if a, b := fmt.Sprintf("%+v", whole), fmt.Sprintf("%+v", cut); a != b {
			t.Fatalf("%q as %s by %d:\n whole %s\n cut   %s", text, s.format, step, a, b)
		}
		for _, record := range whole.records {
			if len(record) > limit {
				t.Fatalf("%q: record of %d bytes, want at most %d", text, len(record), limit)
			}
		}
	}
}

func TestFormatCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	parts := []string{
		"{", "}", "{\"type\":\"d\"}", "\"", "\\", "\\\"", "a", ":", ",", "[", "]", "null", "12", "\n", "\r\n", " ", "\x00", "\"type\": \"b\"",
		"<", ">", "/", "<d>", "</d>", "<d>x</d>", "<b/>", "<tq", "<x>", "</x>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&lt;", "<p><q>1</q></p>", "<!DOCTYPE x>",
		"type,x\n", "d,1\n", strings.Repeat("y", 30), "\ufeff",
	}
	for range 4_000 {
		var b strings.Builder
		b.WriteString([]string{"", "{", "<d>", "<"}[r.IntN(4)])
		for range r.IntN(30) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		checkFormatCuts(t, b.String(), 40, 1+r.IntN(9))
	}
}

func TestFormatsAllocateNothing(t *testing.T) {
	header := ParseHeader([]byte("type,timeLogged,dsnDiag,vmta"))
	for f, text := range map[Format]string{
		CSV:  "b,2019-02-08 21:54:05+0000,\"say \"\"no\"\", he said\",vmta1\r\n",
		JSON: "{ \"type\": \"b\", \"timeLogged\": \"2019-02-08 21:54:05+0000\", \"dsnDiag\": \"say \\\"no\\\" \\u00fc\", \"unknown\": {\"a\": [1]}, \"VMTA\": 1 }\n",
		XML:  "<b><timeLogged>2019-02-08 21:54:05+0000</timeLogged><dsnDiag>&quot;no&quot;<![CDATA[ & <b>]]></dsnDiag><vmta/></b>\n",
	} {
		line := []byte(text)
		s := Splitter{Max: 1000, headed: f == CSV, format: f}
		var r Record
		run := func() {
			if piece := s.Next(line, false); piece.Size != len(line) || piece.Kind != Complete {
				t.Fatalf("%s: Next() = %+v, want %d bytes", f, piece, len(line))
			}
			r.Read(f, header, line)
			if r.Type != Bounced || len(r.Field(DSNDiag)) == 0 || r.Field(VMTA) == nil {
				t.Fatalf("%s: read as %s %q", f, r.Type, r.Field(DSNDiag))
			}
		}
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations per record, want 0", f, n)
		}
	}
}
