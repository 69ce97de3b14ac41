package acct

import "bytes"

// xmlText walks through XML in memory. Names, and how elements lie in one
// another, must be right, because that is how broken records show. Once end is
// not whole, it stays where it is.
type xmlText struct {
	b   []byte
	at  int
	end outcome
}

// tagKind says what stands between angle brackets.
type tagKind uint8

const (
	noTag tagKind = iota
	startTag
	emptyTag // a start tag that is its own end tag
	endTag
	noteTag // a comment or a processing instruction
	rawTag  // a CDATA section
)

// isRecordTag reports whether a tag begins a record of a known type.
func isRecordTag(name []byte, kind tagKind) bool {
	return (kind == startTag || kind == emptyTag) && ParseType(name) != Other
}

// fail notes that something wrong stands here.
func (x *xmlText) fail() {
	if x.end == whole {
		x.end = wrong
	}
}

// text passes the text before the next tag, or before the end of the bytes.
func (x *xmlText) text() []byte {
	if x.end != whole {
		return nil
	}
	text := x.b[x.at:]
	if next := bytes.IndexByte(text, '<'); next >= 0 {
		text = text[:next]
	} else {
		x.end = short
	}
	if bytes.IndexByte(text, 0) >= 0 {
		x.end = torn
	}
	x.at += len(text)
	return text
}

// tag passes a tag, and returns its name or the text of a CDATA section.
func (x *xmlText) tag() ([]byte, tagKind) {
	const comment, raw = "<!--", "<![CDATA["
	rest := x.b[x.at:]
	switch {
	case x.end != whole:
	case len(rest) > 0 && rest[0] != '<':
		x.fail()
	case len(rest) < 2:
		x.end = short
	case rest[1] == '?':
		return x.section("<?", "?>"), noteTag
	case bytes.HasPrefix(rest, []byte(comment)):
		return x.section(comment, "-->"), noteTag
	case bytes.HasPrefix(rest, []byte(raw)):
		return x.section(raw, "]]>"), rawTag
	case bytes.HasPrefix([]byte(comment), rest), bytes.HasPrefix([]byte(raw), rest):
		x.end = short
	default:
		return x.named(rest)
	}
	return nil, noTag
}

// section passes what stands between two marks.
func (x *xmlText) section(from, to string) []byte {
	text := x.b[x.at+len(from):]
	if end := bytes.Index(text, []byte(to)); end >= 0 {
		text = text[:end]
	} else {
		x.end = short
	}
	if bytes.IndexByte(text, 0) >= 0 {
		x.end = torn
	}
	if x.end == whole {
		x.at += len(from) + len(text) + len(to)
	}
	return text
}

// named passes a tag with a name.
func (x *xmlText) named(tag []byte) ([]byte, tagKind) {
	kind, from := startTag, 1
	if tag[1] == '/' {
		kind, from = endTag, 2
	}
	name := x.name(x.at + from)
	size := x.attributes(tag, from+len(name))
	switch {
	case x.end != whole:
		return nil, noTag
	case len(name) == 0:
		x.fail()
		return nil, noTag
	case kind == startTag && tag[size-2] == '/':
		kind = emptyTag
	}
	x.at += size
	return name, kind
}

// name returns the name at a position.
func (x *xmlText) name(at int) []byte {
	end := at
	for end < len(x.b) && isName(x.b[end]) {
		end++
	}
	return x.b[at:end]
}

func isName(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
}

// attributes returns the size of a tag, of which at bytes are known. In quotes
// an angle bracket is a character.
func (x *xmlText) attributes(tag []byte, at int) int {
	quote := byte(0)
	for i, c := range tag[at:] {
		switch {
		case c == 0:
			x.end = torn
			return 0
		case c == '<':
			x.fail()
			return 0
		case c == '>' && quote == 0:
			return at + i + 1
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	x.end = short
	return 0
}

// first passes what comes first in an element, but for white space and notes.
// Text is told as rawTag.
func (x *xmlText) first() ([]byte, tagKind) {
	for {
		if text := x.text(); countBlank(text) < len(text) {
			return nil, rawTag
		}
		if name, kind := x.tag(); kind != noteTag || x.end != whole {
			return name, kind
		}
	}
}

// column passes the next child of a record, and returns its name and what it
// holds. It is false behind the end tag of the record.
func (x *xmlText) column(record []byte) (name, content []byte, ok bool) {
	for x.end == whole {
		x.text()
		name, kind := x.tag()
		switch {
		case kind == endTag && bytes.Equal(name, record):
			return nil, nil, false
		case kind == endTag, isRecordTag(name, kind):
			x.fail()
		case kind == startTag:
			content := x.content(name, 0)
			return name, content, x.end == whole
		case kind == emptyTag:
			return name, x.b[x.at:x.at], true
		}
	}
	return nil, nil, false
}

// content passes what an element holds, and its end tag. It is returned as it
// stands there.
func (x *xmlText) content(element []byte, depth int) []byte {
	start := x.at
	for x.end == whole {
		x.text()
		end := x.at
		name, kind := x.tag()
		switch {
		case kind == endTag && bytes.Equal(name, element):
			return x.b[start:end]
		case kind == endTag, isRecordTag(name, kind), kind == startTag && depth == nesting:
			x.fail()
		case kind == startTag:
			x.content(name, depth+1)
		}
	}
	return nil
}
