package main

import (
	"encoding/json"
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// mark is in all that is about a person, and must be nowhere else.
const mark = "m4rked"

// privateRow is a record with the mark wherever PowerMTA, a remote server or a
// damaged file may put something of a person, by column. Synthetic.
type privateRow [][2]string

// record is one of an accounting file as PowerMTA writes it: addresses, headers,
// job, and a reply that repeats the address.
func record(code string) privateRow {
	return privateRow{
		{"type", code},
		{"timeLogged", "2026-11-23 10:00:00+0000"},
		{"timeQueued", "2026-11-23 09:59:00+0000"},
		{"orig", "bounce-" + mark + "=gmail.com@news.example"},
		{"rcpt", mark + "@gmail.com"},
		{"orcpt", "rfc822;" + mark + "@gmail.com"},
		{"dsnStatus", "5.1.1 (" + mark + ")"},
		{"dsnDiag", "smtp;550 5.1.1 <" + mark + "@gmail.com>: Recipient " + mark + " rejected"},
		{"dsnMta", "gmail-smtp-in.l.google.com (192.0.2.25)"},
		{"bounceCat", "bad-mailbox"},
		{"srcType", "smtp"},
		{"srcMta", mark + " (192.0.2.7)"},
		{"dlvType", "smtp"},
		{"dlvSourceIp", "192.0.2.1"},
		{"dlvSize", "100"},
		{"dlvTlsProtocol", "TLSv1.3"},
		{"vmta", "vmta1"},
		{"queue", "gmail.com/vmta1"},
		{"jobId", mark},
		{"envId", mark},
		{"feedbackType", "abuse"},
		{"reportingMta", "dns; mx.gmail.com"},
		{"userAgent", mark},
		{"header_Subject", "Dear " + mark + ", your \"order\""},
		{"header_Message-Id", "<" + mark + "@news.example>"},
	}
}

// misplaced is a record with the mark in the columns that labels are made of.
func misplaced(code string) privateRow {
	row := record(code)
	for i, column := range row {
		switch column[0] {
		case "type", "dlvType":
		case "orig", "rcpt":
			row[i][1] = mark // no domain: all of it may be a local part
		case "vmta", "dsnMta", "reportingMta":
			row[i][1] = mark + "@gmail.com"
		case "queue":
			row[i][1] = mark + "@gmail.com/" + mark + "@gmail.com"
		default:
			row[i][1] = mark
		}
	}
	return row
}

func (r privateRow) values(column int) []string {
	var all []string
	for _, pair := range r {
		all = append(all, `"`+strings.ReplaceAll(pair[column], `"`, `""`)+`"`)
	}
	return all
}

func (r privateRow) csv() string { return strings.Join(r.values(1), ",") + "\n" }

func (r privateRow) json(t *testing.T) string {
	object := map[string]string{}
	for _, pair := range r {
		object[pair[0]] = pair[1]
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func (r privateRow) xml(t *testing.T) string {
	var text strings.Builder
	for _, pair := range r[1:] {
		text.WriteString("<" + pair[0] + ">")
		if err := xml.EscapeText(&text, []byte(pair[1])); err != nil {
			t.Fatal(err)
		}
		text.WriteString("</" + pair[0] + ">")
	}
	return "<" + r[0][1] + ">" + text.String() + "</" + r[0][1] + ">\n"
}

// damaged are ways in which a record of CSV can be wrong.
func damaged(row string) string {
	cut := row[:len(row)/2]
	return strings.Join([]string{
		strings.Join(strings.Split(row, ",")[:12], ",") + "\n", // short
		strings.TrimSuffix(row, "\n") + `,"` + mark + "\"\n",   // long
		cut + "\n", cut + "\x00" + mark + "\n",
		row[:len(row)-2] + strings.Repeat(mark, 2000) + "\"\n", // longer than the limit below
		mark + "@gmail.com\n", "type," + mark + "@gmail.com\n", "d," + mark + "\n",
	}, "")
}

// writePrivate writes files that hold nothing but records with the mark, and
// returns a pattern of them.
func writePrivate(t *testing.T) string {
	dir := t.TempDir()
	var csv, lines, elements strings.Builder
	csv.WriteString(strings.Join(record("").values(0), ",") + "\n")
	for _, code := range []string{"d", "b", "t", "tq", "r", "rb", "rs", "f", "x"} {
		for _, row := range []privateRow{record(code), misplaced(code)} {
			csv.WriteString(row.csv())
			lines.WriteString(row.json(t))
			elements.WriteString(row.xml(t))
		}
	}
	for _, code := range []string{"d", "b", "t", "tq", "rb", "f"} {
		header := strings.Join(record("").values(0), ",") + "\n" // after the one that is damaged
		csv.WriteString(damaged(record(code).csv()) + header + damaged(misplaced(code).csv()) + header)
	}
	damage := `{"type":"d","rcpt":"` + mark + "\n" + `{"type":"` + mark + `@gmail.com"}` + "\n"
	for name, text := range map[string]string{
		"acct-1.csv": csv.String(), "acct-2.csv": lines.String() + damage, "acct-3.csv": "<acct>\n" + elements.String() + "<d><rcpt>" + mark + "\n</b>\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "*.csv")
}

// readAll returns the contents of all files below a directory.
func readAll(t *testing.T, dir string) string {
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		all.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestPrivacy: no address, subject, message id or text of a reply comes out of
// any record, into metrics, pages, the log at its most talkative, the state, or
// what check says.
func TestPrivacy(t *testing.T) {
	s := pmtatest.NewServer(pmtatest.WithState(office()))
	defer s.Close()
	state := t.TempDir()
	args := []string{
		"--pmta.uri=" + s.URL, "--scan.accounting=" + writePrivate(t), "--scan.from=start", "--scan.max-record-bytes=8KiB",
		"--state.directory=" + state, "--log.level=debug",
	}
	root, log := inProcess(t, args...)
	eventually(t, root+"/metrics", func(m samples) bool {
		return m[`pmta_exporter_scan_readable{source="accounting"}`] == 1 && m[`pmta_accounting_records_total{record="other"}`] > 0
	})
	_, metrics := fetch(t, root+"/metrics")
	_, landing := fetch(t, root+"/")
	_, report := checked(t, args...)
	seen := map[string]string{
		"metrics": string(metrics), "the landing page": string(landing), "check": report, "the log": log.String(), "the state": readAll(t, state),
	}
	for place, text := range seen {
		if i := strings.Index(strings.ToLower(text), mark); i >= 0 {
			t.Errorf("%s holds %q", place, text[max(0, i-100):min(len(text), i+100)])
		}
	}
	for _, want := range []string{
		`_records_total{record="delivered"} `, `_records_total{record="feedback"} `, `_records_total{record="remote_bounce"} `, `_records_total{record="other"} `,
		`reason="oversize",source="accounting"} `, `reason="quote",source="accounting"} `, `reason="short_row",source="accounting"} `, `reason="long_row",source="accounting"} `, `reason="bad_value",source="accounting"} `, `reason="syntax",source="accounting"} `,
		`{outcome="delivered",sender_domain="news.example"} `,
	} {
		if _, value, found := strings.Cut(seen["metrics"], want); !found || strings.HasPrefix(value, "0\n") {
			t.Errorf("nothing was counted under %q, so nothing is proved", want)
		}
	}
	if !strings.Contains(seen["the state"], "news.example") || !strings.Contains(seen["the log"], "Malformed records") {
		t.Error("state or log hold less than they should, so nothing is proved")
	}
}
