package pmtatest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LicenseText is the answer to `pmta show license`; no other form of it is
// known.
func (s State) LicenseText() string {
	l := s.License
	expires := "never"
	if !l.Expires.IsZero() {
		expires = l.Expires.Format(time.DateOnly)
	}
	lines := [][2]string{
		{"product", l.Product},
		{"version", l.Version},
		{"platform", l.Platform},
		{"units", strconv.Itoa(l.Units)},
		{"instances", strconv.Itoa(l.Instances)},
		{"licensee", l.Licensee},
		{"serial", l.Serial},
		{"issued", l.Issued.Format(time.DateOnly)},
		{"expires", expires},
		{"copyright", l.Copyright},
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%9s: %s\n", line[0], line[1])
	}
	return b.String()
}

// VersionText is the line that `pmta show version` prints.
func (s State) VersionText() string {
	h := s.Host
	return fmt.Sprintf("%s v%s (%s, %d-bit; %s).", h.Name, h.Version, h.BuildDate, h.Bits, h.Revision)
}
