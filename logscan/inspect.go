package logscan

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// Inspection is what a look at the files of one pattern found, without counting
// anything.
type Inspection struct {
	Pattern string
	Files   []FileInspection // the newest first
	// Failures are directories that could not be read.
	Failures []error
}

// FileInspection is a look into one file.
type FileInspection struct {
	Path    string
	Err     error // why it cannot be read
	Kind    FileKind
	Format  acct.Format
	Columns map[acct.Field]bool           // that the header or any record has
	Types   map[acct.Type]*TypeInspection // of the records looked at
	Outlets Outlets                       // likewise

	header *acct.Header // the last one met
}

// modified is the time of the last change; zero for what cannot be told.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// FileKind says what a file is, as far as its first bytes tell.
type FileKind string

// The kinds of files.
const (
	FileAccounting FileKind = "accounting"
	FileEmpty      FileKind = "empty"      // nothing whole in it yet
	FileCompressed FileKind = "compressed" // left alone
	FileForeign    FileKind = "foreign"    // neither header nor record in its beginning
)

// TypeInspection counts the records of one type, and those in which each field
// has a value.
type TypeInspection struct {
	Records int
	Filled  map[acct.Field]int
}

// How much Inspect looks at: of each pattern the newest files, of each file its
// beginning and its end.
const (
	inspectFiles = 50
	inspectBytes = 256 << 10
)

// Inspect looks at the files of a pattern as a Scanner would find them.
func Inspect(pattern string) Inspection {
	in := Inspection{Pattern: pattern}
	paths, failures := inspectPaths(pattern, nil)
	in.Failures = failures
	for _, path := range paths {
		f := FileInspection{Path: path, Columns: map[acct.Field]bool{}, Types: map[acct.Type]*TypeInspection{}, Outlets: NewOutlets()}
		f.Err = f.look(directoryOf(pattern))
		in.Files = append(in.Files, f)
	}
	return in
}

// inspectPaths returns the newest files of a pattern that no other one finds, and
// why more could not be found.
func inspectPaths(pattern string, others []string) (paths []string, failures []error) {
	paths = expand(pattern, func(_ string, err error) { failures = append(failures, err) })
	paths = slices.DeleteFunc(paths, func(path string) bool {
		_, err := os.Stat(path)
		return isMissing(err) || slices.ContainsFunc(others, func(other string) bool {
			found, _ := filepath.Match(other, path)
			return found
		})
	})
	slices.SortFunc(paths, func(a, b string) int { return modified(b).Compare(modified(a)) })
	return paths[:min(len(paths), inspectFiles)], failures
}

func (f *FileInspection) look(dir string) error {
	file, err := openToInspect(dir, f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	beginning, err := readAt(file, 0)
	if err != nil {
		return err
	}
	if isCompressed(beginning) {
		f.Kind = FileCompressed
		return nil
	}
	f.Kind = FileEmpty
	splitter := &acct.Splitter{Max: inspectBytes - 1}
	f.records(splitter, beginning)
	f.Format = splitter.Format()
	if f.Kind != FileAccounting {
		return nil
	}
	end, err := readAt(file, max(int64(len(beginning)), info.Size()-inspectBytes))
	splitter.Resume()
	f.records(splitter, end)
	return err
}

// openToInspect opens a regular file.
func openToInspect(dir, path string) (opened, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return openToRead(dir, path)
}

// readAt reads what is to be looked at from a position on.
func readAt(r io.ReaderAt, position int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(r, position, inspectBytes))
}

// records looks at the whole records in b.
func (f *FileInspection) records(s *acct.Splitter, b []byte) {
	var r acct.Record
	for len(b) > 0 {
		piece := s.Next(b, false)
		if piece.Kind == acct.More {
			return
		}
		record := b[:piece.Size]
		b = b[piece.Size:]
		switch {
		case piece.Kind == acct.Malformed && f.Kind == FileEmpty:
			f.Kind = FileForeign
		case piece.Kind != acct.Complete:
		case s.Format() == acct.CSV && acct.IsHeader(record):
			f.header, f.Kind = acct.ParseHeader(record), FileAccounting
			f.columns(f.header.Has)
		default:
			r.Read(s.Format(), f.header, record)
			f.columns(func(field acct.Field) bool { return r.Field(field) != nil })
			f.note(&r)
		}
	}
}

// columns notes the columns that a header or record has.
func (f *FileInspection) columns(has func(acct.Field) bool) {
	for _, field := range acct.Fields() {
		if has(field) {
			f.Columns[field] = true
		}
	}
}

// note notes a record. JSON and XML have no header, so the first record of a
// known type tells that it is accounting.
func (f *FileInspection) note(r *acct.Record) {
	switch {
	case r.Type != acct.Other:
		f.Kind = FileAccounting
	case f.Kind == FileEmpty:
		f.Kind = FileForeign
	}
	f.Outlets.note(r)
	seen := f.Types[r.Type]
	if seen == nil {
		seen = &TypeInspection{Filled: map[acct.Field]int{}}
		f.Types[r.Type] = seen
	}
	seen.Records++
	for _, field := range acct.Fields() {
		if len(r.Field(field)) > 0 {
			seen.Filled[field]++
		}
	}
}

// digits are what differs between the names of one file after another.
var digits = regexp.MustCompile(`[0-9]+`)

// FamilyOf returns what the names of files that follow one another have in
// common: acct-2016-08-01-0000.csv and acct-2016-08-02-0000.csv are of one
// family, whatever directory they lie in.
func FamilyOf(path string) string {
	return digits.ReplaceAllString(filepath.Base(path), "#")
}
