package collector

import (
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// overviewText reads the page at / and returns its text.
func overviewText(t *testing.T, e *Exporter) string {
	t.Helper()
	h, err := e.OverviewHandler("1.0", []Link{{"/metrics", "Metrics"}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("status %d, %v, %v", w.Code, w.Header(), err)
	}
	return string(body)
}

// TestOverviewPage follows the page from before the first scrape on.
func TestOverviewPage(t *testing.T) {
	state := scene()
	state.Host.Version = `5.0<script>alert(1)</script>`
	state.Queues = append(state.Queues, pmtatest.Queue{Domain: `"><img src=x>`, VMTA: "news-1", Rcp: 5000, Mode: pmtatest.ModeBackoff})
	s := newServer(t, pmtatest.WithState(state))
	file := filepath.Join(t.TempDir(), "acct.csv")
	o := options(t, s.URL, pmtaclient.XML, "queues", accountingName)
	o.Scanner = newScanner(t, file)
	e := newExporter(t, o)

	holds(t, "before a scrape", overviewText(t, e), []string{"not scraped yet", `href="/metrics"`}, []string{"Largest"})
	requests := len(s.Requests())
	scrape(t, e)
	after := len(s.Requests())
	text := overviewText(t, e)
	holds(t, "after one", text, []string{
		"PowerMTA runs", "Last scrape 0s ago", "5.0&lt;script&gt;", "on mail.example.com, up for 1h30m0s", "<td>smtp<td class=\"n\">150", "<td>deferred<td class=\"n\">",
		"&#34;&gt;&lt;img src=x&gt;/news-1<td>other<td>none, backoff<td class=\"n\">5\u202f000", "gmail.com/news-2<td>gmail<td>remote_throttle, backoff<td class=\"n\">30", "No mail was delivered",
	}, []string{"<script", "<img", "gmail.com/news-1"})
	if strings.Index(text, "/news-1<td>other") > strings.Index(text, "gmail.com/news-2") {
		t.Error("the largest queue does not stand first")
	}
	if requests == after || len(s.Requests()) != after {
		t.Errorf("%d requests before the scrape, %d after it, %d after looking at the page; want them by the scrape alone", requests, after, len(s.Requests()))
	}

	s.SetFaults(all(pmtatest.FaultReset, 0))
	scrape(t, e)
	holds(t, "while PowerMTA is down", overviewText(t, e), []string{"PowerMTA does not answer", "Could not be read: queues, status"}, []string{"Largest", "Backlog"})
}

// holds looks for texts that must and that must not be there.
func holds(t *testing.T, why, text string, want, not []string) {
	t.Helper()
	for _, part := range want {
		if !strings.Contains(text, part) {
			t.Errorf("%s, the page lacks %q:\n%s", why, part, text)
		}
	}
	for _, part := range not {
		if strings.Contains(text, part) {
			t.Errorf("%s, the page holds %q:\n%s", why, part, text)
		}
	}
}

// TestOverviewResults: results are those of the last half hour to hour.
func TestOverviewResults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acct.csv")
	const header = "type,rcpt,vmta,bounceCat\n"
	write := func(text string) {
		t.Helper()
		appendTo(t, file, text)
	}
	write(header + strings.Repeat("d,a@gmail.com,v,\n", 90))
	synctest.Test(t, func(t *testing.T) {
		s := newScanner(t, file)
		e := new(Exporter)
		look := func(after time.Duration) Overview {
			time.Sleep(after)
			s.Poll(t.Context())
			e.last.note(Overview{At: time.Now()}, s.Snapshot())
			return e.Overview()
		}
		want := func(why string, o Overview, since time.Duration, results ...ProviderResults) {
			t.Helper()
			if got := time.Since(o.Since); got != since || len(o.Results) != len(results) {
				t.Fatalf("%s: results of %s: %+v, want of %s: %+v", why, got, o.Results, since, results)
			}
			for i, r := range results {
				if o.Results[i] != r {
					t.Errorf("%s: got %+v, want %+v", why, o.Results[i], r)
				}
			}
		}
		want("at first", look(0), 0, ProviderResults{"gmail", 90, 0, 0, 0})
		write(strings.Repeat("d,a@gmail.com,v,\n", 6) + "b,a@gmail.com,w,bad-mailbox\nb,a@gmail.com,v,spam-related\nb,a@gmail.com,v,quota-issues\n")
		write(strings.Repeat("d,a@yahoo.com,v,\n", 2))
		all, yahoo := ProviderResults{"gmail", 96, 1, 1, 1}, ProviderResults{"yahoo", 2, 0, 0, 0}
		want("a minute later", look(time.Minute), time.Minute, all, yahoo)
		want("before the window ends", look(28*time.Minute), 29*time.Minute, all, yahoo)
		gmail := ProviderResults{"gmail", 6, 1, 1, 1}
		want("when it ends", look(time.Minute), 30*time.Minute, gmail, yahoo)
		write("d,a@yahoo.com,v,\n")
		want("near the end of the next", look(29*time.Minute), 59*time.Minute, gmail, ProviderResults{"yahoo", 3, 0, 0, 0})
		want("when that ends", look(time.Minute), 30*time.Minute, ProviderResults{"yahoo", 1, 0, 0, 0})
	})
}

// TestOverviewEvents: events are those of the last while, and of text logs alone.
func TestOverviewEvents(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	refused := "2026-11-23 10:00:00 Connection refused by mx.example.com\n"
	if err := os.WriteFile(file, []byte(strings.Repeat(refused, 3)), 0o600); err != nil {
		t.Fatal(err)
	}
	options := scanOptions(t)
	options.Logs = []string{file}
	s := startScanner(t, options)
	e := new(Exporter)
	e.last.note(Overview{At: time.Now().Add(window)}, commitPoll(t, s))
	if err := os.WriteFile(file, []byte(strings.Repeat(refused, 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	e.last.note(Overview{At: time.Now().Add(window + time.Minute)}, commitPoll(t, s))
	o := e.Overview()
	if want := (LogEvents{"log", "connection_refused", 2}); len(o.Events) != 1 || o.Events[0] != want || !o.Logging || o.Counting {
		t.Errorf("events %+v, accounting %v, logs %v; want %+v of logs alone", o.Events, o.Counting, o.Logging, want)
	}
}

// TestOverviewLargest compares the queues kept with all of them, sorted.
func TestOverviewLargest(t *testing.T) {
	queues := queuesPage(100, 100)
	keys := make([]queueKey, 100)
	for i := range queues.Queues {
		queues.Queues[i].Recipients = number{Value: float64(i * 37 % 50), OK: true}
		keys[i] = queueKey{queues.Queues[i].Domain, logscan.None, logscan.Other}
	}
	w := waitingOf(queues.Queues, keys, newQueueSums(noon(), 1))
	if len(w.largest) != mostQueues {
		t.Fatalf("%d queues, want %d", len(w.largest), mostQueues)
	}
	// Of the even ones, which have no connection, each size comes twice.
	for i, q := range w.largest {
		if want := float64(48 - i/2*2); q.Recipients != want {
			t.Errorf("queue %d has %v recipients, want %v", i, q.Recipients, want)
		}
	}
}
