package textlog

import (
	"strings"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		situation, line, want string // RFC 3339, empty for none
	}{
		{"as PowerMTA writes", "2018-07-03 18:05:37 Startup error", "2018-07-03T18:05:37+02:00"},
		{"old form", "2003-06-29 15:32:00 ( 20)starting aol.com", "2003-06-29T15:32:00+02:00"},
		{"winter", "2018-01-03 18:05:37 x", "2018-01-03T18:05:37+01:00"},
		{"nothing behind it", "2018-01-03 18:05:37", "2018-01-03T18:05:37+01:00"},
		{"T and Z", "2018-07-03T18:05:37Z x", "2018-07-03T18:05:37Z"},
		{"offset", "2018-07-03 18:05:37-0530 x", "2018-07-03T18:05:37-05:30"},
		{"offset with a colon", "2018-07-03 18:05:37+00:00: x", "2018-07-03T18:05:37Z"},
		{"fraction", "2018-07-03 18:05:37.123 x", "2018-07-03T18:05:37+02:00"},
		{"fraction and brackets", "[2018-07-03 18:05:37,5Z] x", "2018-07-03T18:05:37Z"},
		{"American", "07/03/2018 18:05:37 x", "2018-07-03T18:05:37+02:00"},
		{"American with an offset", "07/03/2018 18:05:37+0000 x", "2018-07-03T18:05:37Z"},
		{"R12 no such day", "2018-02-30 18:05:37 x", ""},
		{"R12 no such hour", "2018-02-20 25:05:37 x", ""},
		{"R12 no such month", "31/03/2018 18:05:37 x", ""},
		{"a date alone", "2018-02-20", ""},
		{"one digit more", "2018-02-20 18:05:371", ""},
		{"not at the start", " 2018-02-20 18:05:37", ""},
		{"no time", "starting example.com", ""},
		{"nothing", "", ""},
	} {
		got, ok := Time([]byte(tc.line), berlin)
		if tc.want == "" {
			if ok {
				t.Errorf("%s: Time(%q) = %d, want none", tc.situation, tc.line, got)
			}
			continue
		}
		want, err := time.Parse(time.RFC3339, tc.want)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || got != want.Unix() {
			t.Errorf("%s: Time(%q) = %d, %v, want %d", tc.situation, tc.line, got, ok, want.Unix())
		}
	}
}

func TestTextOf(t *testing.T) {
	for _, tc := range []struct {
		line, want string
		timed      bool
	}{
		{"2018-07-03 18:05:37 Startup error", "Startup error", true},
		{"2018-07-03 18:05:37\tStartup error", "Startup error", true},
		{"2003-06-29 15:32:00 ( 20)starting aol.com", "starting aol.com", true},
		{"2003-06-29 15:32:00 (120) starting aol.com", "starting aol.com", true},
		{"2003-06-29 15:32:00 (20 of 30)", "(20 of 30)", true},
		{"2003-06-29 15:32:00 (20", "(20", true},
		{"[2018-07-03 18:05:37] x", "x", true},
		{"2018-07-03 18:05:37] x", "] x", true},
		{"2018-07-03 18:05:37.5 x", "x", true},
		{"2018-07-03 18:05:37, x", ", x", true},
		{"2018-07-03 18:05:37", "", true},
		{"-0400", "-0400", false},
		{"  indented", "indented", false},
		{"", "", false},
	} {
		if got, timed := textOf([]byte(tc.line)); string(got) != tc.want || timed != tc.timed {
			t.Errorf("textOf(%q) = %q, %v, want %q, %v", tc.line, got, timed, tc.want, tc.timed)
		}
	}
}

func TestIsForeign(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
	}{
		{">>> 250 ok", true},
		{"<<< QUIT", true},
		{"tls:Cert: /CN=x", true},
		{"6164790D0A                       ady..", true},
		{"3232302059536D7470206D7461313334 220 YSmtp mta134", true},
		{"3232302059536D7470206D746131333  an odd number", false},
		{"3232302059536D7470206D7461313334: one number", false},
		{"6164790d0a                       lower case", false},
		{"                                 no bytes", false},
		{"6164790D0A  6164790D0A           two rows", false},
		{"6164790D0A", false},
		{">>>", false},
		{"tls:TLSv1.2 connected", false},
		{"starting example.com", false},
		{"", false},
	} {
		if got := isForeign([]byte(tc.text)); got != tc.want {
			t.Errorf("isForeign(%q) = %v, want %v", tc.text, got, tc.want)
		}
	}
}

// FuzzTime: a time that was read stands in the line, digit for digit.
func FuzzTime(f *testing.F) {
	for _, line := range []string{
		"2018-07-03 18:05:37 Startup error", "2018-07-03T18:05:37Z", "[07/03/2018 18:05:37.25-05:30] x", "2018-12-31 23:59:60", "2018-02-30 10:00:00",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, ok := Time([]byte(line), time.UTC)
		if !ok {
			return
		}
		s, _ := findStamp([]byte(line))
		if s.size > len(line) || len(s.clock) != len(isoClock) {
			t.Fatalf("Time(%q) found a time of %d bytes", line, s.size)
		}
		if len(s.zone) > 0 {
			return
		}
		layout := time.DateTime
		if s.clock[2] == '/' {
			layout = "01/02/2006 15:04:05"
		}
		if written := time.Unix(got, 0).UTC().Format(layout); written != strings.Replace(string(s.clock), "T", " ", 1) {
			t.Fatalf("Time(%q) = %s, want what stands there", line, written)
		}
	})
}
