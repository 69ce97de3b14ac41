package acct

import (
	"testing"
	"time"
)

func TestParseDay(t *testing.T) {
	for text, want := range map[string]string{
		"2019-02-08 21:54:05+0000":  "2019-02-08",
		"2019-02-08T21:54:05Z":      "2019-02-08",
		"2019-02-08 23:59:59-0800":  "2019-02-08", // the 9th in UTC
		"2019-02-08 00:00:00+13:45": "2019-02-08", // the 7th in UTC
		"02/08/2019 21:54:05+0000":  "2019-02-08",
		"2024-02-29 00:00:00+0000":  "2024-02-29",
		"1549662845":                "2019-02-08",
		"0":                         "1970-01-01",
	} {
		if got, ok := ParseDay([]byte(text)); !ok || got.String() != want {
			t.Errorf("ParseDay(%q) = %v, %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "2019-02-08", "2019-02-30 21:54:05+0000", "2019-02-08 21:54:05", "2019-02-08 25:54:05Z", "yesterday", "-5"} {
		if got, ok := ParseDay([]byte(text)); ok {
			t.Errorf("ParseDay(%q) = %v, want none", text, got)
		}
	}
}

// TestDayOf goes through some years, leap days among them.
func TestDayOf(t *testing.T) {
	day := DayOf(time.Date(1999, 12, 30, 0, 0, 0, 0, time.UTC))
	for at := time.Date(1999, 12, 30, 23, 59, 59, 0, time.FixedZone("", -11*3600)); at.Year() < 2005; at = at.AddDate(0, 0, 1) {
		if got := DayOf(at); got != day || got.String() != at.Format(time.DateOnly) {
			t.Fatalf("DayOf(%s) = %d, %s, want %d", at, got, got, day)
		}
		day++
	}
}
