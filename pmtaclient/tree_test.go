package pmtaclient

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// tree is a visitor that writes down what it is told.
type tree struct {
	path  []string
	lines []string // the leaves
	calls []string // the leaves, and where elements begin and end
}

func (t *tree) open(name []byte) {
	t.path = append(t.path, string(name))
	t.calls = append(t.calls, "open "+string(name))
}

func (t *tree) close() {
	t.path = t.path[:len(t.path)-1]
	t.calls = append(t.calls, "close")
}

func (t *tree) leaf(name, value []byte) {
	path := slices.Concat(t.path, []string{string(name)})
	line := fmt.Sprintf("%s=%q", strings.Join(path, "."), value)
	t.lines, t.calls = append(t.lines, line), append(t.calls, line)
}

// grow decodes text into a tree, one line for each leaf.
func grow(t testing.TB, text string, format Format) (string, error) {
	t.Helper()
	var v tree
	err := decode(newSource(strings.NewReader(text)), format, &v)
	if err == nil && len(v.path) > 0 {
		t.Fatalf("decoding %.200q leaves %v open", text, v.path)
	}
	return strings.Join(v.lines, "\n"), err
}

// TestByteOrderMark: a mark at the start is no part of an answer, in any
// format and however it arrives.
func TestByteOrderMark(t *testing.T) {
	for format, text := range map[Format]string{
		XML: "<rsp><data><a>1</a></data><succ/></rsp>", JSON: `{"data":{"a":1},"status":"success"}`, DOM: "a=\"1\"\n",
	} {
		plain, err := grow(t, text, format)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{
			"at once": strings.NewReader("\xef\xbb\xbf" + text), "byte by byte": iotest.OneByteReader(strings.NewReader("\xef\xbb\xbf" + text)),
		} {
			var v tree
			if err := decode(newSource(r), format, &v); err != nil || strings.Join(v.lines, "\n") != plain {
				t.Errorf("%s %s: %q, %v, want %q", format, name, v.lines, err, plain)
			}
		}
	}
}

func TestXMLTrees(t *testing.T) {
	const plain = "<rsp><data><a>1</a><b><c>x &amp; y</c><d/></b></data><succ/></rsp>"
	const want = "a=\"1\"\nb.c=\"x & y\"\nb.d=\"\""
	for name, text := range map[string]string{
		"plain":                        plain,
		"indented":                     "\n<rsp>\n <data>\n  <a>1</a>\n <b><c>x &amp; y</c> <d></d></b>\n</data>\n<succ/></rsp>\n",
		"declaration":                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + plain,
		"byte order mark":              "\xef\xbb\xbf" + plain,
		"blanks in tags":               "<rsp ><data><a\n>1</a ><b><c>x &#38; y</c><d /></b></data><succ /></rsp>",
		"message of success":           "<rsp><data><a>1</a><b><c>x &#x26; y</c><d/></b></data><succ>1 queue busy</succ></rsp>",
		"attributes":                   `<rsp v="1>2"><data><a b='c'>1</a><b><c>x &amp; y</c><d e="f"/></b></data><succ/></rsp>`,
		"comment at the end":           plain + "\n<!-- end -->\n",
		"text between elements":        "<rsp><data>x<a>1</a><b>y<c>x &amp; y</c><d/>z</b></data><succ/></rsp>",
		"comment":                      "<rsp><data><a>1<!-- > --></a><b><!--x--><c>x &amp; y</c><d/></b></data><succ/></rsp><!-- end -->",
		"CDATA":                        "<rsp><data><a>1</a><b><c>x <![CDATA[& y]]></c><d/></b></data><succ/></rsp>",
		"instruction":                  "<rsp><?x y?><data><a>1</a><b><c>x &amp; y</c><d/></b></data><succ/></rsp>",
		"unusual in the midst of text": "<rsp><data><a>1</a><b><c>x <!---->&amp; y</c><d/></b></data><succ/></rsp>",
	} {
		got, err := grow(t, text, XML)
		if err != nil || got != want {
			t.Errorf("%s: %s, error %v, want %s", name, got, err, want)
		}
	}
}

// TestH11Characters: foreign bytes cost no answer, whichever way it is read.
func TestH11Characters(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="ISO-8859-1"?>`
	for name, c := range map[string]struct {
		format     Format
		text, want string
	}{
		"declared Latin-1":                  {XML, declared + "<rsp><data><a>caf\xe9 \x80</a></data><succ/></rsp>", "café €"},
		"declared Latin-1, read slowly":     {XML, declared + "<rsp><!-- --><data><a>caf\xe9</a></data><succ/></rsp>", "café"},
		"undeclared Latin-1":                {XML, "<rsp><data><a>caf\xe9</a></data><succ/></rsp>", "caf\xe9"},
		"undeclared Latin-1, read slowly":   {XML, "<rsp><!-- --><data><a>caf\xe9</a></data><succ/></rsp>", "caf\ufffd"},
		"control characters":                {XML, "<rsp><data><a>x\x01y</a></data><succ/></rsp>", "x\x01y"},
		"control characters, read slowly":   {XML, "<rsp><!-- --><data><a>x\x01y</a></data><succ/></rsp>", "x\ufffdy"},
		"control characters in JSON":        {JSON, "{\"data\":{\"a\":\"x\x01y\"},\"status\":\"success\"}", "x\x01y"},
		"bytes that are no UTF-8 in JSON":   {JSON, "{\"data\":{\"a\":\"caf\xe9\"},\"status\":\"success\"}", "caf\xe9"},
		"control characters in the DOM":     {DOM, "a=\"x\x01y\"\n", "x\x01y"},
		"declared UTF-8 with single quotes": {XML, "<?xml version='1.0' encoding='utf-8'?><rsp><data><a>é</a></data><succ/></rsp>", "é"},
	} {
		got, err := grow(t, c.text, c.format)
		if want := fmt.Sprintf("a=%q", c.want); err != nil || got != want {
			t.Errorf("%s: %s, error %v, want %s", name, got, err, want)
		}
	}
}

func TestXMLRefusals(t *testing.T) {
	deep := strings.Repeat("<a>", 100_000)
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"H08 empty", "", errCut},
		{"H08 HTML", "<html><body>login</body></html>", errForeign},
		{"H08 HTML with a document type", "<!DOCTYPE html>\n<html></html>", errForeign},
		{"H08 JSON", `{"data":{},"status":"success"}`, errForeign},
		{"H09 bytes after the end", "<rsp><data/><succ/></rsp>x", errMalformed},
		{"H09 a second answer", "<rsp><data/><succ/></rsp><rsp/>", errMalformed},
		{"H09 a second answer, read slowly", "<rsp a='b'><data/><succ/></rsp><rsp/>", errMalformed},
		{"H09 no answer but a comment", "<!-- rsp -->", errCut},
		{"text between elements", "<rsp><data><a/>&nbsp;</data><succ/></rsp>", errMalformed},
		{"H09 bytes after the end, read slowly", "<rsp a='b'><data/><succ/></rsp>x", errMalformed},
		{"H10 entity declarations", `<!DOCTYPE rsp [<!ENTITY a "aaaa">]><rsp><data>&a;</data><succ/></rsp>`, errForeign},
		{"H10 document type inside", "<rsp><!DOCTYPE a><data/><succ/></rsp>", errForeign},
		{"unknown entity", "<rsp><data><a>&nbsp;</a></data><succ/></rsp>", errMalformed},
		{"lone ampersand", "<rsp><data><a>a & b</a></data><succ/></rsp>", errMalformed},
		{"H14 deep", "<rsp>" + deep, errMalformed},
		{"H14 deep, read slowly", "<rsp a='b'>" + deep, errMalformed},
		{"H11 unknown encoding", `<?xml version="1.0" encoding="EBCDIC"?><rsp/>`, errForeign},
		{"H14 endless tag", "<rsp><data><" + strings.Repeat("a", maxToken) + ">", errMalformed},
		{"tags crossed", "<rsp><data><a></data></a><succ/></rsp>", errMalformed},
		{"no verdict", "<rsp><data><a>1</a></data></rsp>", errFailed},
		{"message instead of data", "<rsp><error>PMTA is not running</error></rsp>", errFailed},
	} {
		if _, err := grow(t, c.text, XML); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := grow(t, "<rsp><error>PMTA is not running</error></rsp>", XML); !strings.Contains(err.Error(), "PMTA is not running") {
		t.Errorf("error %v, want the server's words in it", err)
	}
}

func TestJSONTrees(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"sample's shape": {
			`{"data":{"a":1,"b":{"c":"x \"y\"","d":""}},"status":"success","message":""}`,
			"a=\"1\"\nb.c=\"x \\\"y\\\"\"\nb.d=\"\"",
		},
		"list":    {`{"data":{"queues":[{"rcp":1},{"rcp":2.5}]},"status":"success"}`, "queues.rcp=\"1\"\nqueues.rcp=\"2.5\""},
		"nothing": {`{"data":{"a":null,"b":[],"c":{}},"status":"success"}`, ""},
		"truths":  {`{"data":{"a":true,"b":false},"status":"success"}`, "a=\"true\"\nb=\"false\""},
		"escapes": {`{"data":{"a":"\u00e9\n\ud83d\ude00\ud800\/"},"status":"success"}`, "a=" + fmt.Sprintf("%q", "é\n😀\ufffd/")},
		"backslashes": {
			`{"data":{"a":"` + strings.Repeat(`\\`, maxToken/4) + `"},"status":"success"}`, // in no quadratic time
			fmt.Sprintf("a=%q", strings.Repeat(`\`, maxToken/4)),
		},
		"numbers": {`{"data":{"a":[0,-1,1e6,1.5E-2]},"status":"success"}`, "a=\"0\"\na=\"-1\"\na=\"1e6\"\na=\"1.5E-2\""},
	} {
		got, err := grow(t, c.text, JSON)
		if err != nil || got != c.want {
			t.Errorf("%s: %s, error %v, want %s", name, got, err, c.want)
		}
	}
}

func TestJSONRefusals(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"H08 empty", " \n", errCut},
		{"H08 XML", "<rsp><data/><succ/></rsp>", errForeign},
		{"H09 bytes after the end", `{"data":{},"status":"success"}}`, errMalformed},
		{"H14 deep", `{"data":` + strings.Repeat(`[`, 100_000), errMalformed},
		{"H14 endless string", `{"data":"` + strings.Repeat("a", maxToken), errMalformed},
		{"failure", `{"data":{},"status":"fail","message":"not running"}`, errFailed},
		{"no verdict", `{"data":{}}`, errFailed},
		{"an object called status below data is no verdict", `{"data":{"status":{"status":"success"}}}`, errFailed},
		{"word", `{"data":{"a":yes},"status":"success"}`, errMalformed},
		{"number", `{"data":{"a":01},"status":"success"}`, errMalformed},
		{"comma", `{"data":{"a":1,},"status":"success"}`, errMalformed},
		{"colon", `{"data" {},"status":"success"}`, errMalformed},
		{"bad escape", `{"data":{"a":"\x"},"status":"success"}`, errMalformed},
		{"bad code point", `{"data":{"a":"\u12g4"},"status":"success"}`, errMalformed},
		{"cut in an escape", `{"data":{"a":"\`, errCut},
	} {
		if _, err := grow(t, c.text, JSON); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDOMTrees(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"quotes are not escaped": {
			"queue[0].text=\"skip: \"421 a=\"b\"\" x\"\nqueue[0].rcp=\"1\"\n",
			"queue.text=\"skip: \\\"421 a=\\\"b\\\"\\\" x\"\nqueue.rcp=\"1\"",
		},
		"CRLF":                  {"a.b=\"1\"\r\nc=\"\"\r\n", "a.b=\"1\"\nc=\"\""},
		"no end of line":        {"a=\"1\"", `a="1"`},
		"lists of values":       {"host[0].ip[0]=\"1\"\nhost[0].ip[1]=\"2\"\n", "host.ip=\"1\"\nhost.ip=\"2\""},
		"line that is no leaf":  {"Warning: x\na=\"1\"\n", "=\"Warning: x\"\na=\"1\""},
		"blank lines":           {"\n\na=\"1\"\n\n", `a="1"`},
		"value without an end":  {"a=\"1\nb=\"2\"\n", "=\"a=\\\"1\"\nb=\"2\""},
		"elements that go deep": {"a.b.c=\"1\"\na.d=\"2\"\ne=\"3\"\n", "a.b.c=\"1\"\na.d=\"2\"\ne=\"3\""},
	} {
		got, err := grow(t, c.text, DOM)
		if err != nil || got != c.want {
			t.Errorf("%s: %s, error %v, want %s", name, got, err, c.want)
		}
	}
	for name, text := range map[string]string{"cut in a value": "a=\"1\"\nb=\"2", "cut in a path": "a=\"1\"\nb.c", "nothing": "\n"} {
		if _, err := grow(t, text, DOM); !errors.Is(err, errCut) {
			t.Errorf("%s: error %v, want %v", name, err, errCut)
		}
	}
	if _, err := grow(t, strings.Repeat("a.", 100)+"b=\"1\"\n", DOM); !errors.Is(err, errMalformed) {
		t.Errorf("deep path: error %v, want %v", err, errMalformed)
	}
}

// TestReadErrorPasses proves that an error of the transport is never taken for
// the end of an answer.
func TestReadErrorPasses(t *testing.T) {
	broken := errors.New("reset")
	for format, text := range map[Format]string{XML: "<rsp><data/>", JSON: `{"data":{}`, DOM: "a=\"1\"\n"} {
		r := io.MultiReader(strings.NewReader(text), errReader{broken})
		if err := decode(newSource(r), format, &tree{}); !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want %v", format, err, broken)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
