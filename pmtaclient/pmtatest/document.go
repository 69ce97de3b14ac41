package pmtatest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"strings"
)

// Document is one answer of PowerMTA: a tree that is written in three ways.
//
//	XML   <rsp><data><queue><name>a/b</name><kb>3.0</kb></queue></data><succ/></rsp>
//	JSON  {"data":{"queues":[{"name":"a/b","kb":3}]},"status":"success","message":""}
//	DOM   queue[0].name="a/b"  and  queue[0].kb="3.0", each on a line of its own
//
// The names are the same in all, except that JSON gathers repeated elements in
// an array under a plural name. XML and JSON come on one line. DOM values are
// not escaped: quotes inside them stay as they are.
type Document struct {
	nodes   []node
	text    string // data of a json-text answer, which has no tree
	message string
	failed  bool
}

// node is a leaf with a value, a branch with children, or, when it has a
// plural, a list with its items as children.
type node struct {
	name   string
	plural string // JSON key of a list
	value  any    // string, int, int64, bool or decimal; nil for branches and lists
	nodes  []node
	markup bool // XML and DOM show it, JSON does not
}

// decimal is a number that is shown with one digit after the point; JSON drops
// that digit when it is 0.
type decimal float64

func (d decimal) String() string { return strconv.FormatFloat(float64(d), 'f', 1, 64) }

func leaf(name string, value any) node { return node{name: name, value: value} }

func branch(name string, nodes ...node) node { return node{name: name, nodes: nodes} }

func list(plural string, items []node) node { return node{plural: plural, nodes: items} }

// XML returns the document as ?format=xml and `pmta --xml` show it.
func (d Document) XML() []byte {
	var b bytes.Buffer
	b.WriteString("<rsp><data>")
	for _, n := range d.nodes {
		n.writeXML(&b)
	}
	b.WriteString("</data>")
	// How PowerMTA words a failure in XML is unknown; what is known is that
	// <succ> marks success.
	if !d.failed {
		leaf("succ", d.message).writeXML(&b)
	}
	b.WriteString("</rsp>")
	return b.Bytes()
}

func (n node) writeXML(b *bytes.Buffer) {
	text := n.text()
	switch {
	case n.plural != "":
		for _, item := range n.nodes {
			item.writeXML(b)
		}
	case n.nodes == nil && text == "":
		b.WriteString("<" + n.name + "/>")
	default:
		b.WriteString("<" + n.name + ">")
		_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
		for _, child := range n.nodes {
			child.writeXML(b)
		}
		b.WriteString("</" + n.name + ">")
	}
}

// JSON returns the document as ?format=json and `pmta --json` show it.
func (d Document) JSON() []byte {
	var b bytes.Buffer
	b.WriteString(`{"data":`)
	if d.text != "" {
		b.WriteString(quoteJSON(d.text))
	} else {
		writeJSONObject(&b, d.nodes)
	}
	status := "success"
	if d.failed {
		status = "fail"
	}
	b.WriteString(`,"status":` + quoteJSON(status) + `,"message":` + quoteJSON(d.message) + "}")
	return b.Bytes()
}

func writeJSONObject(b *bytes.Buffer, nodes []node) {
	b.WriteByte('{')
	first := true
	for _, n := range nodes {
		if n.markup {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		n.writeJSON(b)
	}
	b.WriteByte('}')
}

func (n node) writeJSON(b *bytes.Buffer) {
	switch {
	case n.plural != "":
		b.WriteString(quoteJSON(n.plural) + ":[")
		for i, item := range n.nodes {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSONObject(b, item.nodes)
		}
		b.WriteByte(']')
	case n.value == nil:
		b.WriteString(quoteJSON(n.name) + ":")
		writeJSONObject(b, n.nodes)
	default:
		b.WriteString(quoteJSON(n.name) + ":" + n.jsonValue())
	}
}

func (n node) jsonValue() string {
	switch v := n.value.(type) {
	case string:
		return quoteJSON(v)
	case bool:
		return strconv.FormatBool(v)
	case decimal:
		return strings.TrimSuffix(v.String(), ".0")
	default:
		return n.text()
	}
}

func quoteJSON(s string) string {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return string(quoted)
}

// DOM returns the document as `pmta --dom` shows it: the envelope is left out.
func (d Document) DOM() []byte {
	var b bytes.Buffer
	for _, n := range d.nodes {
		n.writeDOM(&b, "")
	}
	return b.Bytes()
}

func (n node) writeDOM(b *bytes.Buffer, path string) {
	switch {
	case n.plural != "":
		for i, item := range n.nodes {
			item.name += "[" + strconv.Itoa(i) + "]"
			item.writeDOM(b, path)
		}
	case n.value == nil:
		for _, child := range n.nodes {
			child.writeDOM(b, path+n.name+".")
		}
	default:
		b.WriteString(path + n.name + `="` + n.text() + "\"\n")
	}
}

// text is the value as XML and DOM show it.
func (n node) text() string {
	switch v := n.value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case decimal:
		return v.String()
	case bool:
		if v {
			return "1"
		}
		return "0"
	default:
		return ""
	}
}
