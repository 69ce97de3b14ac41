package acct

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// csvWriter writes random files that are well formed, in every style there is.
type csvWriter struct {
	*rand.Rand
	strings.Builder
}

func (w *csvWriter) pick(from ...string) string { return from[w.IntN(len(from))] }

// text returns text that needs no quotes.
func (w *csvWriter) text() string {
	return w.pick("", "", "x", "250 2.0.0 OK", " a b ", "2019-02-08 21:54:05+0000", "user@example.com", "bücher.example", "日本", "🙂", "\ufeff",
		"\xff\xfe", "a\rb", "\x01\x1b", "d", "type", "it's", strings.Repeat("z", w.IntN(300)))
}

// field writes one field.
func (w *csvWriter) field() {
	if w.IntN(2) == 0 {
		w.WriteString(w.text())
		return
	}
	w.WriteByte('"')
	for range w.IntN(4) {
		w.WriteString(w.text())
		w.WriteString(w.pick("", ",", "\n", "\r\n", "\n\n", "\r", `""`, `""""`, `"",""`, "\nd,1,", "\ntype,"))
	}
	w.WriteByte('"')
}

// row writes a record: its type, and columns that are as many as the header has,
// or not.
func (w *csvWriter) row(columns int) {
	quote := w.pick("", "", `"`)
	w.WriteString(quote + w.pick("d", "b", "t", "tq", "rb", "rs", "r", "f", "p", "unknown") + quote)
	for range max(columns+w.IntN(5)-2, 0) {
		w.WriteByte(',')
		w.field()
	}
}

// header writes a header: known and unknown columns in any order.
func (w *csvWriter) header() int {
	var names []string
	for _, f := range Fields() {
		names = append(names, f.String())
	}
	names = append(names, "unknown", "dsnAction", "vmta")
	w.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:w.IntN(len(names))]
	w.WriteString(w.pick("type", "TYPE", `"type"`))
	for _, name := range names {
		quote := w.pick("", `"`)
		w.WriteString("," + quote + name + quote)
	}
	return len(names)
}

// file writes headers with records and empty lines, and returns how many
// records there are.
func (w *csvWriter) file() int {
	records, columns := 0, 0
	for range 1 + w.IntN(30) {
		switch w.IntN(10) {
		case 0:
			columns = w.header()
		case 1: // an empty line
		default:
			w.row(columns)
			records++
		}
		w.WriteString(w.pick("\n", "\n", "\r\n"))
	}
	if w.IntN(4) == 0 {
		w.row(columns) // without a line end
		records++
	}
	return records
}

// TestR05WellFormed holds Splitter and Record against encoding/csv on random
// files, read in random pieces: CASES records, or as many as two seconds allow.
func TestR05WellFormed(t *testing.T) {
	cases := 0
	if text := os.Getenv("CASES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		cases = n
	}
	seed := uint64(time.Now().UnixNano())
	w := &csvWriter{Rand: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // a test
	records, files := 0, 0
	for start := time.Now(); records < cases || cases == 0 && time.Since(start) < 2*time.Second; files++ {
		w.Reset()
		records += w.file()
		text := w.String()
		checkAgainstCSV(t, text)
		checkRecords(t, text, func() int { return 1 + w.IntN(1+w.IntN(200)) })
		if t.Failed() {
			t.Fatalf("seed %d, file %d", seed, files)
		}
	}
	t.Logf("%d records in %d files", records, files)
}

// checkRecords holds what Record makes of a well-formed file, header by header,
// against encoding/csv.
func checkRecords(t *testing.T, text string, step func() int) {
	t.Helper()
	got := splitBy(t, Splitter{Max: 1 << 20, headed: true}, text, step, true)
	want := readCSV(text)
	if len(got.malformed) > 0 || len(got.records) != len(want) {
		t.Errorf("%q: %d records and %q malformed, want %d and none", text, len(got.records), got.malformed, len(want))
		return
	}
	h, names := ParseHeader([]byte("type")), []string{"type"}
	var r Record
	for i, line := range got.records {
		if IsHeader([]byte(line)) != strings.EqualFold(want[i][0], "type") {
			t.Errorf("IsHeader(%q) = %v", line, !strings.EqualFold(want[i][0], "type"))
		}
		if IsHeader([]byte(line)) {
			h, names = ParseHeader([]byte(line)), want[i]
			continue
		}
		r.Parse(h, []byte(line))
		checkRecord(t, &r, names, want[i])
	}
}

func checkRecord(t *testing.T, r *Record, names, row []string) {
	t.Helper()
	if r.Type != ParseType([]byte(row[0])) || r.Short != (len(row) < len(names)) || r.Long != (len(row) > len(names)) {
		t.Errorf("%q: type %s, short %v, long %v with %d columns of %d", row, r.Type, r.Short, r.Long, len(row), len(names))
	}
	for _, f := range Fields() {
		column := slices.Index(names, f.String())
		want, has := "", column >= 0 && column < len(row)
		if has {
			want = row[column]
		}
		if got := r.Field(f); unfold(got) != want || (got != nil) != has {
			t.Errorf("%q: %s = %q, want %q", row, f, got, want)
		}
	}
}

// readCSV returns the rows of text as encoding/csv reads them, nil when they
// are not well formed.
func readCSV(text string) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil
	}
	return rows
}

// readOurs does the same with Splitter and columns.
func readOurs(t testing.TB, text string) [][]string {
	t.Helper()
	var rows [][]string
	for _, record := range split(t, Splitter{Max: 1 << 20, headed: true}, text, 5, true).records {
		var row []string
		columns := columns{row: trimEnd([]byte(record))}
		for column, ok := columns.cut(); ok; column, ok = columns.cut() {
			row = append(row, unfold(column))
		}
		rows = append(rows, row)
	}
	return rows
}

// unfold does what encoding/csv does within quotes: CRLF becomes a line feed.
func unfold(column []byte) string {
	return string(bytes.ReplaceAll(column, []byte("\r\n"), []byte("\n")))
}

func checkAgainstCSV(t testing.TB, text string) {
	t.Helper()
	want := readCSV(text)
	if want == nil || strings.Contains(text, "\x00") {
		return
	}
	if got := readOurs(t, text); !slices.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("%q:\n ours         %q\n encoding/csv %q", text, got, want)
	}
}
