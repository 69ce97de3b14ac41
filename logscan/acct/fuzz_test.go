package acct

import (
	"os"
	"path/filepath"
	"testing"
)

// samples returns the accounting samples by name: published ones, and those of
// testdata/tolerance-logs.
func samples(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"samples/acct-*.csv", "samples-logs/acct-*.csv", "samples-logs/acct-*.json", "samples-logs/bounce-*.csv", "samples-logs/delivered-*.csv", "tolerance-logs/*"} {
		paths, err := filepath.Glob(filepath.Join("../../testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no samples like %s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(path)] = string(text)
		}
	}
	return found
}

// Every byte is in a record, malformed or skipped, and however they are cut, the
// same records come out.
func FuzzSplitter(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text, 1<<20, 7)
	}
	f.Add("type,x\nb,\"open\nd,\"a\"\n\x00\x00d,1\x00tq,\n", 10, 1)
	f.Add("type,orig\n", 9, 1) // a header that is a byte too long
	f.Add("\"type\",\"x\"\n\"d\",1\nb,\"a\"b\n\"t\"\n\"tq\",\"2\"\n", 20, 3)
	f.Fuzz(func(t *testing.T, text string, limit, step int) {
		if limit < 8 || step < 1 || len(text) > 1<<16 {
			t.Skip("out of range")
		}
		checkCuts(t, text, limit, step)
	})
}

// What encoding/csv can read, is read the same; splitBy accounts for all bytes.
func FuzzColumns(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text)
	}
	f.Add("a,\"b\"\"c\",\"d\r\ne\"\r\n\n,\"\"\n")
	f.Fuzz(func(t *testing.T, text string) { checkAgainstCSV(t, text) })
}

// A line of any bytes is read to its end, and has no columns but those of the
// header.
func FuzzRecord(f *testing.F) {
	for _, text := range samples(f) {
		f.Add("type,timeLogged,orig,dsnMta,queue", text)
	}
	f.Add("\"type\",\"orig\",\"a \"\"b\"\", c\",\"queue\"", "\"d\",\"x@y\",,\"q/v\"")
	f.Fuzz(func(t *testing.T, header, line string) {
		h := ParseHeader([]byte(header))
		var r Record
		r.Parse(h, []byte(line))
		for field := range ignored {
			if !h.has[field] && r.Field(field) != nil {
				t.Fatalf("field %d = %q, want none", field, r.Field(field))
			}
		}
		if r.columns.next != len(r.columns.row)+1 {
			t.Fatalf("columns end at %d, want behind all %d bytes", r.columns.next, len(r.columns.row))
		}
		if len(Host(r.Field(DSNMta)))+len(Domain(r.Field(Orig))) > len(line) {
			t.Fatal("more text than there was")
		}
	})
}

func FuzzTime(f *testing.F) {
	for _, text := range []string{"2019-02-08 21:54:05+0000", "02/08/2019 21:54:05-0530", "1549662845", "2019-02-08T21:54:05+00:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkTime(t, text)
		checkClock(t, text)
	})
}
