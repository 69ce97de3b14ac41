package collector

import "github.com/pmta-exporter/pmta_exporter/logscan"

// Label values that stand for no value in particular.
const (
	otherValue = logscan.Other // beyond a ceiling
	noneValue  = logscan.None  // PowerMTA gave none
)

// clean makes a label value of foreign text. Nearly all of it is plain and
// passes as it is; see logscan.Label for the rest.
func clean(s string) string {
	if s != "" && len(s) <= maxPlain && isPlainASCII(s) {
		return s
	}
	return logscan.Label(s)
}

// maxPlain is the length up to which plain text needs no look by
// logscan.Label.
const maxPlain = 64

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
