package logscan

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVMTALabel(t *testing.T) {
	for raw, want := range map[string]string{
		"":                "none",
		"vmta1":           "vmta1",
		"{default}":       "{default}",
		"bücher 1":        "bücher 1",
		"a@b.example":     "other",
		"caf\xe9":         "caf�",
		"a\x00b\nc\u202e": "a�b�c�",
	} {
		if got := vmtaLabel([]byte(raw)); got != want {
			t.Errorf("vmtaLabel(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestM02LongNames(t *testing.T) {
	a := vmtaLabel([]byte(strings.Repeat("ü", 500) + "a"))
	b := vmtaLabel([]byte(strings.Repeat("ü", 500) + "b"))
	if a == b {
		t.Errorf("two names have one label %q", a)
	}
	for _, label := range []string{a, vmtaLabel([]byte(strings.Repeat("x", 129))), vmtaLabel([]byte(strings.Repeat("\xff", 128)))} {
		if len(label) > maxLabelBytes || !utf8.ValidString(label) || !strings.Contains(label, "…") {
			t.Errorf("label %q of %d bytes, want at most %d, cut and marked", label, len(label), maxLabelBytes)
		}
	}
	if exact := strings.Repeat("x", maxLabelBytes); vmtaLabel([]byte(exact)) != exact {
		t.Error("a name that just fits was cut")
	}
}

func TestAddressLabel(t *testing.T) {
	for raw, want := range map[string]string{
		"":                     "none",
		"0.0.0.0":              "none",
		"::":                   "none",
		"::ffff:0.0.0.0":       "none",
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:DB8:0:0:0:0:0:1": "2001:db8::1",
		"fe80::1%eth0\nx":      "fe80::1",
		"192.0.2.1:25":         "other",
		"localhost":            "other",
	} {
		if got := addressLabel([]byte(raw)); got != want {
			t.Errorf("addressLabel(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestDomainLabel(t *testing.T) {
	for raw, want := range map[string]string{
		"":                              "none",
		".":                             "none",
		"Example.COM.":                  "example.com",
		"_dmarc.ex-ample.com":           "_dmarc.ex-ample.com",
		"BÜCHER.de":                     "bücher.de",
		"中文邮箱.网络":                       "中文邮箱.网络",
		"a b.com":                       "other",
		"a\x00.com":                     "other",
		"caf\xe9.com":                   "other",
		"[192.0.2.1]":                   "other",
		strings.Repeat("a", 129):        "other",
		strings.Repeat("a", 128):        strings.Repeat("a", 128),
		strings.Repeat("Ⱥ", 64):         "other", // lower case is longer
		strings.Repeat("a", 128) + ".":  strings.Repeat("a", 128),
		"user=40example.net@nested.com": "other",
	} {
		if got := domainLabel([]byte(raw)); got != want {
			t.Errorf("domainLabel(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestLabelsAreBounded(t *testing.T) {
	l := newLabels(vmtaLabel)
	for i := range maxSeenLabels + 100 {
		l.of([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
	}
	l.of([]byte(strings.Repeat("x", 1000)))
	if len(l.seen) != maxSeenLabels {
		t.Errorf("%d labels remembered, want %d", len(l.seen), maxSeenLabels)
	}
	if got := l.of([]byte("new")); got.text != "new" || got.number != 0 {
		t.Errorf("beyond the bound the label is %q, want %q", got.text, "new")
	}
}
