package logscan

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// selfDescribing is a format whose records name their columns.
type selfDescribing struct {
	name   string
	begin  string // of a file
	record func(columns, values []string) string
}

var selfDescribings = []selfDescribing{
	{"JSON", "", jsonRecord},
	{"JSON with a mark", "\ufeff\n", jsonRecord},
	{"pretty JSON", "", func(columns, values []string) string {
		return strings.ReplaceAll(strings.ReplaceAll(jsonRecord(columns, values), "{", "{\n  "), "}", "\n}")
	}},
	{"XML", "", xmlRecord},
	{"XML in a root", "<?xml version=\"1.0\"?>\n<acct>\n", xmlRecord},
	{"pretty XML", "<acct>", func(columns, values []string) string {
		return strings.NewReplacer("></", "></", "><", ">\n <").Replace(xmlRecord(columns, values))
	}},
}

// jsonRecord and xmlRecord make records by the standard library; the first
// column is the type.
func jsonRecord(columns, values []string) string {
	members := make([]string, 0, len(columns))
	for i, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		members = append(members, fmt.Sprintf("%q: %s", columns[i], text))
	}
	return "{ " + strings.Join(members, ", ") + " }\n"
}

func xmlRecord(columns, values []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s>", values[0])
	for i, value := range values[1:] {
		fmt.Fprintf(&b, "<%s>", columns[1+i])
		if err := xml.EscapeText(&b, []byte(value)); err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "</%s>", columns[1+i])
	}
	fmt.Fprintf(&b, "</%s>\n", values[0])
	return b.String()
}

// rows makes a delivery for each name, as rows does in CSV.
func (d selfDescribing) rows(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(d.record([]string{"type", "vmta", "dsnStatus", "dsnDiag"}, []string{"d", name, "2.0.0 (success)", "smtp;250 2.0.0 <OK>, \"thanks\""}))
	}
	return b.String()
}

// forEachFormat plays a scene in fake time, once for each format.
func forEachFormat(t *testing.T, play func(t *testing.T, d selfDescribing)) {
	t.Helper()
	for _, d := range selfDescribings {
		timed(t, d.name, func(t *testing.T) { play(t, d) })
	}
}

func TestR14FormatsAreFollowed(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newRig(t)
		text := d.begin + d.rows("a", "b")
		for i := range len(text) - 1 {
			r.append("acct", text[i:i+1])
			r.poll()
		}
		r.want("a")
		r.append("acct", "\n")
		r.want("a", "b")
		r.append("acct", d.rows("c", "d"))
		r.want("a", "b", "c", "d")
		if h := r.committed().Accounting; h.Records != 4 || h.LagBytes != 0 || h.Bytes != uint64(len(text+d.rows("c", "d"))) {
			t.Errorf("%d records in %d bytes, %d to go, want 4 in all", h.Records, h.Bytes, h.LagBytes)
		}
		r.wantLog("level=warn", 0)
	})
}

func TestR14FormatsOutliveTheProgram(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newKeptRig(t)
		whole := d.rows("b")
		r.append("acct", d.begin+d.rows("a")+whole[:len(whole)/2])
		r.want("a")
		r.stop()
		r.want("a")
		r.append("acct", whole[len(whole)/2:]+d.rows("c"))
		r.poll() // counted, but not committed
		r.kill()
		r.want("a", "b", "c")
	})
}

func TestR14FormatsRotate(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newKeptRig(t)
		late := d.rows("late")
		r.append("acct", d.begin+d.rows("a")+late[:10])
		r.want("a")
		r.rename("acct", "acct.1")
		r.append("acct", d.begin+d.rows("x"))
		r.want("a", "x")
		r.append("acct.1", late[10:]+strings.TrimSpace(d.rows("last")))
		r.want("a", "late", "x")
		pass(grace)
		r.want("a", "last", "late", "x") // its line never ended
		r.append("acct.1", "\n"+d.rows("later"))
		r.want("a", "last", "late", "later", "x")
		r.wantMalformed(acct.Syntax, 0)

		r.stop()
		r.append("acct", d.rows("y"))
		r.rename("acct", "acct.2")
		r.append("acct", d.begin+d.rows("z"))
		r.want("a", "last", "late", "later", "x", "y", "z")
	})
}

func TestR04HalfARecordOfEachFormat(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newRig(t)
		half := d.rows("half")
		r.append("acct", d.begin+d.rows("a")+half[:len(half)-8])
		r.want("a")
		r.rename("acct", "acct.1")
		r.append("acct", d.begin+d.rows("x"))
		r.want("a", "x")
		pass(grace)
		r.want("a", "x")
		r.wantMalformed(acct.Syntax, 1)
		r.append("acct.1", half[len(half)-8:]+d.rows("b"))
		r.want("a", "b", "x")
	})
}

// A writer that breaks off goes on with a new record.
func TestR06BrokenRecordsOfEachFormat(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newRig(t)
		half := d.rows("half")
		r.append("acct", d.begin+d.rows("a")+half[:len(half)-10]+"\n"+d.rows("b")+half[:9]+"\x00\x00\x00"+d.rows("c"))
		r.want("a", "b", "c")
		r.wantMalformed(acct.Torn, 1)
		r.wantMalformed(acct.Syntax, 1)
		r.wantLog("reason=syntax", 1)
		r.wantLog("half", 0)
	})
}

func TestF07FormatsAreTruncated(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newRig(t)
		r.append("acct", d.begin+d.rows("a", "b"))
		r.want("a", "b")
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", d.begin+d.rows("x"))
		r.want("a", "b", "x")
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", header+rows("y"))
		r.want("a", "b", "x", "y")
		r.must(os.Truncate(r.path("acct"), 0))
		r.append("acct", d.begin)
		r.want("a", "b", "x", "y")
		r.append("acct", d.rows("z"))
		r.want("a", "b", "x", "y", "z")
	})
	forEachFormat(t, func(t *testing.T, d selfDescribing) { // only the end is cut off
		r := newRig(t)
		n := 2 * headBytes / len(d.rows("a"))
		r.append("acct", d.begin+strings.Repeat(d.rows("a"), n)+d.rows("b"))
		r.want(append(slices.Repeat([]string{"a"}, n), "b")...)
		r.must(os.Truncate(r.path("acct"), int64(len(d.begin)+n*len(d.rows("a"))+3)))
		r.poll()
		r.append("acct", "a rest\n"+d.rows("c"))
		r.want(append(slices.Repeat([]string{"a"}, n), "b", "c")...)
		r.wantTruncations(1)
	})
}

func TestS12FormatsFromTheirEnd(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newKeptRig(t, fromEnd)
		half := strings.ReplaceAll(strings.TrimSpace(d.rows("half")), "\n", "")
		r.append("acct", d.begin+d.rows("old", "old")+half[:len(half)/2])
		r.want()
		r.append("acct", half[len(half)/2:]+"\n"+d.rows("a"))
		r.want("a", "half")
		r.wantSkipped(StartAtEnd, len(d.begin+d.rows("old", "old")))
		r.edit(func(state *stored) {
			if header := state.Files[0].Header; len(header) > 0 {
				t.Errorf("the state holds %q, want no record", header)
			}
		})
	})
	forEachFormat(t, func(t *testing.T, d selfDescribing) { // within a record of several lines
		r := newRig(t, fromEnd)
		r.append("acct", d.begin+d.rows("old")+"\n"+d.rows("half")[:30]+"\n")
		r.want()
		r.append("acct", d.rows("half")[30:]+d.rows("a"))
		r.want("a")
		r.wantMalformed(acct.Syntax, 0)
	})
}

// What was followed as CSV without a header, before other formats were read, is
// read from then on.
func TestFormatOfAnOlderState(t *testing.T) {
	forEachFormat(t, func(t *testing.T, d selfDescribing) {
		r := newKeptRig(t)
		r.append("acct", d.begin+d.rows("old"))
		r.want("old")
		r.stop()
		r.edit(func(state *stored) { state.Files[0].Split = acct.SplitterState{} })
		r.append("acct", d.rows("a"))
		r.want("a", "old")
	})
	timed(t, "CSV", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.stop()
		r.edit(func(state *stored) { state.Files[0].Split = acct.SplitterState{Headed: true} })
		r.append("acct", rows("b"))
		r.want("a", "b")
	})
}

// What remote servers write never reaches the log, in no format.
func TestLogHoldsNoRecordOfAnyFormat(t *testing.T) {
	r := newRig(t)
	r.append("acct-1", "{\"type\":\"d\",\"vmta\":\"SECRET\"}\nSECRET\n{\"SECRET\":\"SECRET\n{\"x\":\"SECRET\x00\n{\"timeLogged\":\"SECRET\"}\n")
	r.append("acct-2", "<SECRET><d><vmta>SECRET</vmta></d>SECRET<d><SECRET>SECRET<d><timeLogged>SECRET</timeLogged></d>")
	r.poll()
	r.wantLog("level=warn", 3)
	r.wantLog("SECRET", 0)
}

// converted writes the rows of CSV in another format, as far as each row has
// columns.
func converted(t testing.TB, text string, d selfDescribing) string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	b := strings.Builder{}
	b.WriteString(d.begin)
	for _, row := range rows {
		if row[0] == "type" {
			columns = row
			continue
		}
		size := min(len(row), len(columns))
		b.WriteString(d.record(columns[:size], row[:size]))
	}
	return b.String()
}

// counted reads files and describes the counts, but for rows that are short or
// long: such there are in CSV alone.
func counted(t *testing.T, texts []string) string {
	t.Helper()
	r := newRig(t)
	for i, text := range texts {
		r.append(fmt.Sprintf("acct-%04d", i), text)
	}
	r.poll()
	lines := strings.Split(describe(r.committed()), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasSuffix(strings.TrimRight(line, " 0123456789"), "_row}") })
	return strings.Join(lines, "\n")
}

// TestR14FormatsCountAlike writes the same records in each format.
func TestR14FormatsCountAlike(t *testing.T) {
	texts := []string{benchText(1000)}
	for _, text := range samples(t) {
		if strings.HasPrefix(text, "type,") {
			texts = append(texts, text)
		}
	}
	want := counted(t, texts)
	if !strings.Contains(want, "records{delivered} ") || len(texts) < 10 {
		t.Fatalf("%d files counted as\n%s\nwant records of many", len(texts), want)
	}
	for _, d := range selfDescribings {
		var again []string
		for _, text := range texts {
			again = append(again, converted(t, text, d))
		}
		if got := counted(t, again); got != want {
			t.Errorf("%s counted as\n%s\nCSV as\n%s", d.name, got, want)
		}
	}
}
