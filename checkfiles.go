package main

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// enough is how many records must have been looked at before the lack of a type
// or of a value says something about PowerMTA's configuration.
const enough = 100

// checkFiles looks at the accounting files: whether they can be read, and
// whether they hold what the metrics are made of. It returns what mail left
// through.
func checkFiles(r *report, patterns []string) logscan.Outlets {
	f := newFileFacts()
	if len(patterns) == 0 {
		r.skip("accounting", "no files are named: add --scan.accounting='/var/log/pmta/acct-*.csv' to count results")
		return f.outlets
	}
	for _, pattern := range patterns {
		in := logscan.Inspect(pattern)
		checkAccess(r, in)
		f.add(in)
	}
	if f.records > 0 {
		f.checkTypes(r)
		f.checkColumns(r)
	}
	f.checkDoubles(r)
	return f.outlets
}

// checkAccess tells whether what a pattern finds can be read.
func checkAccess(r *report, in logscan.Inspection) {
	name := "accounting " + in.Pattern
	for _, err := range in.Failures {
		r.fail(name, "%v: let this user read the directory (setfacl -m u:USER:rX), or make it a member of group pmta", err)
	}
	for _, f := range in.Files {
		switch {
		case f.Err != nil:
			r.fail(name, "%v: let this user read the files: world-readable yes in the acct-file directive, setfacl, or group pmta", f.Err)
			return // one is enough to know
		case f.Kind == logscan.FileForeign:
			r.fail(name, "%s begins with no header line of CSV, and holds no record in JSON or XML: name accounting files only", f.Path)
			return
		}
	}
	switch {
	case len(in.Failures) > 0:
	case len(in.Files) == 0:
		r.fail(name, "no file matches: check the path, and quote the glob")
	case !slices.ContainsFunc(in.Files, func(f logscan.FileInspection) bool { return f.Kind == logscan.FileAccounting }):
		r.fail(name, "%d found, all empty or compressed, which are not read: check the glob, or wait for the first record", len(in.Files))
	default:
		r.ok(name, "%d found and readable, %s, the newest is %s", len(in.Files), formatsOf(in), in.Files[0].Path)
	}
}

// formatsOf lists the formats of accounting files.
func formatsOf(in logscan.Inspection) string {
	found := map[string]bool{}
	for _, f := range in.Files {
		if f.Kind == logscan.FileAccounting {
			found[f.Format.String()] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " and ")
}

// fileFacts is what all files together hold.
type fileFacts struct {
	records  int
	types    map[acct.Type]*logscan.TypeInspection
	columns  map[acct.Field]bool           // of any file
	families map[acct.Type]map[string]bool // of files, by type
	outlets  logscan.Outlets
}

func newFileFacts() *fileFacts {
	return &fileFacts{
		types:   map[acct.Type]*logscan.TypeInspection{},
		columns: map[acct.Field]bool{}, families: map[acct.Type]map[string]bool{}, outlets: logscan.NewOutlets(),
	}
}

func (f *fileFacts) add(in logscan.Inspection) {
	for _, file := range in.Files {
		if file.Kind != logscan.FileAccounting {
			continue
		}
		maps.Copy(f.columns, file.Columns)
		f.outlets.Add(file.Outlets)
		for kind, seen := range file.Types {
			f.addType(kind, seen, logscan.FamilyOf(file.Path))
		}
	}
}

func (f *fileFacts) addType(kind acct.Type, seen *logscan.TypeInspection, family string) {
	if f.types[kind] == nil {
		f.types[kind] = &logscan.TypeInspection{Filled: map[acct.Field]int{}}
		f.families[kind] = map[string]bool{}
	}
	sum := f.types[kind]
	f.records += seen.Records
	sum.Records += seen.Records
	for field, n := range seen.Filled {
		sum.Filled[field] += n
	}
	f.families[kind][family] = true
}

// checkTypes tells which record types are missing.
func (f *fileFacts) checkTypes(r *report) {
	for _, t := range collector.NeededTypes() {
		name := "records " + t.Code
		switch seen := f.types[t.Type]; {
		case seen != nil:
			r.ok(name, "found")
		case f.records < enough:
			r.skip(name, "none among the first %d records, which is too few to tell", f.records)
		case t.Optional:
			r.skip(name, "none among %d records, so %s stays empty: if there should be any, add %s to records in the acct-file directive", f.records, t.Feeds, t.Code)
		default:
			r.fail(name, "none among %d records, so %s stays empty: add %s to records in the acct-file directive", f.records, t.Feeds, t.Code)
		}
	}
}

// checkColumns tells which columns are missing: a header has the union of what
// all types have, so that a column may be there and be empty for one type.
func (f *fileFacts) checkColumns(r *report) {
	complete := true
	codes := map[acct.Type]string{}
	for _, t := range collector.NeededTypes() {
		codes[t.Type] = t.Code
	}
	for _, need := range collector.Needs() {
		name := "column " + need.Field.String() + " of " + codes[need.Type]
		switch seen := f.types[need.Type]; {
		case seen == nil:
			continue
		case !f.columns[need.Field] && need.Optional:
			r.skip(name, "missing, so %s stays empty: where PowerMTA knows it, add %s to record-fields %s", need.Feeds, need.Field, codes[need.Type])
		case !f.columns[need.Field]:
			r.fail(name, "missing, so %s stays empty: add %s to record-fields %s", need.Feeds, need.Field, codes[need.Type])
		case seen.Filled[need.Field] == 0 && seen.Records >= enough:
			r.skip(name, "empty in %d records: if record-fields %s does not name it, %s stays empty", seen.Records, codes[need.Type], need.Feeds)
		default:
			continue
		}
		complete = false
	}
	if complete {
		r.ok("columns", "all that the metrics need are there")
	}
}

// checkDoubles tells which records would be counted twice, because files of
// two acct-file directives hold them.
func (f *fileFacts) checkDoubles(r *report) {
	for _, t := range collector.NeededTypes() {
		if names := slices.Sorted(maps.Keys(f.families[t.Type])); len(names) > 1 {
			r.fail("doubles", "records %s are in %s, and each would count: narrow --scan.accounting to one of them", t.Code, strings.Join(names, " and in "))
		}
	}
}

// checkState tells whether counts can be kept.
func checkState(r *report, dir string) {
	if dir == "" {
		r.skip("state", "counts start at 0 with each start: keep them with --state.directory")
		return
	}
	probe, err := os.CreateTemp(dir, "check")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		r.fail("state", "%v: create --state.directory, and let this user write in it", err)
		return
	}
	r.ok("state", "%s can be written", dir)
}
