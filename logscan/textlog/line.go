package textlog

import "bytes"

// PowerMTA begins a line with local time without a zone (User's Guide 3.3.7.61).
// The second form is that of its accounting files with iso-times off; nobody
// has seen it in a log.
const (
	isoClock      = "0000-00-00 00:00:00"
	americanClock = "00/00/0000 00:00:00"
)

// stamp is the time that a line begins with.
type stamp struct {
	clock []byte // as isoClock or americanClock, perhaps with a T for the blank
	zone  []byte // Z, +0000, +00:00 or nothing
	size  int    // of all, with brackets and fractions of a second
}

// findStamp returns the time that a line begins with, if it does. Brackets,
// fractions and zones are tolerated; PowerMTA is not known to write them.
func findStamp(line []byte) (stamp, bool) {
	start := 0
	if len(line) > 0 && line[0] == '[' {
		start = 1
	}
	rest := line[start:]
	if !hasShape(rest, isoClock) && !hasShape(rest, americanClock) {
		return stamp{}, false
	}
	end := start + len(isoClock)
	s := stamp{clock: line[start:end]}
	end += fractionSize(line[end:])
	s.zone = zoneOf(line[end:])
	end += len(s.zone)
	if start > 0 && end < len(line) && line[end] == ']' {
		end++
	}
	s.size = end
	return s, end == len(line) || !isDigit(line[end])
}

// hasShape reports whether b begins like a shape, in which 0 stands for any
// digit and a blank also for a T.
func hasShape(b []byte, shape string) bool {
	if len(b) < len(shape) {
		return false
	}
	for i := range len(shape) {
		switch {
		case shape[i] == '0':
			if !isDigit(b[i]) {
				return false
			}
		case b[i] != shape[i] && (shape[i] != ' ' || b[i] != 'T'):
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// fractionSize returns the size of the fraction of a second that b begins with.
func fractionSize(b []byte) int {
	if len(b) < 2 || (b[0] != '.' && b[0] != ',') || !isDigit(b[1]) {
		return 0
	}
	size := 2
	for size < len(b) && isDigit(b[size]) {
		size++
	}
	return size
}

// zoneOf returns the offset from UTC that b begins with.
func zoneOf(b []byte) []byte {
	switch {
	case len(b) > 0 && b[0] == 'Z':
		return b[:1]
	case hasShape(b, "+00:00"), hasShape(b, "-00:00"):
		return b[:len("+00:00")]
	case hasShape(b, "+0000"), hasShape(b, "-0000"):
		return b[:len("+0000")]
	}
	return nil
}

// textOf returns a line without its time, without the number of the connection
// that old versions write behind it, and whether there was a time.
func textOf(line []byte) ([]byte, bool) {
	s, timed := findStamp(line)
	text := bytes.TrimLeft(line[s.size:], " \t")
	if len(text) > 0 && text[0] == '(' {
		if behind := bytes.TrimLeft(text[1:], " 0123456789"); len(behind) > 0 && behind[0] == ')' {
			text = bytes.TrimLeft(behind[1:], " ")
		}
	}
	return text, timed
}

// isForeign reports whether a text is what another host sent, or was sent: a
// line of an SMTP dialogue, the names in a certificate, a dump of either
// (log-commands, log-tls, log-data). Strangers choose these words, so they tell
// nothing.
func isForeign(text []byte) bool {
	for _, begin := range [...]string{">>> ", "<<< ", "tls:cert", "tls: cert"} {
		if len(text) >= len(begin) && bytes.EqualFold(text[:len(begin)], []byte(begin)) {
			return true
		}
	}
	return isDump(text)
}

// isDump reports whether a text is a line of log-data: up to 16 bytes in upper
// case hexadecimal, filled up with blanks to 32 columns, a blank, the bytes.
func isDump(text []byte) bool {
	const columns = 32
	if len(text) <= columns || text[columns] != ' ' {
		return false
	}
	digits := bytes.TrimRight(text[:columns], " ")
	return len(digits) > 0 && len(digits)%2 == 0 && len(bytes.Trim(digits, "0123456789ABCDEF")) == 0
}

// outsideQuotes returns what stands before the first and behind the last double
// quote of a text. Between them PowerMTA repeats what others wrote: a reply of
// a remote server, a command of the configuration.
func outsideQuotes(text []byte) (before, behind []byte) {
	first, last := bytes.IndexByte(text, '"'), bytes.LastIndexByte(text, '"')
	if first < 0 {
		return text, nil
	}
	return text[:first], text[last+1:]
}
