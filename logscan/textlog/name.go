package textlog

import (
	"path/filepath"
	"regexp"
	"strings"
)

// What rotation adds to a name. PowerMTA counts: log.1, log-1.txt on Windows
// (User's Guide 3.3.1.47). Dates and UNIX seconds are those of logrotate and of
// scripts; the acct-file directive adds a date and a sequence.
var (
	packed     = regexp.MustCompile(`\.(gz|bz2|xz|zst|Z)$`)
	dated      = regexp.MustCompile(`(^|[._-])(19|20)\d\d-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])([-_T.]?\d+)*($|[._-])`)
	generation = regexp.MustCompile(`(\.\d{1,3}|[.-]\d{10})$`)
	windows    = regexp.MustCompile(`-\d+\.txt$`)
)

// Name returns what all generations of a log are called: the base name of a
// path without what rotation added to it. Only the path decides, so there are
// no more names than kinds of logs in the directories that are followed. One
// that has nothing but a date is Other. Names of files can hold any bytes: what
// is shown must be cleaned first.
func Name(path string) string {
	base := filepath.Base(path)
	name := packed.ReplaceAllString(base, "")
	name = dated.ReplaceAllString(name, "$6")
	name = generation.ReplaceAllString(name, "")
	name = windows.ReplaceAllString(name, ".txt")
	if name = strings.Trim(name, "._-"); name != "" {
		return name
	}
	return string(Other)
}
