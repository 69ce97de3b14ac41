package main

import (
	"bytes"
	"flag"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestHelp holds the flags, their defaults and texts to
// testdata/golden/help.txt, and the README's table of flags to them.
func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--help"}, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Errorf("--help ends with %d and says %q to stderr", code, stderr.String())
	}
	file := filepath.Join("testdata", "golden", "help.txt")
	if *update {
		if err := os.WriteFile(file, stdout.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stdout.Bytes(), want) {
		t.Errorf("--help says\n%s\nwant\n%s", stdout.String(), want)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range findAll(t, want, `--(?:\[no-\])?([a-z0-9.-]+\.[a-z0-9.-]+)`) {
		if !strings.Contains(string(readme), "`--"+name+"`") {
			t.Errorf("README.md does not explain --%s", name)
		}
	}
	for _, name := range findAll(t, readme, "\\| `--([a-z0-9.-]+)`") {
		if !bytes.Contains(want, []byte(name)) {
			t.Errorf("README.md explains --%s, which does not exist", name)
		}
	}
}

// findAll returns the first group of each match, of which there must be some.
func findAll(t *testing.T, text []byte, pattern string) []string {
	t.Helper()
	var groups []string
	for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		groups = append(groups, string(match[1]))
	}
	if len(groups) == 0 {
		t.Errorf("nothing matches %s", pattern)
	}
	return groups
}

// TestREADMENamesMetricsThatExist compares with docs/metrics.md, which another
// test holds to the code.
func TestREADMENamesMetricsThatExist(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := os.ReadFile(filepath.Join("docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range findAll(t, readme, "`(pmta_[a-z_]+)`") {
		if !bytes.Contains(metrics, []byte("| `"+name+"`")) {
			t.Errorf("README.md names %s, which docs/metrics.md does not have", name)
		}
	}
}

func TestVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--version"}, &stdout, &stderr); code != 0 || !strings.HasPrefix(stdout.String(), "pmta_exporter, version ") {
		t.Errorf("--version ends with %d and says %q", code, stdout.String())
	}
}

// TestP9KeyStaysSecret runs the whole program with an API key, at its most
// talkative, while PowerMTA is well and while it fails, and looks for the key
// in all that comes out.
func TestP9KeyStaysSecret(t *testing.T) {
	const canary = "canary_0123456789_0123456789_0123456789"
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	s := pmtatest.NewServer(pmtatest.WithState(office()), pmtatest.WithAPIKey(canary))
	defer s.Close()
	args := []string{"--pmta.uri=" + s.URL, "--pmta.api-key-file=" + file, "--collector.license", "--log.level=debug"}
	root, log := inProcess(t, args...)
	var seen strings.Builder
	for _, fault := range []pmtatest.Fault{{}, {Kind: pmtatest.FaultHTML}, {Kind: pmtatest.FaultStatus, N: 403}, {Kind: pmtatest.FaultReset}} {
		s.SetFaults(map[string]pmtatest.Fault{"*": fault})
		for _, path := range []string{"/", "/metrics", "/nothing"} {
			_, body := fetch(t, root+path)
			seen.Write(body)
		}
		_, text := checked(t, args...)
		seen.WriteString(text)
	}
	seen.WriteString(log.String())
	if text := seen.String(); strings.Contains(text, canary) || !strings.Contains(text, "pmta_license_info{") {
		t.Errorf("the key is in what comes out, or nothing is:\n%s", text)
	}
}

// TestM10BadVariable: a value from the environment is told by its variable.
func TestM10BadVariable(t *testing.T) {
	t.Setenv("PMTA_EXPORTER_COLLECTOR_JOBS", "maybe")
	var stdout, stderr bytes.Buffer
	if code := run(nil, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "variable PMTA_EXPORTER_COLLECTOR_JOBS: ") {
		t.Errorf("run = %d and says\n%s", code, stderr.String())
	}
}

// TestM10BadStarts: what cannot work ends the program at once, with one line
// that says what to change.
func TestM10BadStarts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"unknown flag", []string{"--pmta.url=x"}, "unknown long flag '--pmta.url'"},
		{"unknown command", []string{"brew"}, "brew"},
		{"bad duration", []string{"--pmta.timeout=soon"}, "--pmta.timeout: "},
		{"bad duration apart", []string{"--pmta.timeout", "soon"}, "--pmta.timeout: "},
		{"bad size", []string{"--pmta.max-body-bytes=9999999999999GiB"}, "--pmta.max-body-bytes: "},
		{"bad port", []string{"--pmta.uri=http://127.0.0.1:99999"}, "--pmta.uri"},
		{"query for a path", []string{"--web.telemetry-path=/a?b"}, "--web.telemetry-path"},
		{"series for no files", []string{"--scan.max-series=0"}, "--scan.max-series"},
		{"web configuration", []string{"--web.config.file=/nowhere"}, "--web.config.file"},
		{"bad format", []string{"--pmta.format=html"}, "xml,json,dom"},
		{"format of the command alone", []string{"--pmta.format=dom"}, "choose xml or json"},
		{"command without a path", []string{"--pmta.uri=exec:pmta"}, "exec:/usr/sbin/pmta"},
		{"certificate of a command", []string{"--pmta.uri=exec:/usr/sbin/pmta", "--pmta.tls.server-name=x"}, "leave them out"},
		{"no items", []string{"--pmta.uri=exec:/usr/sbin/pmta", "--pmta.max-items=0"}, "--pmta.max-items"},
		{"license without a key", []string{"--collector.license"}, "--pmta.api-key-file"},
		{"key that is not there", []string{"--pmta.api-key-file=/nowhere"}, "/nowhere"},
		{"option for a domain", []string{"--collector.queues.watch=--errors"}, "give one like gmail.com"},
		{"path that is none", []string{"--web.telemetry-path=/{"}, "--web.telemetry-path"},
		{"path of another page", []string{"--web.telemetry-path=/-/ready"}, "--web.telemetry-path"},
		{"relative path", []string{"--web.telemetry-path=metrics"}, "give one like /metrics"},
		{"bad URI", []string{"--pmta.uri=ftp://127.0.0.1"}, "give one like https://127.0.0.1:8080"},
		{"bad pin", []string{"--pmta.tls.pin-sha256=00"}, "64 hexadecimal digits"},
		{"CA file that is not there", []string{"--pmta.tls.ca-file=/nowhere"}, "/nowhere"},
		{"bad glob", []string{"--scan.accounting=["}, "--scan.accounting"},
		{"too few series", []string{"--scan.accounting=*.csv", "--scan.max-series=1"}, "--scan.max-series"},
		{"no series", []string{"--collector.queues.max-series=0"}, "--collector.NAME.max-series"},
		{"no time", []string{"--pmta.timeout=1ms"}, "--pmta.timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(c.args, &stdout, &stderr)
			if code != 2 || !strings.Contains(stderr.String(), c.says) || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("run(%q) = %d and says\n%swant 2 and one line with %q", c.args, code, stderr.String(), c.says)
			}
		})
	}
	t.Run("address taken", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		code := run([]string{"--web.listen-address=" + taken.Addr().String()}, &stdout, &stderr)
		if code != 1 || !strings.Contains(stderr.String(), "the address is taken; choose another with --web.listen-address") {
			t.Errorf("run = %d and says\n%s", code, stderr.String())
		}
	})
}

// inProcess runs the program in this process until the test ends, and returns
// the root of its pages and its log.
func inProcess(t *testing.T, args ...string) (root string, log *logBuffer) {
	t.Helper()
	log = newLogBuffer()
	ended := make(chan int, 1)
	go func() { ended <- run(append(args, "--web.listen-address=127.0.0.1:0"), log, log) }()
	t.Cleanup(func() {
		select {
		case code := <-ended:
			t.Errorf("the program ended by itself with %d:\n%s", code, log)
			return
		default:
		}
		sendSignal(t, syscall.SIGTERM)
		select {
		case code := <-ended:
			if code != 0 {
				t.Errorf("the program ended with %d:\n%s", code, log)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("the program did not end within 5 s of SIGTERM:\n%s", log)
		}
	})
	return "http://" + log.waitFor(t, "Listening on", "address"), log
}

// sendSignal sends a signal to this process. The tests take it too, since it
// would end them all when run does not listen for it, yet or any more.
func sendSignal(t *testing.T, s syscall.Signal) {
	t.Helper()
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, s)
	defer signal.Stop(taken)
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Fatal(err)
	}
	<-taken
}

// TestWholeProgram runs everything in this process, against the stand-in and a
// published accounting file.
func TestWholeProgram(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(pmtatest.State{Status: "running", Queues: []pmtatest.Queue{{Domain: "gmail.com", VMTA: "v", Rcp: 7}}}))
	defer server.Close()
	root, log := inProcess(t, "--pmta.uri="+server.URL, "--collector.jobs", "--scan.from=start", "--scan.poll-interval=10ms",
		"--scan.accounting="+filepath.Join("testdata", "samples-logs", "bounce-custom-fields-2016.csv"))
	for page, want := range map[string]string{
		"/":          "pmta_exporter",
		"/-/healthy": "pmta_exporter is healthy.",
		"/metrics":   "pmta_up 1",
	} {
		status, body := fetch(t, root+page)
		if status != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: status %d, body %.200q, want 200 and %q", page, status, body, want)
		}
	}
	for _, page := range []string{"/debug/pprof/", "/nope", "/-/quit"} {
		if status, _ := fetch(t, root+page); status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", page, status)
		}
	}
	all := eventually(t, root+"/metrics", func(s samples) bool { return s.sum("pmta_accounting_records_total") == 2 })
	for series, want := range map[string]float64{
		`pmta_queue_recipients{domain="gmail.com",provider="gmail",vmta="v"}`:                  7,
		`pmta_bounces_total{category="bad-mailbox",class="hard",provider="gmail"}`:             2,
		`pmta_outcomes_total{outcome="hard_bounce",provider="gmail",vmta="pmta-vmta47"}`:       1,
		`pmta_sender_domain_outcomes_total{outcome="hard_bounce",sender_domain="example.net"}`: 2,
		`pmta_source_ip_info{source_ip="192.0.2.50",vmta="pmta-vmta47"}`:                       1,
		`pmta_bounces_total{category="quota-issues",class="soft",provider="yahoo"}`:            0,
		`pmta_scrape_collector_success{collector="jobs"}`:                                      1,
		`pmta_exporter_series_limit{family="pmta_outcomes_total"}`:                             20000,
	} {
		if got, ok := all[series]; !ok || got != want {
			t.Errorf("%s is %v (there: %v), want %v", series, got, ok, want)
		}
	}
	for _, path := range []string{"/", "/metrics", "/-/healthy"} {
		response, err := http.Post(root+path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: status %d, want 405", path, response.StatusCode)
		}
	}
	if status, _ := fetch(t, root+"/-/ready"); status != http.StatusOK {
		t.Errorf("/-/ready: status %d once files were read, want 200", status)
	}
	for line := range strings.Lines(log.String()) {
		if !regexp.MustCompile(`^ts=\S+Z level=(info|warn) caller=\w+\.go:\d+ msg=`).MatchString(line) {
			t.Errorf("log line %q does not look like the others", line)
		}
	}
}

// TestEnvironment gives every kind of flag by its variable.
func TestEnvironment(t *testing.T) {
	t.Setenv("PMTA_EXPORTER_PMTA_URI", "http://127.0.0.1:1")
	t.Setenv("PMTA_EXPORTER_COLLECTOR_JOBS", "true")
	t.Setenv("PMTA_EXPORTER_COLLECTOR_QUEUES", "false")
	t.Setenv("PMTA_EXPORTER_SCAN_ACCOUNTING", "/a/*.csv\n/b/*.csv")
	t.Setenv("PMTA_EXPORTER_SCAN_MAX_RECORD_BYTES", "64KiB")
	c, err := parse(nil, os.Stdout, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if c.pmta.URI != "http://127.0.0.1:1" || c.scan.MaxRecordBytes != 64<<10 ||
		strings.Join(c.scan.Accounting, " ") != "/a/*.csv /b/*.csv" ||
		c.scan.MaxSenderDomains != 500 || strings.Join(c.collector.Enabled, " ") != "status domains vmtas jobs" {
		t.Errorf("config %+v %+v %+v", c.pmta, c.scan, c.collector.Enabled)
	}
}

// TestPowerMTADown: the exporter goes on serving, and says so in one line.
func TestPowerMTADown(t *testing.T) {
	root, log := inProcess(t, "--pmta.uri=http://127.0.0.1:1")
	for range 3 {
		all := scrape(t, root+"/metrics")
		if all.at(t, "pmta_up") != 0 || all.sum("pmta_scrape_collector_success") != 0 {
			t.Errorf("pmta_up %v, successes %v, want 0", all["pmta_up"], all.sum("pmta_scrape_collector_success"))
		}
		all.at(t, `pmta_scrape_collector_success{collector="queues"}`)
	}
	if n := strings.Count(log.String(), "127.0.0.1:1:"); n != 1 {
		t.Errorf("%d lines tell of it, want 1:\n%s", n, log)
	}
}
