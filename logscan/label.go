package logscan

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabelBytes is the longest label value.
const maxLabelBytes = 128

// label is the text of a label, and a number that stands for it among those of
// its kind: 0 when it is not remembered.
type label struct {
	text   string
	number int
}

// labels turns bytes of a file into labels. It remembers what it has seen, up
// to a bound, so that the same bytes cost no allocation again.
type labels struct {
	seen    map[string]label
	clean   func(raw []byte) string
	numbers map[string]int // by text
}

// maxSeenLabels bounds what labels remembers, not what it can answer.
const maxSeenLabels = 20_000

func newLabels(clean func([]byte) string) labels {
	return labels{seen: map[string]label{}, clean: clean, numbers: map[string]int{}}
}

// alike returns labels of the same kind that come from other bytes.
func (l *labels) alike(clean func([]byte) string) labels {
	return labels{seen: map[string]label{}, clean: clean, numbers: l.numbers}
}

func (l *labels) of(raw []byte) label {
	if known, ok := l.seen[string(raw)]; ok {
		return known
	}
	made := label{text: l.clean(raw)}
	if len(raw) <= maxLabelBytes && len(l.seen) < maxSeenLabels {
		made.number = l.number(made.text)
		l.seen[string(raw)] = made
	}
	return made
}

// number returns the number of a text, the next one if it is new.
func (l *labels) number(text string) int {
	if _, ok := l.numbers[text]; !ok {
		l.numbers[text] = len(l.numbers) + 1
	}
	return l.numbers[text]
}

// vmtaLabel returns the name of a VirtualMTA. An address is none, but may come
// into its place in a damaged record.
func vmtaLabel(raw []byte) string {
	if bytes.IndexByte(raw, '@') >= 0 {
		return Other
	}
	return Label(string(raw))
}

// Label returns foreign text as a label value: valid UTF-8 without anything
// that does not print, at most 128 bytes. A longer text is cut and given a
// hash, so that two of them stay apart. An empty one is None.
func Label(text string) string {
	switch {
	case text == "":
		return None
	case isPlain(text):
		return text
	}
	label := strings.Map(printable, text[:min(len(text), 4*maxLabelBytes)])
	if len(label) <= maxLabelBytes {
		return label
	}
	hash := fnv.New32a()
	hash.Write([]byte(text))
	mark := fmt.Sprintf("…%08x", hash.Sum32())
	end := maxLabelBytes - len(mark)
	for !utf8.RuneStart(label[end]) {
		end--
	}
	return label[:end] + mark
}

// isPlain reports whether a text is a label as it is, as nearly all are.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return len(text) <= maxLabelBytes
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}

// addressLabel returns an IP address in its shortest form. PowerMTA writes
// 0.0.0.0 where no address was bound.
func addressLabel(raw []byte) string {
	if len(raw) == 0 {
		return None
	}
	address, err := netip.ParseAddr(string(raw))
	switch {
	case err != nil:
		return Other
	case address.Unmap().IsUnspecified():
		return None
	}
	return address.Unmap().WithZone("").String()
}

// domainLabel returns a domain in lower case. Internationalised domains appear
// raw in the files, so letters of any script are fine.
func domainLabel(raw []byte) string {
	raw = bytes.TrimSuffix(raw, []byte("."))
	if len(raw) == 0 {
		return None
	}
	if len(raw) > maxLabelBytes {
		return Other
	}
	domain := strings.ToLower(string(raw))
	if len(domain) > maxLabelBytes || strings.ContainsFunc(domain, notInDomain) {
		return Other
	}
	return domain
}

func notInDomain(r rune) bool {
	return r != '.' && r != '-' && r != '_' && !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark)
}
