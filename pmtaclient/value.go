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

// parseDigits is parseNumber for up to 15 digits, as nearly all figures are.
func parseDigits(text []byte) (Number, bool) {
	if len(text) == 0 || len(text) > 15 {
		return Number{}, false
	}
	var v int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return Number{}, false
		}
		v = v*10 + int64(c-'0')
	}
	return Number{Value: float64(v), OK: true}, true
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

// parseTime reads a full instant. A time of day alone says too little.
func parseTime(text []byte) (time.Time, bool) {
	t, err := time.Parse(timeLayout, string(text))
	return t, err == nil
}
