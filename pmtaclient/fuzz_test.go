package pmtaclient

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// calls decodes text and returns all that a visitor is told. One byte after
// the other, the text must tell the same as at once.
func calls(t *testing.T, text string, format Format) ([]string, error) {
	t.Helper()
	var whole, pieces tree
	err := decode(newSource(strings.NewReader(text)), format, &whole)
	piecesErr := decode(newSource(iotest.OneByteReader(strings.NewReader(text))), format, &pieces)
	if fmt.Sprint(err) != fmt.Sprint(piecesErr) {
		t.Fatalf("%q: error %v, byte by byte %v", text, err, piecesErr)
	}
	if err == nil && !slices.Equal(whole.calls, pieces.calls) {
		t.Fatalf("%q is\n%s\nbyte by byte\n%s", text, strings.Join(whole.calls, "\n"), strings.Join(pieces.calls, "\n"))
	}
	return whole.calls, err
}

// sameAnswer holds what a scanner made of text to what its model did: both
// tell the same, or both refuse.
func sameAnswer(t *testing.T, text string, got, want reading) {
	t.Helper()
	if (got.err == nil) != (want.err == nil) {
		t.Fatalf("%q: error %v, the model's %v", text, got.err, want.err)
	}
	if got.err == nil && !slices.Equal(got.calls, want.calls) {
		t.Fatalf("%q is\n%s\nthe model says\n%s", text, strings.Join(got.calls, "\n"), strings.Join(want.calls, "\n"))
	}
}

// reading is what was made of a text.
type reading struct {
	calls []string
	err   error
}

// FuzzXML holds the scanner to encoding/xml: they read the same, or both
// refuse.
func FuzzXML(f *testing.F) {
	for _, name := range []string{"status-5.0r1.http.xml", "status-5.0r5.cli.xml", "listqueue-5.0.http.xml", "getlocalips-5.0.http.xml"} {
		f.Add(string(sample(f, name)))
	}
	f.Add(string(queuesPage(2, 2)))
	for _, text := range []string{
		"<rsp><data><a b='c'>1<!-- x --></a></data><succ/></rsp>",
		"<rsp><data><a><b>1</b>text</a>&amp;<c/></data><succ/></rsp>",
		"<rsp><data/><succ/></rsp><!-- end -->",
		"<rsp><data/><succ/></rsp><rsp/>",
		"<rsp><data><a>1</x:a></data><succ/></rsp>",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = cleanXML(t, text)
		got, err := calls(t, text, XML)
		want, wantErr := slowly(text)
		if err == nil && wantErr != nil && (strings.Contains(text, "&#") || strings.Contains(text, "]]>")) {
			return // the scanner lets pass references to what XML forbids, and ]]> in texts
		}
		sameAnswer(t, text, reading{got, err}, reading{want, wantErr})
	})
}

// slowly reads an answer in XML with encoding/xml alone.
func slowly(text string) ([]string, error) {
	var v tree
	envelope := &xmlEnvelope{page: &v}
	s := &xmlScanner{src: newSource(strings.NewReader(text)), v: envelope}
	err := s.prolog()
	if err == nil {
		err = slowXML(s)
	}
	if err == nil {
		err = envelope.verdict()
	}
	return v.calls, err
}

// cleanXML does beforehand what slowXML and encoding/xml do to a text, and the
// scanner does not: see cleanReader.
func cleanXML(t *testing.T, text string) string {
	t.Helper()
	b, err := io.ReadAll(cleanReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(b))
}

// FuzzJSON holds the scanner to encoding/json: they read the same, or both
// refuse.
func FuzzJSON(f *testing.F) {
	for _, name := range []string{
		"status-5.0b1.http.json", "command-show-version-5.0r5.http.json", "command-show-version-text-5.0r5.http.json",
		"configfile-list-5.0.http.json", "configfile-read-5.0.http.json",
	} {
		f.Add(string(sample(f, name)))
	}
	f.Add(string(queuesPageJSON(2, 2)))
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd") // as encoding/json does in strings
		got, err := calls(t, text, JSON)
		if err != nil && strings.Contains(err.Error(), "nested more than") {
			return // encoding/json goes deeper
		}
		want, wantErr := byLibrary(t, text)
		if err == nil && wantErr != nil && strings.Contains(wantErr.Error(), "in string literal") {
			return // the scanner lets control characters pass
		}
		sameAnswer(t, text, reading{got, err}, reading{want, wantErr})
	})
}

// byLibrary reads an answer in JSON with encoding/json.
func byLibrary(t *testing.T, text string) ([]string, error) {
	t.Helper()
	var whole map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, errForeign // null
	}
	var v tree
	envelope := &jsonEnvelope{page: &v}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	walkJSON(t, d, envelope, nil)
	return v.calls, envelope.verdict()
}

// walkJSON tells v the value that d reads next.
func walkJSON(t *testing.T, d *json.Decoder, v visitor, name []byte) {
	t.Helper()
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch x := token.(type) {
	case json.Delim:
		if x == '{' && name != nil {
			v.open(name)
		}
		for d.More() {
			if x == '[' {
				walkJSON(t, d, v, name)
				continue
			}
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			walkJSON(t, d, v, append([]byte{}, key.(string)...))
		}
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		if x == '{' && name != nil {
			v.close()
		}
	case nil:
	default:
		v.leaf(name, fmt.Append(nil, x))
	}
}

// FuzzDOM holds the scanner to the plainest reading of lines.
func FuzzDOM(f *testing.F) {
	for _, name := range []string{"status-5.0r5.cli.dom.txt", "resolve-arrays-5.0.cli.dom.txt", "topqueues-errors-2014.cli.dom.txt"} {
		f.Add(string(sample(f, name)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := calls(t, text, DOM)
		if err != nil && strings.Contains(err.Error(), "nested more than") {
			return
		}
		want, wantErr := byLines(text)
		sameAnswer(t, text, reading{got, err}, reading{want, wantErr})
	})
}

// byLines reads an answer in the DOM style, line by line.
func byLines(text string) ([]string, error) {
	var v tree
	var path []string
	begun := false
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		last := i == len(lines)-1
		if !last {
			line = strings.TrimSuffix(line, "\r")
		}
		if line == "" {
			continue
		}
		begun = true
		name, value, ok := strings.Cut(line, `="`)
		value, closed := strings.CutSuffix(value, `"`)
		switch {
		case ok && closed:
			steps := strings.Split(name, ".")
			n := len(steps) - 1
			path = walkSteps(&v, path, steps[:n])
			v.leaf([]byte(withoutIndex(steps[n])), []byte(value))
		case last:
			return nil, errCut
		default:
			v.leaf(nil, []byte(line))
		}
	}
	walkSteps(&v, path, nil)
	if !begun {
		return nil, errCut
	}
	return v.calls, nil
}

// walkSteps goes from one open element to another and returns the new path.
func walkSteps(v visitor, from, to []string) []string {
	same := 0
	for same < min(len(from), len(to)) && from[same] == to[same] {
		same++
	}
	for range from[same:] {
		v.close()
	}
	for _, step := range to[same:] {
		v.open([]byte(withoutIndex(step)))
	}
	return to
}

func withoutIndex(step string) string {
	name, _, _ := strings.Cut(step, "[")
	return name
}

// FuzzTime holds the reading of instants by hand to time.Parse.
func FuzzTime(f *testing.F) {
	for line := range strings.Lines(string(sample(f, "topqueues-errors-2014.cli.dom.txt"))) {
		if _, value, ok := strings.Cut(line, `ime="`); ok {
			f.Add(strings.TrimRight(value, "\"\r\n"))
		}
	}
	for _, text := range []string{
		"2020-02-29 00:00:00", "2019-02-29 23:59:59", "1900-02-29 01:01:01", "0000-01-01 00:00:00", "2019-04-31 00:00:00",
		"2019-00-10 00:00:00", "2019-13-10 00:00:00", "2019-12-00 00:00:00", "2019-12-32 00:00:00",
		"2019-12-31 24:00:00", "2019-12-31 23:60:00", "2019-12-31 23:59:60", "2019-12-31 8:00:00", "2019-12-31  18:00:00",
		"2019-12-31 18:00:00.5", "2019-12-31 18:00:00,5", "2019-12-31T18:00:00", "2019-1-1 00:00:00", "201x-12-31 18:00:00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := time.Parse(timeLayout, text)
		if got, ok := parseTime([]byte(text)); ok != (err == nil) || got != want {
			t.Fatalf("parseTime(%q) = %v, %v, time.Parse says %v, %v", text, got, ok, want, err)
		}
	})
}

// FuzzFigure holds the reading of plain figures by hand to strconv.
func FuzzFigure(f *testing.F) {
	for _, text := range []string{"0", "7", "769.4", "1370100.3", "0.1", "999999999999.99", "123456789012345", ".5", "5.", "1.2.3", "-1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseDigits([]byte(text))
		if want, err := strconv.ParseFloat(text, 64); ok && (err != nil || got != num(want)) {
			t.Fatalf("parseDigits(%q) = %v, strconv says %v, %v", text, got, want, err)
		}
	})
}
