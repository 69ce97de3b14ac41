package acct

import "time"

// Day is a date without a zone, as the days since 1970.
type Day int64

// ParseDay returns the date that a time shows as it is written. That is the day
// of PowerMTA's host, at whose midnight PowerMTA begins to count anew. Of UNIX
// seconds, which have no zone, it is the date in UTC.
func ParseDay(b []byte) (Day, bool) {
	seconds, ok := ParseTime(b)
	if !ok {
		return 0, false
	}
	const date = len("2019-02-08 ")
	if len(b) > date {
		seconds, _ = parseDate(b[:date]) // of a time that could be read, so can the date
	}
	return Day(seconds / daySeconds), true
}

const daySeconds = 24 * 3600

// DayOf returns the date that a time shows in its own zone.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day(days(year, int(month), day))
}

// String returns the date as in 2019-02-08.
func (d Day) String() string {
	return time.Unix(int64(d)*daySeconds, 0).UTC().Format(time.DateOnly)
}
