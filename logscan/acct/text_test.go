package acct

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	cases := []struct {
		text string
		want int64
		ok   bool
	}{
		{"2019-02-08 21:54:05+0000", 1549662845, true},
		{"2019-02-08 21:54:05Z", 1549662845, true},
		{"2019-02-08T21:54:05+00:00", 1549662845, true},
		{"2019-02-09 03:24:05+0530", 1549662845, true},
		{"2019-02-08 16:54:05-05:00", 1549662845, true},
		{"02/08/2019 16:54:05-0500", 1549662845, true},
		{"1549662845", 1549662845, true},
		{"2016-02-29 00:00:00+0000", 1456704000, true},
		{"2016-12-31 23:59:60+0000", 1483228800, true},
		{"0", 0, true},
		{"", 0, false},
		{"2019-02-08 21:54:05", 0, false},
		{"2019-02-30 21:54:05+0000", 0, false},
		{"2019-13-01 21:54:05+0000", 0, false},
		{"2019-00-01 21:54:05+0000", 0, false},
		{"2019-02-08 24:00:00+0000", 0, false},
		{"2019-02-08 21:60:00+0000", 0, false},
		{"2019-02-08 21:54:05+2400", 0, false},
		{"2019-02-08 21:54:05*0000", 0, false},
		{"2019-02-08 21:54:05+00000", 0, false},
		{"2019-02-08 21.54.05+0000", 0, false},
		{"02-08-2019 21:54:05+0000", 0, false},
		{"20 9-02-08 21:54:05+0000", 0, false},
		{"123456789012", 0, false},
		{"-1", 0, false},
		{"1549662845.5", 0, false},
	}
	for _, c := range cases {
		got, ok := ParseTime([]byte(c.text))
		if ok != c.ok || (ok && got != c.want) {
			t.Errorf("ParseTime(%q) = %d, %v, want %d, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

func TestEveryDay(t *testing.T) {
	for day := time.Date(1895, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2105; day = day.AddDate(0, 0, 1) {
		checkTime(t, day.Format("2006-01-02 15:04:05-0700"))
	}
	for _, text := range []string{"2019-02-29", "1900-02-29", "2019-04-31", "2019-12-32", "2019-01-00"} {
		if got, ok := ParseTime([]byte(text + " 00:00:00Z")); ok {
			t.Errorf("ParseTime(%q) = %d, want none", text, got)
		}
	}
}

// checkTime holds ParseTime against the standard library, for what that would
// write itself: it reads blanks as zeros, and offsets of 60 minutes.
func checkTime(t testing.TB, text string) {
	t.Helper()
	got, ok := ParseTime([]byte(text))
	for _, layout := range []string{"2006-01-02 15:04:05-0700", "2006-01-02 15:04:05-07:00", "01/02/2006 15:04:05-0700"} {
		want, err := time.Parse(layout, text)
		if err == nil && want.Format(layout) == text && want.Year() > 0 && (!ok || got != want.Unix()) {
			t.Fatalf("ParseTime(%q) = %d, %v, want %d", text, got, ok, want.Unix())
		}
	}
}

// checkClock: a clock that has read a time reads others as ParseTime does, with
// any byte changed, and so does a new one.
func checkClock(t testing.TB, text string) {
	t.Helper()
	for i := range len(text) {
		for _, b := range []byte("\x00 0569:+Z") {
			var c Clock
			changed := []byte(text)
			changed[i] = b
			for _, next := range [][]byte{changed, []byte(text), changed} {
				got, ok := c.Parse(next)
				want, wantOK := ParseTime(next)
				if ok != wantOK || ok && got != want {
					t.Fatalf("Clock.Parse(%q) = %d, %v, want %d, %v", next, got, ok, want, wantOK)
				}
			}
		}
	}
}

func TestHost(t *testing.T) {
	for text, want := range map[string]string{
		"mx.example.com (192.0.2.1)": "mx.example.com",
		"mx.example.com":             "mx.example.com",
		" (192.0.2.1)":               "",
		"":                           "",
	} {
		if got := Host([]byte(text)); string(got) != want {
			t.Errorf("Host(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestDomain(t *testing.T) {
	for text, want := range map[string]string{
		"user@example.com":                  "example.com",
		"<user@example.com>":                "example.com",
		"CB-A=yahoo.com@bounce.example.net": "bounce.example.net",
		"\"a@b\"@example.com":               "example.com",
		"user@example.com and more":         "example.com",
		"...@bücher.de":                     "bücher.de", // as privacy-policy leaves it
		"removed@example.com":               "example.com",
		"5d41402abc4b2a7@example.com":       "example.com",
		"<...@example.com>":                 "example.com",
		"CB-...=gmail.com@bounce.example":   "bounce.example",
		"...":                               "",
		"postmaster":                        "",
		"user@":                             "",
		"<>":                                "",
		"":                                  "",
	} {
		if got := Domain([]byte(text)); string(got) != want {
			t.Errorf("Domain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSplitQueue(t *testing.T) {
	for text, want := range map[string][2]string{
		"yahoo.rollup/vmta18": {"yahoo.rollup", "vmta18"},
		"example.com/a/b":     {"example.com", "a/b"},
		"example.com":         {"example.com", ""},
		"/vmta1":              {"", "vmta1"},
		"":                    {"", ""},
	} {
		domain, vmta := SplitQueue([]byte(text))
		if string(domain) != want[0] || string(vmta) != want[1] {
			t.Errorf("SplitQueue(%q) = %q, %q, want %q", text, domain, vmta, want)
		}
	}
}
