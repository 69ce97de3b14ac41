package acct

// ParseTime reads the three forms that PowerMTA writes and returns UNIX
// seconds:
//
//	2019-02-08 21:54:05+0000   the usual one, also with Z or +00:00
//	02/08/2019 21:54:05+0000   as the guide of version 5.0 prints it
//	1549662845                 with iso-times off
//
// A time without an offset from UTC is not one of them: it would be off by
// hours, so it is refused like any other text.
func ParseTime(b []byte) (int64, bool) {
	const clock = len("2019-02-08 ")
	if len(b) < clock+len("21:54:05Z") {
		return parseEpoch(b)
	}
	midnight, ok := parseDate(b[:clock])
	if !ok {
		return 0, false
	}
	seconds, ok := parseClock(b[clock:])
	return midnight + seconds, ok
}

// Clock reads times as ParseTime does. It remembers the hour and the offset of
// the last one: in a file the next time has mostly the same, and only minute and
// second are read. That takes less than half the time, see BenchmarkParseTime.
type Clock struct {
	known  bool
	hour   [14]byte // "2019-02-08 21:"
	offset [5]byte  // "+0000"
	start  int64    // of the hour in UNIX seconds
}

// Parse reads a time.
func (c *Clock) Parse(b []byte) (int64, bool) {
	const size = len("2019-02-08 21:54:05+0000")
	if len(b) != size {
		return ParseTime(b)
	}
	minute, second := number(b[14:16]), number(b[17:19])
	inHour := int64(60*minute + second)
	if !c.known || [14]byte(b) != c.hour || [5]byte(b[19:]) != c.offset {
		seconds, ok := ParseTime(b)
		if ok {
			*c = Clock{true, [14]byte(b), [5]byte(b[19:]), seconds - inHour}
		}
		return seconds, ok
	}
	ok := b[16] == ':' && minute >= 0 && minute < 60 && second >= 0 && second < 61
	return c.start + inHour, ok
}

// parseDate reads "2019-02-08 " or "02/08/2019 " as UNIX seconds.
func parseDate(b []byte) (int64, bool) {
	var year, month, day int
	switch {
	case b[4] == '-' && b[7] == '-':
		year, month, day = number(b[:4]), number(b[5:7]), number(b[8:10])
	case b[2] == '/' && b[5] == '/':
		month, day, year = number(b[:2]), number(b[3:5]), number(b[6:10])
	}
	if year <= 0 || month < 1 || month > 12 || (b[10] != ' ' && b[10] != 'T') {
		return 0, false
	}
	date := days(year, month, day)
	return date * 24 * 3600, day >= 1 && date < days(year, month+1, 1) // 30 February is no date
}

// days counts the days since 1970. Years begin with March here, so that the
// leap day is the last day of one; from then on five months have 153 days.
func days(year, month, day int) int64 {
	if month < 3 {
		year, month = year-1, month+12
	}
	return int64(365*year + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 719469)
}

// parseClock reads "21:54:05+0000" as seconds since midnight UTC.
func parseClock(b []byte) (int64, bool) {
	hour, minute, second := number(b[:2]), number(b[3:5]), number(b[6:8])
	offset, ok := parseOffset(b[8:])
	if !ok || b[2] != ':' || b[5] != ':' || hour < 0 || minute < 0 || second < 0 {
		return 0, false
	}
	seconds := int64(hour*3600+minute*60+second) - offset
	return seconds, hour < 24 && minute < 60 && second < 61 // a leap second is fine
}

// parseOffset reads "Z", "+0530" or "-05:30" as seconds east of Greenwich.
func parseOffset(b []byte) (int64, bool) {
	if len(b) == 1 {
		return 0, b[0] == 'Z'
	}
	if len(b) == 6 && b[3] == ':' {
		b = []byte{b[0], b[1], b[2], b[4], b[5]}
	}
	if len(b) != 5 {
		return 0, false
	}
	hours, minutes := number(b[1:3]), number(b[3:])
	seconds := int64(hours*3600 + minutes*60)
	valid := hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60
	switch b[0] {
	case '+':
		return seconds, valid
	case '-':
		return -seconds, valid
	}
	return 0, false
}

// parseEpoch reads UNIX seconds. Eleven digits reach the year 5138.
func parseEpoch(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 11 {
		return 0, false
	}
	n := number(b)
	return int64(n), n >= 0
}

// number reads decimal digits; -1 when anything else is among them.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
