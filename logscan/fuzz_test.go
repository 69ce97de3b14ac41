package logscan

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func newTestFile(s *Scanner) *file {
	return &file{position: position{begun: true, split: acct.Splitter{Max: s.options.MaxRecordBytes}}}
}

// Whatever a file holds, in one reading or two, all of its bytes are accounted
// for by what the splitter says of them, and what becomes a label is fit to be
// one.
func FuzzPipeline(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text, uint(100))
	}
	f.Add("type,vmta,orig,dlvSourceIp\nd,\xff\x00,a@\xfe,::1%x\nb,\"\",,\n", uint(30))
	f.Add("no header\n\n\x00\x00type,vmta\nd,\"open\nd,a\x00\x00d,b\nd,c", uint(25))
	f.Add("{\"type\":\"d\",\"vmta\":\"\\u0000\xff\",\"orig\":\"a@\\ud800\"}{}\n{\"type\":\"b\"\n", uint(20))
	f.Add("<a><d><vmta>&#1;\xff</vmta><orig>a@&lt;</orig></d><b><vmta/></a>", uint(7))
	f.Fuzz(func(t *testing.T, text string, cut uint) {
		s := newScanner(t, testOptions(t))
		file := newTestFile(s)
		first := s.consume(file, []byte(text[:min(cut, uint(len(text)))]), false)
		if n := first + s.consume(file, []byte(text[first:]), true); n != len(text) || file.offset != int64(n) {
			t.Fatalf("%d bytes passed, want %d", n, len(text))
		}
		c := commitNow(s)
		if got, want := pieceCountsOf(c), piecesOf(text, s.options.MaxRecordBytes); got != want {
			t.Fatalf("counted %+v, want %+v", got, want)
		}
		records := uint64(0)
		each(c.Records, func(_ acct.Type, n uint64) { records += n })
		if records != c.Accounting.Records {
			t.Fatalf("%d records by type, %d in all", records, c.Accounting.Records)
		}
		each(c.Outcomes, func(k OutcomeKey, _ uint64) { checkLabel(t, k.VMTA) })
		each(c.SourceIPOutcomes, func(k SourceIPOutcomeKey, _ uint64) { checkLabel(t, k.SourceIP) })
		each(c.SenderDomainOutcomes, func(k SenderDomainOutcomeKey, _ uint64) { checkLabel(t, k.SenderDomain) })
	})
}

// pieceCounts are the records and bytes of a file by what became of them.
type pieceCounts struct {
	records, malformed                          uint64
	recordBytes, badBytes, nul, blank, noHeader uint64
	markup                                      uint64
}

// pieceCountsOf reads them from a Snapshot. Bytes that were not skipped must
// have been records or headers.
func pieceCountsOf(c *Snapshot) pieceCounts {
	n := pieceCounts{
		records: c.Accounting.Records, recordBytes: c.Accounting.Bytes,
		badBytes: valueOf(c.Accounting.SkippedBytes, acct.Rest), nul: valueOf(c.Accounting.SkippedBytes, acct.NUL),
		blank: valueOf(c.Accounting.SkippedBytes, acct.Blank), noHeader: valueOf(c.Accounting.SkippedBytes, acct.NoHeader),
		markup: valueOf(c.Accounting.SkippedBytes, acct.Markup),
	}
	each(c.Accounting.SkippedBytes, func(_ acct.Reason, skipped uint64) { n.recordBytes -= skipped })
	for _, reason := range []acct.Reason{acct.NoHeader, acct.Quote, acct.Oversize, acct.Torn, acct.Syntax} {
		n.malformed += valueOf(c.Accounting.Malformed, reason)
	}
	return n
}

// piecesOf asks the splitter itself, about all of the text at once.
func piecesOf(text string, limit int) pieceCounts {
	var n pieceCounts
	split, b := acct.Splitter{Max: limit}, []byte(text)
	for len(b) > 0 {
		piece := split.Next(b, true)
		size := uint64(piece.Size)
		switch {
		case piece.Kind == acct.Complete:
			n.recordBytes += size
			if !acct.IsHeader(b[:piece.Size]) {
				n.records++
			}
		case piece.Reason == acct.NoHeader:
			n.malformed++
			n.noHeader += size
		case piece.Kind == acct.Malformed:
			n.malformed++
			n.badBytes += size
		case piece.Reason == acct.NUL:
			n.nul += size
		case piece.Reason == acct.Blank:
			n.blank += size
		case piece.Reason == acct.Markup:
			n.markup += size
		default:
			n.badBytes += size
		}
		b = b[piece.Size:]
	}
	return n
}

func checkLabel(t *testing.T, label string) {
	t.Helper()
	if label == "" || len(label) > maxLabelBytes || !utf8.ValidString(label) {
		t.Fatalf("label %q", label)
	}
	for _, r := range label {
		if !unicode.IsPrint(r) {
			t.Fatalf("label %q does not print", label)
		}
	}
}
