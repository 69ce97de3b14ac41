package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// checked runs the command check and returns its code and lines.
func checked(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(append([]string{"check"}, args...), &stdout, &stderr)
	if stderr.Len() > 0 {
		t.Errorf("check %q says to stderr: %s", args, stderr.String())
	}
	return code, stdout.String()
}

// wantLines wants the given beginnings of lines, and a code that fits them.
func wantLines(t *testing.T, code int, text string, want ...string) {
	t.Helper()
	if wantCode := strings.Count("\n"+text, "\nFAIL "); (wantCode > 0) != (code == 1) {
		t.Errorf("code %d after %d failures", code, wantCode)
	}
	for _, line := range want {
		if !regexp.MustCompile("(?m)^" + line).MatchString(text) {
			t.Errorf("no line like %q in\n%s", line, text)
		}
	}
}

// office is a small PowerMTA whose names must not leave it.
func office() pmtatest.State {
	at := time.Date(2026, 11, 23, 17, 6, 2, 0, time.UTC)
	return pmtatest.State{
		Host:    pmtatest.Host{Name: "PowerMTA", Version: "5.0r1", Revision: "v5_0r1@190914.919ffeb", FullHostName: "mail.secret-sender.com", Serial: "987654", OSName: "Linux"},
		TimeNow: at, StartupTime: at.Add(-time.Hour), Status: "running",
		Queues: []pmtatest.Queue{
			{Domain: "gmail.com", VMTA: "ClientA-1", Rcp: 3, KB: 1, Mode: pmtatest.ModeNormal, Events: []pmtatest.Event{{
				Type: "error", Time: at,
				Text: `skip of MX requested: "421 4.7.0 <jane.doe@private.org>: try later a1b2c3d4e5f6a7" received from mx1.private.org (8.8.4.4) while connected from out.secret-sender.com (2a00:1450::5) to mx1.private.org (8.8.4.4)`,
			}}},
			{Domain: "private.org", VMTA: "ClientA-1", Rcp: 2, KB: 1, Mode: pmtatest.ModeBackoff},
			{Domain: "private.org", VMTA: "8.8.8.8", Rcp: 1, KB: 1, Mode: pmtatest.ModeNormal},
		},
		Jobs: []pmtatest.Job{{ID: "BlackFriday", Rcp: 6, KB: 3}},
	}
}

func TestCheckPowerMTA(t *testing.T) {
	s := pmtatest.NewTLSServer(pmtatest.WithState(office()), pmtatest.WithMaxItems(2))
	defer s.Close()
	t.Run("certificate", func(t *testing.T) {
		code, text := checked(t, "--pmta.uri="+s.URL)
		wantLines(t, code, text, "ok    configuration:", "FAIL  certificate:.*--pmta.tls.pin-sha256=[0-9a-f]{64}", "skip  pages:")
	})
	t.Run("lists", func(t *testing.T) {
		code, text := checked(t, "--pmta.uri="+s.URL, "--pmta.tls.pin-sha256="+pmtaclient.Fingerprint(s.Certificate()))
		wantLines(t, code, text, "ok    reachable:", "ok    access:", "ok    certificate:.*"+pmtaclient.Fingerprint(s.Certificate()),
			`ok    version: "5.0r1"`, `FAIL  queues: PowerMTA lists 2 of 3: set "http-default-max-items 1000"`,
			"ok    domains: all 2 are listed", "skip  accounting: no files are named")
	})
	t.Run("unverified", func(t *testing.T) {
		code, text := checked(t, "--pmta.uri="+s.URL, "--pmta.tls.insecure-skip-verify")
		wantLines(t, code, text, "FAIL  certificate: it is not verified: set --pmta.tls.pin-sha256=[0-9a-f]{64}")
	})
	t.Run("command", func(t *testing.T) {
		tool, err := pmtatest.NewCommand(t.TempDir(), office(), 100000)
		if err != nil {
			t.Fatal(err)
		}
		code, text := checked(t, "--pmta.uri=exec:"+tool.Path, "--collector.license")
		wantLines(t, code, text, "ok    reachable:", "ok    queues: all 3 are listed", "ok    license: can be read")
		if code != 0 {
			t.Errorf("code %d:\n%s", code, text)
		}
	})
}

func TestCheckFindsFaults(t *testing.T) {
	down := office()
	down.Status = "stopping"
	for _, c := range []struct {
		name string
		opts []pmtatest.Option
		args []string
		want string
	}{
		{"access", []pmtatest.Option{pmtatest.WithAccess()}, nil, `FAIL  access:.*add the line "http-access 127.0.0.1 monitor"`},
		{"redirect", []pmtatest.Option{pmtatest.WithRedirectToHTTPS()}, nil, `FAIL  reachable:.*set --pmta.uri="https://`},
		{"not running", []pmtatest.Option{pmtatest.WithState(down)}, nil, "FAIL  running:"},
		{"failed page", []pmtatest.Option{pmtatest.WithFault("/vmtas", pmtatest.Fault{Kind: pmtatest.FaultCutDocument, N: 20})}, nil, "FAIL  vmtas:"},
		{"watched domain", nil, []string{"--collector.queues.watch=gmail.com"}, "FAIL  watched domain gmail.com:"},
		{"configuration", nil, []string{"--collector.license"}, "FAIL  configuration: --collector.license:"},
		{"web configuration", nil, []string{"--web.config.file=/nowhere/web.yml"}, "FAIL  configuration: --web.config.file:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := pmtatest.NewServer(append([]pmtatest.Option{pmtatest.WithState(office())}, c.opts...)...)
			defer s.Close()
			code, text := checked(t, append([]string{"--pmta.uri=" + s.URL}, c.args...)...)
			wantLines(t, code, text, c.want)
		})
	}
	code, text := checked(t, "--pmta.uri=http://127.0.0.1:1")
	wantLines(t, code, text, "FAIL  reachable:.*connection refused", "skip  pages:")
}

const allColumns = "type,timeLogged,timeQueued,orig,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvType,dlvSourceIp,dlvSize,dlvTlsProtocol,vmta,queue"

// rows makes n synthetic records of a type under allColumns.
func rows(code string, n int) string {
	return strings.Repeat(code+",2026-11-23 10:00:00+0000,2026-11-23 09:59:00+0000,a@b.example,c@d.example,5.1.1,x,mx.example,bad-mailbox,smtp,192.0.2.1,100,TLSv1.3,v,d.example/v\n", n)
}

// jsonRows and xmlRows make the same in the other formats.
func jsonRows(code string, n int) string {
	text := ""
	for i, column := range strings.Split(allColumns, ",") {
		text += fmt.Sprintf(", %q: %q", column, strings.Split(rows(code, 1), ",")[i])
	}
	return strings.Repeat(strings.ReplaceAll("{"+text[1:]+"}\n", "\\n", ""), n)
}

func xmlRows(code string, n int) string {
	text := ""
	for i, column := range strings.Split(allColumns, ",")[1:] {
		text += "<" + column + ">" + strings.Split(rows(code, 1), ",")[1+i] + "</" + column + ">"
	}
	return strings.Repeat("<"+code+">"+text+"</"+code+">\n", n)
}

func TestCheckFiles(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
		code  int
	}{
		{
			"all well",
			map[string]string{"acct-2026-11-23-0000.csv": allColumns + "\n" + rows("d", 90) + rows("b", 9) + rows("t", 9)},
			[]string{"ok    accounting .*: 1 found and readable", "ok    records t: found", "ok    columns:"},
			0,
		},
		{"none yet", nil, []string{"FAIL  accounting .*: no file matches"}, 1},
		{
			"no deferrals",
			map[string]string{"acct-1.csv": allColumns + "\n" + rows("d", 90) + rows("b", 20)},
			[]string{"FAIL  records t: none among 110 records.*add t to records", "skip  records f: none among 110 records, so pmta_feedback_reports_total stays empty"},
			1,
		},
		{"too few to tell", map[string]string{"acct-1.csv": allColumns + "\n" + rows("d", 3)}, []string{"skip  records b:", "skip  records t:"}, 0},
		{
			"columns",
			map[string]string{"acct-1.csv": "type,timeLogged,rcpt\nd,2026-11-23 10:00:00+0000,c@d.example\n"},
			[]string{"FAIL  column dlvSourceIp of d: missing, so pmta_source_ip_outcomes_total stays empty: add dlvSourceIp to record-fields d", "skip  column dlvTlsProtocol of d"},
			1,
		},
		{
			"empty column",
			map[string]string{"acct-1.csv": allColumns + "\n" + rows("d", 10) + strings.ReplaceAll(rows("t", 100), "192.0.2.1", "") + rows("b", 1)},
			[]string{"skip  column dlvSourceIp of t: empty in 100 records"},
			0,
		},
		{
			"counted twice",
			map[string]string{"acct-1.csv": allColumns + "\n" + rows("b", 1), "bounce-1.csv": allColumns + "\n" + rows("b", 1)},
			[]string{"FAIL  doubles: records b are in acct-#.csv and in bounce-#.csv"},
			1,
		},
		{
			"complaints counted twice",
			map[string]string{"acct-1.csv": allColumns + "\n" + rows("f", 1), "fbl-1.csv": allColumns + "\n" + rows("f", 1)},
			[]string{"FAIL  doubles: records f are in acct-#.csv and in fbl-#.csv"},
			1,
		},
		{"two of one family", map[string]string{"acct-1.csv": allColumns + "\n" + rows("b", 1), "acct-2.csv": allColumns + "\n" + rows("b", 1)}, nil, 0},
		{"compressed alone", map[string]string{"acct-1.csv": "\x1f\x8b......"}, []string{"FAIL  accounting .*all empty or compressed"}, 1},
		{"foreign", map[string]string{"acct-1.csv": "[\"type\",\"d\"]\n"}, []string{"FAIL  accounting .*no header line"}, 1},
		{"foreign and long", map[string]string{"acct-1.csv": strings.Repeat("x", 1<<20)}, []string{"FAIL  accounting .*no header line"}, 1},
		{"half a header", map[string]string{"acct-1.csv": "type,time"}, []string{"FAIL  accounting .*wait for the first record"}, 1},
		{"half a record of JSON and of XML", map[string]string{"acct-1.csv": "{\"type\":", "acct-2.csv": "<acct>\n<d>"}, []string{"FAIL  accounting .*2 found.*wait for the first record"}, 1},
		{"unknown types first", map[string]string{"acct-1.csv": "{\"type\":\"x\"}\n" + jsonRows("d", 1)}, []string{"ok    accounting .*1 found and readable, JSON lines"}, 0},
		{"foreign JSON", map[string]string{"acct-1.csv": "{\"level\":\"info\"}\n"}, []string{"FAIL  accounting .*no record in JSON"}, 1},
		{
			"JSON and XML",
			map[string]string{"acct-1.csv": jsonRows("d", 90) + jsonRows("b", 9), "acct-2.csv": "<acct>\n" + xmlRows("t", 9)},
			[]string{"ok    accounting .*: 2 found and readable, JSON lines and XML records, the newest is ", "ok    records t: found", "ok    columns:"},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, text := checkedFiles(t, c.files)
			wantLines(t, code, text, c.want...)
			if code != c.code {
				t.Errorf("code %d, want %d:\n%s", code, c.code, text)
			}
		})
	}
}

// checkedFiles checks accounting files with these names and contents.
func checkedFiles(t *testing.T, files map[string]string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	r := &report{w: &out}
	checkFiles(r, []string{filepath.Join(dir, "*.csv")})
	if r.failed {
		return 1, out.String()
	}
	return 0, out.String()
}

// TestSanitizedText: escapes hide no name, and a license within JSON is one.
func TestSanitizedText(t *testing.T) {
	providers, err := provider.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := newSanitizer(providers)
	if got := s.sanitize("<name>a.example/AcmeSecretVMTA</name><text>vmta AcmeSecretVMTA: no source</text>"); strings.Contains(got, "Acme") || !strings.Contains(got, "vmta vmta1: no source") {
		t.Errorf("the text keeps a name: %s", got)
	}
	text := `{"data":"  product: PowerMTA\n licensee: AcmeSecret Inc\n   serial: 998877\n  expires: 2100-03-20\n",` +
		`"errors":[{"text":"550\n203.77.88.8\tacmesecret.org \u003cjohn@acmesecret.org\u003e"}]}`
	got := s.sanitize(text)
	for _, private := range []string{"AcmeSecret", "998877", "203.77", "acmesecret", "john"} {
		if strings.Contains(got, private) {
			t.Errorf("%q is in %s", private, got)
		}
	}
	if !strings.Contains(got, "2100-03-20") || !strings.Contains(got, "product: PowerMTA") {
		t.Errorf("too much is gone from %s", got)
	}
}

// TestSanitizedCapture: the pages keep their form and figures, and lose every
// name.
func TestSanitizedCapture(t *testing.T) {
	s := pmtatest.NewServer(pmtatest.WithState(office()), pmtatest.WithMaxItems(0))
	defer s.Close()
	for _, format := range []string{"xml", "json", "dom"} {
		t.Run(format, func(t *testing.T) {
			uri, dir := s.URL, t.TempDir()
			if format == "dom" {
				tool, err := pmtatest.NewCommand(t.TempDir(), office(), 100000)
				if err != nil {
					t.Fatal(err)
				}
				uri = "exec:" + tool.Path
			}
			code, text := checked(t, "--pmta.uri="+uri, "--pmta.format="+format, "--sanitized-capture="+dir)
			wantLines(t, code, text, "ok    capture: wrote .*queues."+format)
			all := readCapture(t, dir)
			for _, private := range []string{"ClientA", "private", "jane", "secret", "987654", "BlackFriday", "8.8.", "2a00", "a1b2c3"} {
				if strings.Contains(all, private) {
					t.Errorf("%q is in the capture:\n%s", private, all)
				}
			}
			for _, public := range []string{"gmail.com", "5.0r1", "17:06:02", "v5_0r1@190914.919ffeb", "421 4.7.0", "PowerMTA"} {
				if !strings.Contains(all, public) {
					t.Errorf("%q is not in the capture:\n%s", public, all)
				}
			}
			checkCapturedQueues(t, dir, format)
		})
	}
}

func readCapture(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s\n", text)
	}
	return all.String()
}

// checkCapturedQueues: what was one name is one name still.
func checkCapturedQueues(t *testing.T, dir, format string) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "queues."+format))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	queues, err := pmtaclient.DecodeQueues(file, pmtaclient.Format(format))
	if err != nil || len(queues.Queues) != 3 || queues.Recipients.Value != 6 {
		t.Fatalf("%+v, %v, want 3 queues with 6 recipients", queues, err)
	}
	q := queues.Queues
	if q[0].VMTA != q[1].VMTA || q[1].Domain != q[2].Domain || q[1].VMTA == q[2].VMTA || q[0].Newest.Cause != pmtaclient.CauseRemoteThrottle {
		t.Errorf("queues %+v, want VirtualMTA of the first two and domain of the last two equal", q)
	}
}
