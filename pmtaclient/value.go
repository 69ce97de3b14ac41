package pmtaclient

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// Number is a figure that PowerMTA may or may not have reported. Figures are
// never negative; whole ones are exact up to 2^53.
type Number struct {
	Value float64
	// OK is false when the leaf was missing or could not be read.
	OK bool
}

// Flag is a truth value that PowerMTA may or may not have reported.
type Flag struct {
	Value bool
	OK    bool
}

// timeLayout is how PowerMTA writes instants: the wall clock of its host
// without a zone (guide section 5.3). Parsed values carry UTC, so only
// differences between two of them mean anything.
const timeLayout = "2006-01-02 15:04:05"

// set stores the text of a leaf in one of the value types of this package. It
// reports whether the text could be read; an empty text is read as nothing.
func set(target any, text []byte) bool {
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return true
	}
	var ok bool
	switch t := target.(type) {
	case *Number:
		*t, ok = parseNumber(trimmed)
	case *Flag:
		*t, ok = parseFlag(trimmed)
	case *time.Time:
		*t, ok = parseTime(trimmed)
	case *[]byte:
		*t, ok = append((*t)[:0], trimmed...), true
	case *string:
		*t, ok = string(trimmed), true
	case ignored:
		ok = true
	}
	return ok
}

// ignored is the target of leaves that are known but not kept.
type ignored struct{}

// parseNumber reads a figure as any version writes it: 12, 12.0, 1e6, 1,234
// or 100%. Negative, infinite and other texts are no figures.
func parseNumber(text []byte) (Number, bool) {
	text = bytes.TrimSuffix(text, []byte("%"))
	if n, ok := parseDigits(text); ok {
		return n, true
	}
	s := string(text)
	if strings.Contains(s, ",") {
		var ok bool
		if s, ok = joinThousands(s); !ok {
			return Number{}, false
		}
	}
	if strings.Trim(s, "0123456789.eE+-") != "" {
		return Number{}, false // ParseFloat also takes 0x1p2, inf, nan and 1_000
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Signbit(v) {
		return Number{}, false
	}
	return Number{Value: v, OK: true}, true
}

// parseDigits is parseNumber for up to 15 digits, perhaps with a decimal point
// between them, as nearly all figures are. The digits and the power of ten are
// exact as floating point, so that their quotient is the nearest one there is.
func parseDigits(text []byte) (Number, bool) {
	if len(text) == 0 || len(text) > 15 {
		return Number{}, false
	}
	var digits int64
	scale, fraction := 1.0, false
	for i, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digits = digits*10 + int64(c-'0')
			if fraction {
				scale *= 10
			}
		case c == '.' && !fraction && 0 < i && i < len(text)-1:
			fraction = true
		default:
			return Number{}, false
		}
	}
	return Number{Value: float64(digits) / scale, OK: true}, true
}

// joinThousands takes the separators out of 1,234,567.8.
func joinThousands(s string) (string, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if len(g) != 3 && (i > 0 || len(g) == 0 || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, "") + "." + fraction, true
}

// parseFlag reads yes/no, true/false and 1/0 in any case.
func parseFlag(text []byte) (Flag, bool) {
	switch strings.ToLower(string(text)) {
	case "yes", "true", "1":
		return Flag{Value: true, OK: true}, true
	case "no", "false", "0":
		return Flag{OK: true}, true
	}
	return Flag{}, false
}

// parseTime reads a full instant. A time of day alone says too little. The
// form that PowerMTA writes is read by hand, which is five times faster than
// by layout; whatever else time.Parse makes of the layout, it does.
func parseTime(text []byte) (time.Time, bool) {
	if t, ok := parseInstant(text); ok {
		return t, true
	}
	t, err := time.Parse(timeLayout, string(text))
	return t, err == nil
}

// parseInstant is parseTime for 2006-01-02 15:04:05 and no other form.
func parseInstant(b []byte) (time.Time, bool) {
	if len(b) != len(timeLayout) || [5]byte{b[4], b[7], b[10], b[13], b[16]} != [5]byte{'-', '-', ' ', ':', ':'} {
		return time.Time{}, false
	}
	century, year, month, day := twoDigits(b[0:]), twoDigits(b[2:]), twoDigits(b[5:]), twoDigits(b[8:])
	hour, minute, second := twoDigits(b[11:]), twoDigits(b[14:]), twoDigits(b[17:])
	switch {
	case century == noDigits || year == noDigits, month < 1 || month > 12, day < 1 || day > 31:
		return time.Time{}, false
	case hour > 23, minute > 59, second > 59:
		return time.Time{}, false
	}
	t := time.Date(century*100+year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, day <= 28 || t.Day() == day // Date makes 31 April 1 May
}

// noDigits is what twoDigits returns for other characters.
const noDigits = 100

// twoDigits returns the number that b begins with.
func twoDigits(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return noDigits
	}
	return int(tens)*10 + int(ones)
}
