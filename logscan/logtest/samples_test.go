package logtest

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The guide's sample rows are older than its tables, so each comes with the
// list of columns that fits it.
const (
	guideRecipient = "timeLogged,timeQueued," + recipientColumns + ",queue"
	guideFeedback  = "timeLogged,format,userAgent,envId,orig,rcpt,reportingMta,dlvSourceIp"
	mixedDelivery  = "timeLogged,orig,rcpt,dlvSourceIp"
	mixedBounce    = "timeLogged,orig,rcpt,bounceCat"
	bounceOf2016   = "timeQueued,bounceCat,vmta,orig,rcpt,srcMta,dlvSourceIp,jobId,dsnStatus,dsnMta"
)

func TestSamples(t *testing.T) {
	tests := []struct {
		sample  string // below testdata
		header  bool   // the sample has one
		columns map[string]string
	}{
		{"samples/acct-header-5.0.csv", true, map[string]string{"d": mixedDelivery, "b": mixedBounce}},
		{"samples-logs/acct-mixed-epoch-ug.csv", true, map[string]string{"d": mixedDelivery, "b": mixedBounce}},
		{"samples-logs/bounce-11-columns-2016.csv", true, map[string]string{"b": bounceOf2016}},
		{"samples-logs/bounce-custom-fields-2016.csv", true, map[string]string{"b": bounceOf2016 + ",dsnDiag"}},
		{"samples-logs/bounce-custom-fields-2017.csv", true, map[string]string{"b": bounceOf2016 + ",dsnDiag"}},
		{"samples-logs/delivered-custom-header-fields.csv", true, map[string]string{"d": "rcpt,header_x-sp-message-id,header_x-sp-subaccount-id"}},
		{"samples-logs/acct-d-v4.0-2014.csv", true, map[string]string{"d": join(Version40, "d")}},
		{"samples-logs/acct-d-ug2019-row.csv", false, map[string]string{"d": guideRecipient}},
		{"samples-logs/acct-b-ug2019-row.csv", false, map[string]string{"b": guideRecipient}},
		{"samples-logs/acct-t-ug2019-row.csv", false, map[string]string{"t": guideRecipient + ",vmtaPool"}},
		{"samples-logs/acct-t-2017-row.csv", false, map[string]string{"t": join(Version50, "t") + ",header_X"}},
		{"samples-logs/acct-tq-ug2019-row.csv", false, map[string]string{"tq": join(Version50, "tq")}},
		{"samples-logs/acct-r-ug2019-row.csv", false, map[string]string{"r": join(Version50, "r")}},
		{"samples-logs/acct-rb-ug2019-row.csv", false, map[string]string{"rb": join(Version50, "rb")}},
		{"samples-logs/acct-f-ug2019-row.csv", false, map[string]string{"f": guideFeedback}},
	}
	for _, test := range tests {
		t.Run(filepath.Base(test.sample), func(t *testing.T) {
			sample := readTestdata(t, test.sample)
			got := rewrite(t, sample, test.header, test.columns)
			if !test.header {
				_, got, _ = bytes.Cut(got, []byte("\n"))
			}
			if !bytes.Equal(got, sample) {
				t.Errorf("written again:\n%s\nwant\n%s", got, sample)
			}
		})
	}
}

// TestGuideRows takes the one sample file that has rows of all types and no
// header. It quotes a field without need, by the hand of those who copied it,
// so that fields are compared and not bytes.
func TestGuideRows(t *testing.T) {
	columns := map[string]string{
		"d": guideRecipient, "b": guideRecipient, "t": guideRecipient + ",vmtaPool", "tq": join(Version50, "tq"),
		"r": join(Version50, "r"), "rb": join(Version50, "rb"), "f": guideFeedback,
	}
	sample := readTestdata(t, "samples/acct-records-5.0.csv")
	for line := range strings.Lines(string(sample)) {
		kind, _, _ := strings.Cut(line, ",")
		got := rewrite(t, []byte(line), false, map[string]string{kind: columns[kind]})
		if got, want := readCSV(t, got)[1], readCSV(t, []byte(line))[0]; !slices.Equal(got, want) {
			t.Errorf("written again: %q, want %q", got, want)
		}
	}
}

// rewrite reads a sample into records by position and writes them with the
// given columns. The line ends and the form of times are those of the sample.
func rewrite(t *testing.T, sample []byte, header bool, columns map[string]string) []byte {
	t.Helper()
	rows := readCSV(t, sample)
	if header {
		rows = rows[1:]
	}
	opts := Options{Dir: t.TempDir(), Base: "acct", LF: !bytes.Contains(sample, []byte("\r\n")), Columns: map[string][]string{}}
	for _, kind := range []string{"d", "b", "t", "tq", "r", "rb", "f"} {
		if list, ok := columns[kind]; ok {
			opts.Types = append(opts.Types, kind)
			opts.Columns[kind] = strings.Split(list, ",")
		}
	}
	names := []string{"type"}
	for _, kind := range opts.Types {
		for _, column := range opts.Columns[kind] {
			if !slices.Contains(names, column) {
				names = append(names, column)
			}
		}
	}
	var records []Record
	for _, row := range rows {
		r := Record{}
		for i, field := range row {
			r[names[i]] = field
			if at, ok := readTime(field); ok {
				r[names[i]] = at.time
				opts.Epoch = at.epoch
			}
		}
		records = append(records, r)
	}
	w := newWriter(t, opts)
	for _, r := range records {
		write(t, w, r)
	}
	return closeAndRead(t, w)
}

type readAt struct {
	time  time.Time
	epoch bool
}

func readTime(field string) (readAt, bool) {
	if at, err := time.Parse("2006-01-02 15:04:05Z0700", field); err == nil {
		return readAt{at, false}, true
	}
	if seconds, err := strconv.ParseInt(field, 10, 64); err == nil && seconds > 1e9 {
		return readAt{time.Unix(seconds, 0), true}, true
	}
	return readAt{}, false
}

func join(v Version, kind string) string { return strings.Join(DefaultColumns(v, kind), ",") }

func readCSV(t testing.TB, data []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDefaultColumns(t *testing.T) {
	for _, kind := range []string{"d", "b", "t", "tq", "r", "rb", "rs", "f"} {
		for _, v := range []Version{Version40, Version50} {
			columns := DefaultColumns(v, kind)
			if columns[0] != "timeLogged" || len(slices.Compact(slices.Sorted(slices.Values(columns)))) != len(columns) {
				t.Errorf("DefaultColumns(%q, %q) = %q, want timeLogged first and no column twice", v, kind, columns)
			}
		}
	}
	if got := DefaultColumns(Version50, "p"); got != nil {
		t.Errorf("DefaultColumns of an unknown type = %q, want none", got)
	}
	if got := len(DefaultColumns(Version40, "d")); got != 21 {
		t.Errorf("%d columns in 4.0, want 21 beside type", got)
	}
	if reflect.DeepEqual(DefaultColumns(Version50, "d"), DefaultColumns(Version40, "d")) {
		t.Error("4.0 and 5.0 have the same columns")
	}
}
