package logscan

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// told is what the log says already. Only changes are worth a line; how often
// something happens, the counts tell.
type told struct {
	start     bool              // that there are files
	problems  map[string]string // cause by path
	malformed map[acct.Reason]bool
	unsaved   bool // that commits fail
}

func newTold() told {
	return told{problems: map[string]string{}, malformed: map[acct.Reason]bool{}}
}

// tellStart says when the first files are found, or that the first look has
// found none.
func (s *Scanner) tellStart() {
	switch files := len(s.tracker.order); {
	case s.told.start:
	case files > 0:
		s.told.start = true
		level.Info(s.logger).Log("msg", "Following accounting files", "files", files, "from", s.options.From)
	case !s.Ready():
		level.Warn(s.logger).Log("msg", "Found no accounting file yet, looking on",
			"patterns", strings.Join(s.tracker.patterns, " "), "hint", "check --scan.accounting, and quote its globs")
	}
}

func (s *Scanner) tellRefused(f *file) {
	if f.told {
		return
	}
	f.told = true
	level.Debug(s.logger).Log("msg", "Ignoring a compressed accounting file", "path", f.path)
}

// tellSaved says when commits begin to fail, and when they succeed again. Only
// one commit runs at a time.
func (s *Scanner) tellSaved(err error) {
	switch {
	case err != nil && !s.told.unsaved:
		level.Error(s.logger).Log("msg", "Cannot keep the counts, showing the last ones kept", "err", err,
			"hint", "make room and give access in --state.directory")
	case err == nil && s.told.unsaved:
		level.Info(s.logger).Log("msg", "The counts are kept again")
	}
	s.told.unsaved = err != nil
}

// tellMalformed says once for each reason that there are malformed records.
func (s *Scanner) tellMalformed(f *file) {
	for i, row := range s.counter.malformed.rows {
		if s.counter.malformed.counts[i] == 0 || s.told.malformed[row.key] {
			continue
		}
		s.told.malformed[row.key] = true
		level.Warn(s.logger).Log("msg", "Malformed accounting records, counted without further notice",
			"reason", row.key, "path", f.path, "hint", hintFor(row.key))
	}
}

func hintFor(reason acct.Reason) string {
	switch reason {
	case acct.NoHeader:
		return "a file must begin with the header line of CSV, an object of JSON or an element of XML; lines are skipped until a header comes"
	case acct.Syntax:
		return "JSON lines need an object for each record, XML an element named like its type; reading goes on at the next one"
	case acct.Oversize:
		return "raise --scan.max-record-bytes if such records are real"
	case acct.BadValue:
		return "a time or size cannot be read; the records are counted without it"
	case acct.ShortRow, acct.LongRow:
		return "the row has not as many columns as the header; those that both have were counted"
	}
	return "the file is damaged; reading goes on at the next record"
}

// tellProblems says what cannot be read since this poll, and what can be again:
// one line for each cause, however many files it concerns.
func (s *Scanner) tellProblems() {
	fresh := map[string][]string{} // paths by cause
	now := map[string]string{}
	for path, err := range s.tracker.problems {
		now[path] = causeOf(err)
		if s.told.problems[path] != now[path] {
			fresh[now[path]] = append(fresh[now[path]], path)
		}
	}
	for cause, paths := range fresh {
		level.Warn(s.logger).Log("msg", "Cannot read accounting files", "files", len(paths), "path", slices.Min(paths),
			"err", cause, "hint", remedyFor(s.tracker.problems[paths[0]]))
	}
	maps.DeleteFunc(s.told.problems, func(path, _ string) bool { return now[path] != "" })
	if over := slices.Sorted(maps.Keys(s.told.problems)); len(over) > 0 {
		level.Info(s.logger).Log("msg", "Nothing prevents reading these accounting files any more", "files", len(over), "path", over[0])
	}
	s.told.problems = now
}

// causeOf returns the text of an error without its path.
func causeOf(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

func remedyFor(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "give the user of this program access by group or ACL, or set world-readable in the acct-file directive"
	case errors.Is(err, errNotRegular):
		return "let the pattern match regular files only"
	case errors.Is(err, errOutside):
		return "links within the directory are followed"
	}
	return "reading goes on as soon as this is over"
}

// readable reports whether nothing that should be read is refused.
func (t *tracker) readable() bool {
	for _, err := range t.problems {
		if !errors.Is(err, errNotRegular) {
			return false
		}
	}
	return true
}
