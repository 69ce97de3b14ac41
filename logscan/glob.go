package logscan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// expand returns the paths that a pattern may stand for. It does what
// filepath.Glob does, but tells of directories that it may not read instead of
// finding nothing in them.
func expand(pattern string, failed func(dir string, err error)) []string {
	if !isWild(pattern) {
		return []string{pattern}
	}
	dir, base := filepath.Split(pattern)
	var paths []string
	for _, dir := range expand(filepath.Clean(dir), failed) {
		entries, err := os.ReadDir(dir)
		if err != nil && !isMissing(err) {
			failed(dir, err)
		}
		for _, entry := range entries {
			if ok, _ := filepath.Match(base, entry.Name()); ok && !strings.HasPrefix(entry.Name(), deletedOnNFS) {
				paths = append(paths, filepath.Join(dir, entry.Name()))
			}
		}
	}
	return paths
}

// isWild reports whether a pattern stands for more than one path.
func isWild(pattern string) bool { return strings.ContainsAny(pattern, `*?[\`) }

// directoryOf returns the directory that a pattern names before its first
// wildcard: what is matched lies below.
func directoryOf(pattern string) string {
	dir := filepath.Dir(pattern)
	for isWild(dir) {
		dir = filepath.Dir(dir)
	}
	return dir
}

// deletedOnNFS begins the name that a client of NFS gives to a file that is
// deleted while it is open.
const deletedOnNFS = ".nfs"

// isMissing reports whether there is simply nothing at a path, which may
// change.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// sequence finds the date and number that PowerMTA puts into the name of an
// accounting file: acct-2016-08-01-0000.csv.
var sequence = regexp.MustCompile(`(\d{4}-\d{2}-\d{2}-)(\d{4,})`)

// sequenceDigits is as long as numbers are made, so that text compares as they
// do: 10000 comes after 9999.
const sequenceDigits = 20

// seriesOf splits a path into what the files of one acct-file directive share,
// and the place of this file among them; both are empty for other names.
func seriesOf(path string) (string, string) {
	dir, name := filepath.Split(path)
	at := sequence.FindStringSubmatchIndex(name)
	if at == nil {
		return "", ""
	}
	date, number := name[at[2]:at[3]], name[at[4]:at[5]]
	zeros := strings.Repeat("0", max(sequenceDigits-len(number), 0))
	return dir + name[:at[0]] + "*" + name[at[1]:], date + zeros + number
}
