package acct

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestXMLSplitting(t *testing.T) {
	const d, b = "<d><x>1</x></d>\n", "<b></b>\n"
	pretty := "<t>\r\n  <vmta>\n v</vmta>\n  <x/>\n</t>\r\n"
	checkSplitting(t, Splitter{Max: 100}, []splitting{
		{"lines", d + b, []string{d, b}, nil, map[Reason]int{}},
		{"one after the other in a line", "<d/><rb></rb> <f></f>\n" + d, []string{"<d/>", "<rb></rb> ", "<f></f>\n", d}, nil, nil},
		{"over several lines", "<r></r>\n\n  " + pretty + d, []string{"<r></r>\n", pretty, d}, nil, map[Reason]int{Blank: 3}},
		{"no line end", d + "<b></b>", []string{d, "<b></b>"}, nil, nil},
		{"in a root", "<?xml version=\"1.0\"?>\n<acct v=\">\">\n" + d + b + "</acct>\n", []string{d, b}, nil, map[Reason]int{Markup: 40, Blank: 3}},
		{"in roots", "<a><b2 ><!-- <d> -->" + d + "</b2><b2>" + b + "</b2></a><empty/>", []string{d, b}, nil, map[Reason]int{Markup: 3 + 5 + 12 + 5 + 4 + 5 + 4 + 8}},
		{"R10 unknown type", "<p><vmta>v</vmta></p>\n<p ><x/></p><p><x></x></p>" + d, []string{"<p><vmta>v</vmta></p>\n", "<p ><x/></p>", "<p><x></x></p>", d}, nil, map[Reason]int{}},
		{"R10 unknown type in a root", "<a>\n <p>\n <!-- --> <x><![CDATA[1]]></x></p></a>", []string{"<p>\n <!-- --> <x><![CDATA[1]]></x></p>"}, nil, nil},
		{"root that a record is named like", "<d>" + b + "</d>\n" + d, []string{b, d}, []Reason{Syntax}, nil},
		{"attributes", "<d a=\"/d>\" b='\">'><x y=\"/>\"/></d>\n", []string{"<d a=\"/d>\" b='\">'><x y=\"/>\"/></d>\n"}, []Reason(nil), nil},
		{"CDATA and comments", "<d><x><![CDATA[<b></d>]]></x><!-- <b></d> --><?x <b>?></d>\n", []string{"<d><x><![CDATA[<b></d>]]></x><!-- <b></d> --><?x <b>?></d>\n"}, nil, nil},
		{"elements in columns", "<d><x><y>1<z/></y></x></d>\n", []string{"<d><x><y>1<z/></y></x></d>\n"}, nil, nil},
		{"F09 NUL hole", d + "\x00\x00\x00" + b, []string{d, b}, nil, map[Reason]int{NUL: 3}},
		{"R15 torn by NULs", "<d><x>a\x00\x00" + b + d, []string{b, d}, []Reason{Torn}, nil},
		{"R15 torn in a tag", "<d><x\x00\x00" + b + d, []string{b, d}, []Reason{Torn}, nil},
		{"R15 torn in an attribute", "<d y=\"\x00\"><x/></d>" + d, []string{d}, []Reason{Torn}, nil},
		{"R15 torn in CDATA", "<d><x><![CDATA[\x00]]></x></d>" + d, []string{d}, []Reason{Torn}, nil},
		{"R06 broken off in a text", "<d><x>a" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off in a tag", "<d><x" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off behind a column", "<d><x>a</x>\n" + b + d, []string{b, d}, []Reason{Syntax}, nil},
		{"R06 broken off at the end", d + "<b><x>1", []string{d}, []Reason{Syntax}, nil},
		{"R06 CDATA never closed", "<d><x><![CDATA[" + strings.Repeat("y", 100) + "</d>\n" + b, []string{b}, []Reason{Oversize}, nil},
		{"R06 attribute never closed", "<d x=\"><x>1</x></d>\n" + b, []string{b}, []Reason{Syntax}, nil},
		{"end tag of another", "<d><x>1</y></d>\n<d></b>\n" + b, []string{b}, []Reason{Syntax, Syntax}, nil},
		{"text around records", d + "oops " + b + "& <d" + d, []string{d, b, d}, []Reason{Syntax, Syntax, Syntax}, nil},
		{"raw text around records", "<![CDATA[<b></b>]]>" + d, []string{"<b></b>", d}, []Reason{Syntax, Syntax}, nil},
		{"names that are none", "<=/>" + d + "< x>" + d + "</>" + d, []string{d, d, d}, []Reason{Syntax, Syntax, Syntax}, nil},
		{"H10 DTD", "<!DOCTYPE a [<!ENTITY b \"<b></b>\">]>" + d, []string{"<b></b>", d}, []Reason{Syntax, Syntax}, nil},
		{"R07 too long", "<d><x>" + strings.Repeat("y", 200) + "</x></d>\n" + b, []string{b}, []Reason{Oversize}, nil},
		{"R07 a byte too long", "<d><x>" + strings.Repeat("y", 86) + "</x></d>\n<d><x>" + strings.Repeat("y", 85) + "</x></d>\n", []string{"<d><x>" + strings.Repeat("y", 85) + "</x></d>\n"}, []Reason{Oversize}, nil},
		{"R07 root without end", "<a>" + strings.Repeat(" ", 200) + d, []string{d}, nil, nil},
	})
}

func TestXMLDepth(t *testing.T) {
	deep := func(n int) string {
		return "<d>" + strings.Repeat("<x>", n) + strings.Repeat("</x>", n) + "</d>\n"
	}
	checkSplitting(t, Splitter{Max: 1000}, []splitting{
		{"R07 too deep", deep(nesting+2) + "<b></b>\n", []string{"<b></b>\n"}, []Reason{Syntax}, nil},
		{"depth that is read", deep(nesting + 1), []string{deep(nesting + 1)}, nil, nil},
	})
}

func TestXMLWaitsForTheEnd(t *testing.T) {
	for _, text := range []string{"<", "<!", "<!-", "<![CDATA", "<!-- ", "<?xml", "<d", "<d>", "<d></d", "<d></d>", "<d></d> ", "<a>", "<a> <b2", "<a><x>", "<a><x> ", "</a"} {
		if got := split(t, Splitter{Max: 100}, text, 3, false); got.rest != len(text) {
			t.Errorf("%q: rest of %d bytes, want all", text, got.rest)
		}
	}
}

func TestXMLResume(t *testing.T) {
	got := split(t, resumed(100, XML), "vmta>v</vmta></d></acct><p><x>1</x></p><tqx/><tq ></tq><p><x>1</x></p>", 1, true)
	if want := []string{"<tq ></tq>", "<p><x>1</x></p>"}; !slices.Equal(got.records, want) || len(got.malformed) > 0 {
		t.Errorf("records %q, malformed %q, want %q", got.records, got.malformed, want)
	}
}

func TestXMLReading(t *testing.T) {
	checkReading(t, XML, []reading{
		{"plain", "<d><queue>q/v</queue><vmta>v</vmta><dsnDiag>x</dsnDiag></d>\n", Delivered, "q/v", "v", "x"},
		{"empty is there", "<tq><queue/><vmta></vmta><dsnDiag><!-- --></dsnDiag></tq>", TransientQueue, "", "", ""},
		{"names in any case", "<b><VMTA>v</VMTA><dsndiag>x</dsndiag></b>", Bounced, "-", "v", "x"},
		{"references", "<b><dsnDiag>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#x00041;&amp;lt;</dsnDiag></b>", Bounced, "-", "-", "<>&\"'A😀A&lt;"},
		{"what is no reference", "<b><dsnDiag>& &x; &#; &#x; &#-1; &#x110000; &#99999999999999999999; &amp</dsnDiag></b>", Bounced, "-", "-", "& &x; &#; &#x; &#-1; &#x110000; &#99999999999999999999; &amp"},
		{"CDATA", "<b><dsnDiag>a<![CDATA[<b>&amp;]]>b<!-- c -->c<?d?></dsnDiag></b>", Bounced, "-", "-", "a<b>&amp;bc"},
		{"line ends", "<b><dsnDiag>a\r\nb\rc\n\r<![CDATA[\r\n]]>&#13;</dsnDiag></b>", Bounced, "-", "-", "a\nb\nc\n\n\n\r"},
		{"elements in columns", "<b><dsnDiag>a<x>b<y>c</y></x>d</dsnDiag><vmta><vmta>v</vmta></vmta></b>", Bounced, "-", "", "ad"},
		{"the first of equal names", "<b><vmta>v</vmta><VMTA>w</VMTA><queue/><queue>q</queue></b>", Bounced, "", "v", "-"},
		{"attributes and notes", "<b x='1'>\n<!-- x --> y\n<vmta x=\"/\">v</vmta>z</b>", Bounced, "-", "v", "-"},
		{"R10 unknown type", "<p><vmta>v</vmta></p>", Other, "-", "v", "-"},
		{"no column", "<r/>", Received, "-", "-", "-"},
	})
}

// referXML reads an element with encoding/xml. It is false for what that finds
// wrong, and for what a record may not have: other records, names with a colon,
// a document type.
func referXML(text string) (referred, bool) {
	r := referred{fields: map[Field]string{}}
	d := xml.NewDecoder(strings.NewReader(text))
	var column string
	var value strings.Builder
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return r, r.kind != nil
		} else if err != nil {
			return r, false
		}
		switch token := token.(type) {
		case xml.Directive:
			return r, false
		case xml.StartElement:
			name := token.Name.Local
			depth++
			if token.Name.Space != "" || depth == 1 && r.kind != nil || (ParseType([]byte(name)) == Other) == (depth == 1) {
				return r, false
			}
			switch depth {
			case 1:
				r.kind = &name
			case 2:
				column = name
				value.Reset()
			}
			r.deep = r.deep || depth > nesting+2
		case xml.EndElement:
			if depth == 2 && !strings.EqualFold(column, "type") {
				r.add(column, value.String())
			}
			depth--
		case xml.CharData:
			if depth == 2 {
				value.Write(token)
			}
			if depth == 0 && strings.TrimSpace(string(token)) != "" {
				return r, false
			}
		}
	}
}

// checkAgainstXML holds the reading of XML against encoding/xml, for what that
// finds valid.
func checkAgainstXML(t testing.TB, text string) {
	t.Helper()
	want, ok := referXML(text)
	if !ok || want.deep || strings.ContainsAny(text, "\x00:") || !strings.HasPrefix(text, "<") {
		return
	}
	checkReferred(t, text, XML, want)
}

func TestXMLAgainstEncodingXML(t *testing.T) {
	compared := 0
	for _, text := range xmlSeeds {
		if _, ok := referXML(text); ok {
			compared++
		}
		checkAgainstXML(t, text)
	}
	if compared < 6 {
		t.Errorf("%d of %d compared, want most", compared, len(xmlSeeds))
	}
}

// xmlSeeds are elements of every form, most of them valid.
var xmlSeeds = []string{
	"<d/>", "<d></d>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<d >\n <vmta>v</vmta>\r\n <queue/>\n</d>\n",
	"<b a='>' c=\"&lt;'\"><dsnDiag>&lt;&gt;&amp;&quot;&apos;&#65;&#x1f600;</dsnDiag><DSNDIAG>no</DSNDIAG></b>",
	"<tq><!-- <d> --><vmta>a<![CDATA[<b>&amp;\r\n]]>b\rc<!-- -->d<?x y?></vmta><x><y>1</y></x></tq>",
	"<f><feedbackType> abuse </feedbackType><reportingMta>mx.example.com</reportingMta><type>d</type></f><!-- end -->",
	"<acct><d><vmta>v</vmta></d></acct>", "<d><vmta>v</queue></d>", "<d><vmta>&x;</vmta></d>", "<d><b></b></d>", "<!DOCTYPE d><d/>", "<d x=1/>", "<d><vmta>v",
}
