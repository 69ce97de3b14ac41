package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// request sends a request without a body.
func request(t *testing.T, method, url string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text strings.Builder
	if err := response.Write(&text); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, text.String()
}

// site is a directory with a configuration file and an accounting file, and an
// exporter that uses them.
type site struct {
	*testing.T
	dir, root string
	log       *logBuffer
}

const siteColumns = "type,vmta,rcpt,orig,dsnStatus,bounceCat\n"

func newSite(t *testing.T, config string, args ...string) *site {
	t.Helper()
	server := pmtatest.NewServer(pmtatest.WithState(pmtatest.State{
		Status: "running", Queues: []pmtatest.Queue{{Domain: "acme.example", VMTA: "v", Rcp: 7}},
	}))
	t.Cleanup(server.Close)
	s := &site{T: t, dir: t.TempDir()}
	s.write("config.yaml", config)
	s.write("acct.csv", siteColumns)
	s.root, s.log = inProcess(t, append(args, "--pmta.uri="+server.URL, "--config.file="+s.path("config.yaml"),
		"--scan.from=start", "--scan.poll-interval=10ms", "--scan.accounting="+s.path("acct.csv"))...)
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	s.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// appendTo writes to the end of a file.
func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// deliver adds deliveries to acme.example, and waits until there are so many in
// all.
func (s *site) deliver(n, total int) samples {
	s.Helper()
	appendTo(s.T, s.path("acct.csv"), strings.Repeat("d,v,a@acme.example,a@news.example,2.0.0,\n", n))
	return eventually(s.T, s.root+"/metrics", func(all samples) bool { return all.sum("pmta_outcomes_total") == float64(total) })
}

func (s *site) want(all samples, want map[string]float64) {
	s.Helper()
	for series, n := range want {
		if got := all.at(s.T, series); got != n {
			s.Errorf("%s is %v, want %v", series, got, n)
		}
	}
}

const (
	acme = `
providers:
  - name: acme
    title: Acme
    domains: [acme.example]
    source: this test
    examples: {domains: [acme.example]}
sender_domains: [news.example]
`
	success   = "pmta_exporter_config_last_reload_successful"
	succeeded = "pmta_exporter_config_last_reload_success_timestamp_seconds"
)

// TestM08Reload: a bad file changes nothing and is told, a good one is in force
// for new records and for the queues, and counts keep their values over both.
func TestM08Reload(t *testing.T) {
	s := newSite(t, "", "--web.enable-lifecycle")
	before := s.deliver(3, 3)
	s.want(before, map[string]float64{success: 1, `pmta_outcomes_total{outcome="delivered",provider="other",vmta="v"}`: 3})

	s.write("config.yaml", "providers: []\nprovider: []\n")
	status, _, body := request(t, http.MethodPost, s.root+"/-/reload")
	if want := "line 2: field provider not found"; status != http.StatusInternalServerError || !strings.Contains(body, want) {
		t.Errorf("reload of a bad file: status %d and %q, want 500 and %q", status, body, want)
	}
	bad := s.deliver(2, 5)
	s.want(bad, map[string]float64{
		success: 0, succeeded: before[succeeded], `pmta_outcomes_total{outcome="delivered",provider="other",vmta="v"}`: 5,
		`pmta_queue_recipients{domain="acme.example",provider="other",vmta="v"}`: 7,
	})
	if n := strings.Count(s.log.String(), "Cannot reload the configuration"); n != 1 {
		t.Errorf("%d log lines tell of it, want 1:\n%s", n, s.log)
	}

	s.write("config.yaml", acme)
	if status, _, body := request(t, http.MethodPut, s.root+"/-/reload"); status != http.StatusOK {
		t.Errorf("reload of a good file: status %d: %s, want 200", status, body)
	}
	good := s.deliver(4, 9)
	s.want(good, map[string]float64{
		success: 1, `pmta_outcomes_total{outcome="delivered",provider="other",vmta="v"}`: 5,
		`pmta_outcomes_total{outcome="delivered",provider="acme",vmta="v"}`:       4,
		`pmta_queue_recipients{domain="acme.example",provider="acme",vmta="v"}`:   7,
		`pmta_bounces_total{category="bad-mailbox",class="hard",provider="acme"}`: 0,
		`pmta_accounting_records_total{record="delivered"}`:                       9,
	})
	if good[succeeded] <= before[succeeded] {
		t.Errorf("%s is %v after a good file, want more than %v", succeeded, good[succeeded], before[succeeded])
	}
}

// TestM08Hangup does the same by signal, without the flag for requests.
func TestM08Hangup(t *testing.T) {
	s := newSite(t, acme)
	s.deliver(3, 3)
	s.write("config.yaml", "sender_domains: []\n")
	sendSignal(t, syscall.SIGHUP)
	s.log.waitFor(t, "Cannot reload the configuration", "err")
	s.want(s.deliver(1, 4), map[string]float64{success: 0, `pmta_outcomes_total{outcome="delivered",provider="acme",vmta="v"}`: 4})
	s.write("config.yaml", "sender_domains: [other.example]\n")
	sendSignal(t, syscall.SIGHUP)
	s.log.waitFor(t, "Reloaded the configuration", "path")
	s.want(s.deliver(1, 5), map[string]float64{
		success: 1, `pmta_outcomes_total{outcome="delivered",provider="acme",vmta="v"}`: 4, `pmta_outcomes_total{outcome="delivered",provider="other",vmta="v"}`: 1,
		`pmta_sender_domain_outcomes_total{outcome="delivered",sender_domain="news.example"}`: 4,
		`pmta_sender_domain_outcomes_total{outcome="delivered",sender_domain="other"}`:        1,
	})
}

// TestReloadIsAllowed says who may reload, and how.
func TestReloadIsAllowed(t *testing.T) {
	for _, c := range []struct {
		name, method string
		args         []string
		status       int
		says, log    string
	}{
		{"without the flag", http.MethodPost, []string{"--config.file=" + goodFile()}, 403, "--web.enable-lifecycle", ""},
		{"reading without the flag", http.MethodGet, nil, 405, "POST or PUT", ""},
		{"reading", http.MethodGet, []string{"--web.enable-lifecycle", "--config.file=" + goodFile()}, 405, "POST or PUT", ""},
		{"another method", http.MethodDelete, []string{"--web.enable-lifecycle"}, 405, "POST or PUT", ""},
		{"no file", http.MethodPost, []string{"--web.enable-lifecycle"}, 404, "no --config.file was given", "Nothing to reload"},
		{"a file", http.MethodPost, []string{"--web.enable-lifecycle", "--config.file=" + goodFile()}, 200, "is reloaded", "Reloaded the configuration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, log := inProcess(t, append(c.args, "--pmta.uri=http://127.0.0.1:1")...)
			status, header, body := request(t, c.method, root+"/-/reload")
			if status != c.status || !strings.Contains(body, c.says) || !strings.Contains(log.String(), c.log) {
				t.Errorf("%s /-/reload: status %d and %q, log\n%s\nwant %d and %q, and %q in the log", c.method, status, body, log, c.status, c.says, c.log)
			}
			if allow := header.Get("Allow"); (allow == "POST, PUT") != (c.status == 405) {
				t.Errorf("Allow is %q with status %d", allow, status)
			}
			_, named := scrape(t, root+"/metrics")[success]
			if want := strings.Contains(strings.Join(c.args, " "), "--config.file"); named != want {
				t.Errorf("%s is there: %v, want %v", success, named, want)
			}
		})
	}
}

// TestHangupWithoutFile: the program goes on.
func TestHangupWithoutFile(t *testing.T) {
	root, log := inProcess(t, "--pmta.uri=http://127.0.0.1:1")
	sendSignal(t, syscall.SIGHUP)
	log.waitFor(t, "Nothing to reload", "hint")
	if status, _ := fetch(t, root+"/-/healthy"); status != http.StatusOK {
		t.Errorf("/-/healthy: status %d after SIGHUP, want 200", status)
	}
}

func TestProfiles(t *testing.T) {
	root, _ := inProcess(t, "--pmta.uri=http://127.0.0.1:1", "--web.enable-pprof")
	for _, page := range []string{"/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/cmdline"} {
		if status, body := fetch(t, root+page); status != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: status %d and %d bytes, want 200 and some", page, status, len(body))
		}
	}
}

// TestM07ReloadDuringScrapes: requests and signals that come together, with
// scrapes and records between them, end in the state of the last file.
func TestM07ReloadDuringScrapes(t *testing.T) {
	s := newSite(t, acme, "--web.enable-lifecycle")
	var side sync.WaitGroup
	for range 3 {
		side.Go(func() {
			for range 5 {
				response, err := http.Post(s.root+"/-/reload", "", nil)
				if err != nil {
					t.Error(err)
					return
				}
				if response.Body.Close(); response.StatusCode != http.StatusOK {
					t.Errorf("reload: status %d, want 200", response.StatusCode)
				}
			}
		})
	}
	for i := range 5 {
		s.deliver(2, 2*(i+1))
		sendSignal(t, syscall.SIGHUP)
	}
	side.Wait()
	s.want(s.deliver(1, 11), map[string]float64{
		success: 1, `pmta_outcomes_total{outcome="delivered",provider="acme",vmta="v"}`: 11,
	})
	if age := time.Since(time.Unix(int64(scrape(t, s.root+"/metrics")[succeeded]), 0)); age > time.Minute {
		t.Errorf("the last reload is %s old, want it to be new", age)
	}
}
