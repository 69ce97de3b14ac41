package logtest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func newWriter(t testing.TB, opts Options) *Writer {
	t.Helper()
	w, err := New(opts, noon())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newSmall is a writer with one short column for d and b.
func newSmall(t testing.TB, opts Options) *Writer {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	opts.Base, opts.LF = "acct", true
	opts.Types = []string{"d", "b"}
	opts.Columns = map[string][]string{"d": {"rcpt"}, "b": {"bounceCat"}}
	return newWriter(t, opts)
}

func write(t testing.TB, w *Writer, r Record) {
	t.Helper()
	if err := w.Write(r); err != nil {
		t.Fatal(err)
	}
}

func closeAndRead(t testing.TB, w *Writer) []byte {
	t.Helper()
	must(t, w.Close())
	data, err := os.ReadFile(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files returns name and content of everything in a directory, as one text.
func files(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var b strings.Builder
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		must(t, err)
		fmt.Fprintf(&b, "%s: %q\n", entry.Name(), data)
	}
	return b.String()
}

func expectFiles(t testing.TB, dir, want string) {
	t.Helper()
	if got := files(t, dir); got != want {
		t.Errorf("files:\n%swant\n%s", got, want)
	}
}

func TestQuotingAndForms(t *testing.T) {
	columns := map[string][]string{"d": {"timeLogged", "rcpt", "dlvSize", "dsnDiag"}}
	r := Record{"type": "d", "timeLogged": noon(), "rcpt": "a,b", "dlvSize": 42, "dsnDiag": "\"x\"\ny", "vmta": "unlisted"}
	for _, test := range []struct {
		opts Options
		want string
	}{
		{Options{}, "type,timeLogged,rcpt,dlvSize,dsnDiag\r\nd,2026-11-23 12:00:00+0000,\"a,b\",42,\"\"\"x\"\"\ny\"\r\n"},
		{Options{LF: true, Epoch: true}, "type,timeLogged,rcpt,dlvSize,dsnDiag\nd,1795435200,\"a,b\",42,\"\"\"x\"\"\ny\"\n"},
	} {
		test.opts.Dir, test.opts.Base, test.opts.Types, test.opts.Columns = t.TempDir(), "acct", []string{"d"}, columns
		w := newWriter(t, test.opts)
		write(t, w, r)
		if got := string(closeAndRead(t, w)); got != test.want {
			t.Errorf("written %q, want %q", got, test.want)
		}
	}
}

func TestColumnsOfOtherTypesStayEmpty(t *testing.T) {
	w := newSmall(t, Options{})
	write(t, w, Record{"type": "d", "rcpt": "x", "bounceCat": "success"})
	write(t, w, Record{"type": "b", "rcpt": "y", "bounceCat": "other"})
	if got, want := string(closeAndRead(t, w)), "type,rcpt,bounceCat\nd,x,\nb,,other\n"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
	if err := w.Write(Record{"type": "t"}); err == nil {
		t.Error("a record of a type that the file does not have was written")
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	w := newSmall(t, Options{Dir: dir, MaxSize: 34}) // the header and two records of seven bytes
	for i := range 3 {
		write(t, w, Record{"type": "d", "rcpt": fmt.Sprintf("u%d@", i)})
	}
	must(t, w.SetDate(noon().Add(time.Hour)))
	must(t, w.Rotate())
	must(t, w.SetDate(noon().Add(12*time.Hour)))
	write(t, w, Record{"type": "b", "bounceCat": "x"})
	must(t, w.Close())
	expectFiles(t, dir, `acct-2026-11-23-0000.csv: "type,rcpt,bounceCat\nd,u0@,\nd,u1@,\n"
acct-2026-11-23-0001.csv: "type,rcpt,bounceCat\nd,u2@,\n"
acct-2026-11-23-0002.csv: "type,rcpt,bounceCat\n"
acct-2026-11-24-0000.csv: "type,rcpt,bounceCat\nb,,x\n"
`)
	want := Ledger{Records: map[string]int64{"d": 3, "b": 1}, Bytes: 4*20 + 3*7 + 5}
	if got := w.Ledger(); !reflect.DeepEqual(got, want) {
		t.Errorf("Ledger() = %v, want %v", got, want)
	}
}

func TestNewWriterTakesNextSequence(t *testing.T) {
	dir, archive := t.TempDir(), t.TempDir()
	for range 2 {
		w := newSmall(t, Options{Dir: dir, MoveTo: archive})
		must(t, w.Rotate())
		must(t, w.Close())
	}
	expectFiles(t, archive, "acct-2026-11-23-0000.csv: \"type,rcpt,bounceCat\\n\"\nacct-2026-11-23-0002.csv: \"type,rcpt,bounceCat\\n\"\n")
	expectFiles(t, dir, "acct-2026-11-23-0001.csv: \"type,rcpt,bounceCat\\n\"\nacct-2026-11-23-0003.csv: \"type,rcpt,bounceCat\\n\"\n")
}

func TestHalfRecords(t *testing.T) {
	dir := t.TempDir()
	w := newSmall(t, Options{Dir: dir})
	must(t, w.WriteHalf(Record{"type": "d", "rcpt": "first"}))
	must(t, w.Flush())
	expectFiles(t, dir, "acct-2026-11-23-0000.csv: \"type,rcpt,bounceCat\\nd,fi\"\n")
	if got := w.Ledger().Records["d"]; got != 0 {
		t.Errorf("a half record counts as %d records", got)
	}
	if err := w.Write(Record{"type": "d"}); err == nil {
		t.Error("a record was written into the middle of another")
	}
	must(t, w.Finish())
	if err := w.Finish(); err == nil {
		t.Error("a record was finished twice")
	}
	must(t, w.WriteHalf(Record{"type": "d", "rcpt": "second"}))
	must(t, w.Rotate())
	write(t, w, Record{"type": "d", "rcpt": "third"})
	must(t, w.Close())
	expectFiles(t, dir, `acct-2026-11-23-0000.csv: "type,rcpt,bounceCat\nd,first,\nd,sec"
acct-2026-11-23-0001.csv: "type,rcpt,bounceCat\nd,third,\n"
`)
	if got := w.Ledger().Records["d"]; got != 2 {
		t.Errorf("Ledger has %d records, want the 2 complete ones", got)
	}
}

func TestBuffering(t *testing.T) {
	dir := t.TempDir()
	w := newSmall(t, Options{Dir: dir})
	write(t, w, Record{"type": "d", "rcpt": "x"})
	expectFiles(t, dir, "acct-2026-11-23-0000.csv: \"\"\n")
	must(t, w.Flush())
	expectFiles(t, dir, "acct-2026-11-23-0000.csv: \"type,rcpt,bounceCat\\nd,x,\\n\"\n")
}

func TestRenameTruncateDelete(t *testing.T) {
	dir := t.TempDir()
	w := newSmall(t, Options{Dir: dir, MaxSize: 35})
	must(t, w.Rename(filepath.Join(dir, "renamed.csv")))
	write(t, w, Record{"type": "d", "rcpt": "old"})
	must(t, w.Rotate())
	write(t, w, Record{"type": "d", "rcpt": "lost"})
	must(t, w.Truncate())
	write(t, w, Record{"type": "d", "rcpt": "kept"})
	must(t, w.Flush())
	expectFiles(t, dir, `acct-2026-11-23-0001.csv: "d,kept,\n"
renamed.csv: "type,rcpt,bounceCat\nd,old,\n"
`)
	must(t, w.Rotate())
	must(t, w.DeleteOld(1))
	must(t, w.Flush())
	expectFiles(t, dir, `acct-2026-11-23-0001.csv: "d,kept,\n"
acct-2026-11-23-0002.csv: "type,rcpt,bounceCat\n"
`)
}

func TestErrorsNameTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := New(Options{Dir: missing, Base: "acct"}, noon()); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("New in a missing directory = %v, want an error that names it", err)
	}
	if _, err := OpenTextLog(filepath.Join(missing, "pmta.log"), 8); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("OpenTextLog in a missing directory = %v, want an error that names it", err)
	}
}
