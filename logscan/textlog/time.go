package textlog

import "time"

// Time returns the time that a line begins with, in UNIX seconds. A time
// without a zone is taken to be in the given location, so it is off by an hour
// at one of the two times that the clock shows twice in autumn: good for a lag,
// not for an order.
func Time(line []byte, local *time.Location) (int64, bool) {
	s, ok := findStamp(line)
	if !ok {
		return 0, false
	}
	year, month, day := s.date()
	hour, minute, second := number(s.clock[11:13]), number(s.clock[14:16]), number(s.clock[17:])
	at := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if at.Day() != day || int(at.Month()) != month || hour > 23 || minute > 59 || second > 59 {
		return 0, false // of 31 June, Date makes 1 July
	}
	if len(s.zone) == 0 {
		return time.Date(year, time.Month(month), day, hour, minute, second, 0, local).Unix(), true
	}
	east, ok := s.offset()
	return at.Unix() - east, ok
}

func (s stamp) date() (year, month, day int) {
	c := s.clock
	if c[2] == '/' {
		return number(c[6:10]), number(c[:2]), number(c[3:5])
	}
	return number(c[:4]), number(c[5:7]), number(c[8:10])
}

// offset returns what the zone is east of Greenwich, in seconds.
func (s stamp) offset() (int64, bool) {
	z := s.zone
	if len(z) == 1 {
		return 0, true
	}
	hours, minutes := number(z[1:3]), number(z[len(z)-2:])
	seconds := int64(hours*3600 + minutes*60)
	if z[0] == '-' {
		seconds = -seconds
	}
	return seconds, hours < 24 && minutes < 60
}

// number reads decimal digits.
func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}
