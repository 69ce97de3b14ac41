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

// Whatever a file holds, all of it is accounted for, and what becomes a label
// is fit to be one.
func FuzzPipeline(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text)
	}
	f.Add("type,vmta,orig,dlvSourceIp\nd,\xff\x00,a@\xfe,::1%x\nb,\"\",,\n")
	f.Add("{\"type\":\"d\",\"vmta\":\"\\u0000\xff\",\"orig\":\"a@\\ud800\"}{}\n{\"type\":\"b\"\n")
	f.Add("<a><d><vmta>&#1;\xff</vmta><orig>a@&lt;</orig></d><b><vmta/></a>")
	f.Fuzz(func(t *testing.T, text string) {
		s := newScanner(t, testOptions(t))
		file := newTestFile(s)
		if n := s.consume(file, []byte(text), true); n != len(text) || file.offset != int64(n) {
			t.Fatalf("%d bytes passed, want %d", n, len(text))
		}
		c := commitNow(s)
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
