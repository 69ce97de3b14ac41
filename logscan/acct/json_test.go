package acct

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestJSONSplitting(t *testing.T) {
	const d, b = "{\"type\":\"d\"}\n", "{\"type\":\"b\"}\n"
	pretty := "{\n  \"type\": \"d\",\n  \"x\": [1,\n {\"y\": {}}\n]\n}\n"
	checkSplitting(t, Splitter{Max: 100}, []splitting{
		{"lines", d + b, []string{d, b}, nil, map[Reason]int{}},
		{"CRLF and blanks", "{}\r\n {} \t\r\n\r\n{\"a\" : 1 }\n", []string{"{}\r\n", "{} \t\r\n", "{\"a\" : 1 }\n"}, nil, map[Reason]int{Blank: 3}},
		{"no line end", d + "{\"x\":1}", []string{d, "{\"x\":1}"}, nil, nil},
		{"one after the other in a line", "{\"a\":1}{\"b\":2} {\"c\":3}\n" + d, []string{"{\"a\":1}", "{\"b\":2} ", "{\"c\":3}\n", d}, nil, nil},
		{"over several lines", pretty + d, []string{pretty, d}, nil, nil},
		{"R05 braces, quotes and line ends in strings", "{\"x\":\"}\\\\\\\"{\\n\\\\\"}\n" + d, []string{"{\"x\":\"}\\\\\\\"{\\n\\\\\"}\n", d}, nil, nil},
		{"numbers and words", "{\"a\":-1.5e+3,\"b\":true,\"c\":null}\n", []string{"{\"a\":-1.5e+3,\"b\":true,\"c\":null}\n"}, nil, nil},
		{"R08 control characters", "{\"x\":\"\t\x1b\xff\"}\n", []string{"{\"x\":\"\t\x1b\xff\"}\n"}, nil, nil},
		{"F09 NUL hole", d + "\x00\x00\x00" + d, []string{d, d}, nil, map[Reason]int{NUL: 3}},
		{"R15 NULs instead of a line end", "{\"x\":1}\x00\x00" + d, []string{"{\"x\":1}", d}, nil, map[Reason]int{NUL: 2}},
		{"R14 line that is no object", d + "d,1,a\n12\n[" + d + b, []string{d, b}, []Reason{Syntax, Syntax, Syntax}, nil},
		{"text behind an object", "{\"x\":1}, \n{\"x\":1}]\n{}x\n" + d, []string{d}, []Reason{Syntax, Syntax, Syntax}, nil},
		{"no grammar", d + "{\"x\"}\n{\"x\":}\n{x:1}\n{\"x\":1,}\n{,}\n{\"x\":1 \"y\":2}\n{\"x\":[1}\n{\"x\":[1,]}\n{\"x\":;}\n{,\"x\":1}\n{\"x\":[,1]}\n" + b, []string{d, b}, slices.Repeat([]Reason{Syntax}, 11), nil},
		{"R06 quote never closed", "{\"type\":\"d\n" + b, []string{b}, []Reason{Syntax}, nil},
		{"R06 stray quote", "{\"type\":\"d\",\"x\":\"say \"no\"\"}\n" + b, []string{b}, []Reason{Syntax}, nil},
		{"R06 brace never closed", "{\"type\":\"t\"\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off before a name", "{\"type\":\"t\",\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off before a value", "{\"type\":\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off in a nested value", "{\"x\":{\"y\":[1\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off in several lines", "{\n \"x\":1,\n \"y\"\n} oops\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off at the end", d + "{\"x\":1", []string{d}, []Reason{Syntax}, nil},
		{"R15 torn by NULs", "{\"x\":\"a\x00\x00{\"type\":\"b\"}\n" + d, []string{b, d}, []Reason{Torn}, nil},
		{"R15 torn between values", "{\"x\":1,\x00\x00" + b + d, []string{b, d}, []Reason{Torn}, nil},
		{"R07 too long", "{\"x\":\"" + strings.Repeat("y", 200) + "\"}\n" + d, []string{d}, []Reason{Oversize}, nil},
		{"R07 too long over several lines", "{\"x\":1" + strings.Repeat(",\n\"x\":1", 20) + "}\n" + d, []string{d}, []Reason{Oversize}, nil},
		{"R07 a byte too long", "{\"x\":\"" + strings.Repeat("y", 92) + "\"}\n{\"x\":\"" + strings.Repeat("y", 91) + "\"}\n", []string{"{\"x\":\"" + strings.Repeat("y", 91) + "\"}\n"}, []Reason{Oversize}, nil},
		{"R07 too deep", "{\"x\":" + strings.Repeat("[", 33) + strings.Repeat("]", 33) + "}\n" + d, []string{d}, []Reason{Syntax}, nil},
		{"depth that is read", "{\"x\":" + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}\n" + d, []string{"{\"x\":" + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}\n", d}, nil, nil},
	})
}

func TestJSONWaitsForTheEnd(t *testing.T) {
	for _, text := range []string{"{\"type\":\"d\"}", "{\"type\":\"d\"} ", "{\"type\":\"d", "{\"type\":12", "{"} {
		if got := split(t, Splitter{Max: 100}, text, 3, false); got.rest != len(text) {
			t.Errorf("%q: rest of %d bytes, want all", text, got.rest)
		}
	}
}

func TestJSONResume(t *testing.T) {
	got := split(t, resumed(100, JSON), "\"x\":\"y\"}\n  \"z\"\n {\"type\":\"d\"}\n", 1, false)
	if want := []string{"{\"type\":\"d\"}\n"}; !slices.Equal(got.records, want) || len(got.malformed) > 0 {
		t.Errorf("records %q, malformed %q, want %q", got.records, got.malformed, want)
	}
	s := Splitter{Max: 100, format: JSON}
	s.Broken()
	if got := split(t, s, "{\"type\":\"b\"}\n{\"type\":\"d\"}\n", 4, false); !slices.Equal(got.records, []string{"{\"type\":\"d\"}\n"}) {
		t.Errorf("behind a broken record %q, want the second line", got.records)
	}
}

// reading is a record, and what of it is read.
type reading struct {
	name, text string
	typ        Type
	queue      string
	vmta, diag string
}

func checkReading(t *testing.T, f Format, cases []reading) {
	t.Helper()
	var r Record
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.Short, r.Long = true, true
			r.Read(f, nil, []byte(c.text))
			show := func(f Field) string {
				if r.Field(f) == nil {
					return "-"
				}
				return string(r.Field(f))
			}
			got := []string{string(r.Type), show(Queue), show(VMTA), show(DSNDiag)}
			if want := []string{string(c.typ), c.queue, c.vmta, c.diag}; !slices.Equal(got, want) || r.Short || r.Long {
				t.Errorf("Read(%q) = %q, short %v, long %v, want %q", c.text, got, r.Short, r.Long, want)
			}
		})
	}
}

func TestJSONReading(t *testing.T) {
	checkReading(t, JSON, []reading{
		{"plain", `{"type":"d","queue":"q/v","vmta":"v","dsnDiag":"x"}`, Delivered, "q/v", "v", "x"},
		{"type behind its columns", `{ "vmta" : "v" , "type" : "tq" }`, TransientQueue, "-", "v", "-"},
		{"empty is there", `{"type":"b","queue":"","dsnDiag":null}`, Bounced, "", "-", ""},
		{"names in any case", `{"TYPE":"b","VMTA":"v","dsndiag":"x"}`, Bounced, "-", "v", "x"},
		{"names with escapes", `{"\u0074ype":"b","v\u006dta":"v"}`, Bounced, "-", "v", "-"},
		{"numbers and words", `{"type":"b","queue":-1.50,"vmta":true,"dsnDiag":"null"}`, Bounced, "-1.50", "true", "null"},
		{"the first of equal names", `{"type":"b","type":"d","vmta":"v","VMTA":"w","queue":null,"queue":"q"}`, Bounced, "", "v", "-"},
		{"nested values are not there", `{"type":"b","vmta":{"vmta":"x"},"queue":["q"],"dsnDiag":{},"dsnDiag":"x"}`, Bounced, "-", "-", "x"},
		{"escapes", `{"type":"b","dsnDiag":"\"\\\/\b\f\n\r\t\u00fc\u4E2D\ud83d\ude00","vmta":"\\"}`, Bounced, "-", "\\", "\"\\/\b\f\n\r\tü中😀"},
		{"halves of surrogate pairs", `{"type":"b","dsnDiag":"\ud83dx\ude00\ud83d\u0041"}`, Bounced, "-", "-", "\ufffdx\ufffd\ufffdA"},
		{"what is no escape", `{"type":"b","dsnDiag":"\x\u12\u12g4"}`, Bounced, "-", "-", `\x\u12\u12g4`},
		{"R10 unknown type", `{"type":"p","vmta":"v"}`, Other, "-", "v", "-"},
		{"no type", `{"vmta":"v"}`, Other, "-", "v", "-"},
		{"type of another kind", `{"type":{"type":"d"},"vmta":"v"}`, Other, "-", "v", "-"},
		{"nothing", `{}`, Other, "-", "-", "-"},
		{"over several lines", "{\n\"type\":\n\"d\"\n,\"vmta\" :\r\n \"v\"\n}\n", Delivered, "-", "v", "-"},
	})
}

// Records of other columns, one after the other, do not take each other's
// fields.
func TestNamesOfChangingRecords(t *testing.T) {
	var r Record
	for i := range 300 {
		var text strings.Builder
		text.WriteString(`{"type":"d"`)
		for at := range i {
			fmt.Fprintf(&text, `,"x%d":"no"`, at%7+i%3)
		}
		fmt.Fprintf(&text, `,"vmta":"v%d","%s":"no"}`, i, strings.Repeat("queue", 20))
		r.Read(JSON, nil, []byte(text.String()))
		if got, want := string(r.Field(VMTA)), fmt.Sprint("v", i); got != want || r.Field(Queue) != nil {
			t.Fatalf("record %d: vmta %q, queue %q, want %q and none", i, got, r.Field(Queue), want)
		}
	}
	if len(r.names.places) > mostPlaces {
		t.Errorf("%d places remembered, want at most %d", len(r.names.places), mostPlaces)
	}
}

// referred is a record as the standard library reads it.
type referred struct {
	kind   *string
	fields map[Field]string
	deep   bool // deeper than we read
}

// add adds a column, unless it is there.
func (r *referred) add(name, value string) {
	if r.kind == nil && strings.EqualFold(name, "type") {
		r.kind = &value
	}
	if field := fieldOf([]byte(name)); field < ignored {
		if _, ok := r.fields[field]; !ok {
			r.fields[field] = value
		}
	}
}

// referJSON reads a valid object with encoding/json.
func referJSON(t testing.TB, text string) referred {
	t.Helper()
	r := referred{fields: map[Field]string{}}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	token := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("encoding/json on %q: %v", text, err)
		}
		return token
	}
	for token(); d.More(); {
		name, _ := token().(string)
		switch value := token().(type) {
		case nil:
			r.add(name, "")
		case json.Delim:
			for depth := 1; depth > 0; {
				switch token() {
				case json.Delim('{'), json.Delim('['):
					depth++
				case json.Delim('}'), json.Delim(']'):
					depth--
				}
				r.deep = r.deep || depth > nesting
			}
		default:
			r.add(name, fmt.Sprint(value))
		}
	}
	return r
}

// checkReferred compares the one record of a text. Bytes that are no UTF-8
// become U+FFFD in the standard library.
func checkReferred(t testing.TB, text string, f Format, want referred) {
	t.Helper()
	split := split(t, Splitter{Max: 1 << 20}, text, 1+len(text)/3, true)
	if len(split.records) != 1 || len(split.malformed) > 0 {
		t.Fatalf("%q: records %q, malformed %q, want one", text, split.records, split.malformed)
	}
	var r Record
	r.Read(f, nil, []byte(split.records[0]))
	kind := Other
	if want.kind != nil {
		kind = ParseType([]byte(*want.kind))
	}
	if r.Type != kind {
		t.Fatalf("%q: type %s, want %s", text, r.Type, kind)
	}
	for _, field := range Fields() {
		value, there := want.fields[field]
		if got := r.Field(field); (got != nil) != there || string([]rune(string(got))) != value {
			t.Fatalf("%q: %s = %q, there %v, want %q, there %v", text, field, got, got != nil, value, there)
		}
	}
}

// checkAgainstJSON holds the reading of JSON against encoding/json, for what
// that finds valid.
func checkAgainstJSON(t testing.TB, text string) {
	t.Helper()
	text = strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return
	}
	want := referJSON(t, text)
	if want.deep {
		return
	}
	checkReferred(t, text, JSON, want)
}

func TestJSONAgainstEncodingJSON(t *testing.T) {
	for _, line := range bytes.Split([]byte(samples(t)["acct-tb-2023.json"]), []byte("\n")) {
		checkAgainstJSON(t, string(line))
	}
	for _, text := range jsonSeeds {
		checkAgainstJSON(t, text)
	}
}

// jsonSeeds are objects of every form, most of them valid.
var jsonSeeds = []string{
	`{}`, ` { "type" : "d" , "vmta" : "v" } `, "{\n\"type\":\"b\",\r\n\t\"queue\":\"q/v\"}\n",
	`{"type":"d","dlvSize":12,"vmta":null,"queue":true,"orig":-1.5E+10,"x":{"type":"b","y":[{},[1,"]"]]}}`,
	`{"TYPE":"t","type":"d","Vmta":"\u0041\ud83d\ude00\ud800","dsnDiag":"\"\\\/\b\f\n\r\t","\u0071ueue":"q"}`,
	`{"type":["d"],"type":"b","queue":"caf` + "\xe9" + `","vmta":"","dsnMta":"` + "\u2028" + `"}`,
	`{"type":"d","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
	`{"type":"d",}`, `{"type":"d" "vmta":1}`, `{"type":"d`, "{\"type\":\"d\n\"}", `{"type":"d"}{"type":"b"}`,
}

// Strings, numbers and blanks are the same wherever a look ahead ends.
func TestJSONAcrossLooks(t *testing.T) {
	for n := ahead - 40; n < ahead+5; n++ {
		for _, text := range []string{
			`{"type":"d","x":"` + strings.Repeat("y", n) + `","vmta":"v\"w"}`,
			`{"type":"d","x":"` + strings.Repeat("y", n) + `\"","vmta":"v"}`,
			`{"type":"d","x":` + strings.Repeat("1", n) + `,"vmta":"v"}`,
			`{"type":"d",` + strings.Repeat(" ", n) + `"vmta":"v"}` + strings.Repeat(" ", 2*n),
			`{"type":"d",` + strings.Repeat("\n", n) + `"vmta":"v"}` + "\n",
		} {
			if !json.Valid([]byte(text)) {
				t.Fatalf("%q is not valid", text)
			}
			checkAgainstJSON(t, text)
		}
		broken := `{"type":"d","x":"` + strings.Repeat("y", n) + "\n" + `","vmta":"v"}` + "\n"
		if got := split(t, Splitter{Max: 1 << 20}, broken, len(broken), true); len(got.records) != 0 {
			t.Fatalf("line end in a string of %d bytes: records %.50q, want none", n, got.records)
		}
	}
}
