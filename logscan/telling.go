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
	start     [sources]bool   // that there are files
	problems  map[spot]string // causes
	malformed [sources]map[acct.Reason]bool
	unsaved   bool // that commits fail
}

func newTold() told {
	return told{problems: map[spot]string{}, malformed: [sources]map[acct.Reason]bool{{}, {}}}
}

// tellStart says when the first files of a source are found, or that the first
// look has found none.
func (s *Scanner) tellStart(of source) {
	files := 0
	for _, f := range s.tracker.order {
		if f.kind() == of {
			files++
		}
	}
	switch globs := s.tracker.globs(of); {
	case s.told.start[of] || len(globs) == 0:
	case files > 0:
		s.told.start[of] = true
		level.Info(s.logger).Log("msg", "Following files", "source", of, "files", files, "from", s.options.From)
	case !s.Ready():
		level.Warn(s.logger).Log("msg", "Found no file yet, looking on", "source", of,
			"patterns", strings.Join(globs, " "), "hint", "check --scan."+of.String()+", and quote its globs")
	}
}

func (s *Scanner) tellRefused(f *file) {
	if f.told {
		return
	}
	f.told = true
	level.Debug(s.logger).Log("msg", "Ignoring a compressed file", "path", f.path)
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
	malformed, told := &s.counter.of(f.readAs).malformed, s.told.malformed[f.readAs]
	for i, row := range malformed.rows {
		if malformed.counts[i] == 0 || told[row.key] {
			continue
		}
		told[row.key] = true
		level.Warn(s.logger).Log("msg", "Malformed records, counted without further notice", "source", f.readAs,
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
	fresh := map[string][]spot{} // by cause
	now := map[spot]string{}
	for at, err := range s.tracker.problems {
		now[at] = causeOf(err)
		if s.told.problems[at] != now[at] {
			fresh[now[at]] = append(fresh[now[at]], at)
		}
	}
	for cause, spots := range fresh {
		level.Warn(s.logger).Log("msg", "Cannot read files", "files", len(spots), "path", firstOf(spots),
			"err", cause, "hint", remedyFor(s.tracker.problems[spots[0]]))
	}
	maps.DeleteFunc(s.told.problems, func(at spot, _ string) bool { return now[at] != "" })
	if over := slices.Collect(maps.Keys(s.told.problems)); len(over) > 0 {
		level.Info(s.logger).Log("msg", "Nothing prevents reading these files any more", "files", len(over), "path", firstOf(over))
	}
	s.told.problems = now
}

func firstOf(spots []spot) string {
	return slices.MinFunc(spots, func(a, b spot) int { return strings.Compare(a.path, b.path) }).path
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
		return "give the user of this program access by group or ACL, or set world-readable in the acct-file directive, log-file-world-readable for logs"
	case errors.Is(err, errNotRegular):
		return "let the pattern match regular files only"
	case errors.Is(err, errOutside):
		return "links within the directory are followed"
	}
	return "reading goes on as soon as this is over"
}

// readable reports whether nothing of a source that should be read is refused.
func (t *tracker) readable(of source) bool {
	for at, err := range t.problems {
		if at.source == of && !errors.Is(err, errNotRegular) {
			return false
		}
	}
	return true
}
