package pmtatest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// sight is what a newcomer sees of a scenario: the difference that some seconds
// of live traffic made to the ledger, and the pages and log lines at their end.
type sight struct {
	start, end Ledger
	state      State
	lines      []LogLine
	license    string
	down       bool
}

func watch(t testing.TB, scenario string, d time.Duration) sight {
	t.Helper()
	traffic := newTestTraffic(t, scenario, 1)
	traffic.Step(testWarmup)
	s := sight{start: traffic.Ledger()}
	for range d / time.Second {
		traffic.Step(time.Second)
		s.lines = append(s.lines, traffic.Log()...)
	}
	s.end, s.state, s.down = traffic.Ledger(), traffic.State(), traffic.Down()
	s.license = s.state.LicenseText()
	return s
}

// gained adds up the growth of the counts whose key fits.
func gained(start, end Counts, fits func(Key) bool) (n float64) {
	for key, count := range end {
		if fits(key) {
			n += float64(count - start[key])
		}
	}
	return n
}

func (s sight) outcomes(provider string, outcome Outcome) float64 {
	return gained(s.start.Outcomes, s.end.Outcomes, func(k Key) bool {
		return k.Provider == provider && (outcome == "" || k.Outcome == outcome)
	})
}

func (s sight) deferrals(provider string) float64 {
	return gained(s.start.Deferrals, s.end.Deferrals, func(k Key) bool { return k.Provider == provider })
}

// hardShare is the share of hard bounces in the results of the keys that fit.
func hardShare(start, end Counts, fits func(Key) bool) float64 {
	hard := gained(start, end, func(k Key) bool { return fits(k) && k.Outcome == OutcomeHard })
	return hard / gained(start, end, fits)
}

// queues counts the queues that fit.
func (s sight) queues(fits func(Queue) bool) (n int) {
	for _, q := range s.state.Queues {
		if fits(q) {
			n++
		}
	}
	return n
}

// backoff counts the queues in backoff mode, of these domains or of all.
func (s sight) backoff(domains ...string) int {
	return s.queues(func(q Queue) bool {
		return q.Mode == ModeBackoff && (len(domains) == 0 || slices.Contains(domains, q.Domain))
	})
}

// resting counts the recipients of queues that wait for their next attempt.
func (s sight) resting() (n int64) {
	for _, q := range s.state.Queues {
		if q.Conn == 0 && q.RetryTime.After(s.state.TimeNow) {
			n += q.Rcp
		}
	}
	return n
}

// ofCold is how many attempts went through the VirtualMTA cold-1, and how many
// of those were put off.
func (s sight) ofCold() (tried, deferred float64) {
	isCold := func(k Key) bool { return k.VMTA == "cold-1" }
	deferred = gained(s.start.Deferrals, s.end.Deferrals, isCold)
	return deferred + gained(s.start.Outcomes, s.end.Outcomes, isCold), deferred
}

// size is how many recipients a queue holds.
func (s sight) size(name string) (n int64) {
	for _, q := range s.state.Queues {
		if q.Name() == name {
			n += q.Rcp
		}
	}
	return n
}

func (s sight) logErrors() (n int) {
	for _, line := range s.lines {
		if strings.HasPrefix(line.Text, "Unable to parse") || strings.HasPrefix(line.Text, "Error writing to ") {
			n++
		}
	}
	return n
}

func newestEvent(q Queue, part string) bool {
	return len(q.Events) > 0 && strings.Contains(q.Events[0].Text, part)
}

// sights says what a newcomer must see of each scenario.
func sights() map[string]func(s sight) bool {
	return map[string]func(s sight) bool{
		"calm": func(s sight) bool {
			return s.outcomes("gmail", OutcomeDelivered) > 100 &&
				hardShare(s.start.Outcomes, s.end.Outcomes, func(Key) bool { return true }) < 0.03 &&
				s.backoff() == 0
		},
		"gmail-block": func(s sight) bool {
			return s.outcomes("gmail", OutcomeBlock) > 20 && s.deferrals("gmail") > 20 &&
				s.outcomes("outlook", OutcomeBlock) < 5 &&
				s.backoff("gmail.com") == 6 && s.backoff() < 15
		},
		"yahoo-throttle": func(s sight) bool {
			return s.deferrals("yahoo") > 2*s.outcomes("yahoo", "") && s.deferrals("aol") > 2*s.outcomes("aol", "") &&
				s.backoff("yahoo.com", "ymail.com") > 3 && s.backoff("aol.com") > 2 && s.backoff() < 20 &&
				s.queues(func(q Queue) bool { return newestEvent(q, "[TSS04]") && !q.RetryTime.IsZero() }) > 0 &&
				s.end.Records[TransientQueue]-s.start.Records[TransientQueue] > 5
		},
		"backoff-storm": func(s sight) bool {
			return s.backoff() > len(s.state.Queues)/2
		},
		"deferred-growth": func(s sight) bool {
			return s.end.Records[TransientQueue]-s.start.Records[TransientQueue] > 100 && s.resting() > s.state.Spool.TotalRcp/2
		},
		"hard-bounce-spike": func(s sight) bool {
			sender := hardShare(s.start.SenderOutcomes, s.end.SenderOutcomes,
				func(k Key) bool { return k.SenderDomain == "shop.example.net" })
			source := hardShare(s.start.SourceOutcomes, s.end.SourceOutcomes,
				func(k Key) bool { return k.SourceIP == "192.0.2.13" })
			others := hardShare(s.start.SenderOutcomes, s.end.SenderOutcomes,
				func(k Key) bool { return k.SenderDomain != "shop.example.net" })
			return sender > 0.15 && source > 0.15 && others < 0.03
		},
		"warmup-too-fast": func(s sight) bool {
			tried, deferred := s.ofCold()
			return tried > 15 && deferred/tried > 0.1 && deferred/tried < 0.45
		},
		"tls-failures": func(s sight) bool {
			return s.deferrals("gmail") > 20 &&
				s.queues(func(q Queue) bool { return newestEvent(q, "TLS required for RCPT domain") }) > 3
		},
		"stuck-queue": func(s sight) bool {
			return s.queues(func(q Queue) bool {
				return q.Name() == "comcast.net/news-1" && q.Conn == 0 && newestEvent(q, "All SMTP sources")
			}) == 1 && s.queues(func(q Queue) bool { return q.Name() == "orange.fr/news-2" && q.Paused }) == 1
		},
		"vmta-throttled": func(s sight) bool {
			limited := func(q Queue) bool { return newestEvent(q, "rate limit reached") && !q.RetryTime.IsZero() }
			return s.queues(limited) > 5 &&
				s.queues(func(q Queue) bool { return limited(q) && q.VMTA != "club-1" }) == 0
		},
		"spool-filling":  func(s sight) bool { return s.state.Spool.TotalRcp*10 > s.state.Spool.MaxRcp },
		"license-ending": func(s sight) bool { return strings.Contains(s.license, "  expires: 2026-11-27\n") },
		"log-errors":     func(s sight) bool { return s.logErrors() > 3 },
		"pmta-down":      func(s sight) bool { return s.down },
	}
}

// TestScenariosShowAtOnce looks at each scenario ten seconds after its warm-up.
func TestScenariosShowAtOnce(t *testing.T) {
	t.Parallel()
	tests := sights()
	for _, scenario := range Scenarios() {
		shows, ok := tests[scenario.Name]
		if !ok {
			t.Errorf("no test looks at scenario %q", scenario.Name)
			continue
		}
		if s := watch(t, scenario.Name, 10*time.Second); !shows(s) {
			t.Errorf("%s does not show after ten seconds: %+v", scenario.Name, s.state.Volumes.Total)
		}
		if !strings.HasSuffix(scenario.Title, ".") {
			t.Errorf("title of %s = %q, want a sentence", scenario.Name, scenario.Title)
		}
	}
}

// TestThrottleGoesOn: neither Yahoo nor AOL falls silent while their queues
// wait.
func TestThrottleGoesOn(t *testing.T) {
	t.Parallel()
	early, late := watch(t, "yahoo-throttle", 5*time.Second), watch(t, "yahoo-throttle", 15*time.Second)
	for _, provider := range []string{"yahoo", "aol"} {
		if before, after := early.deferrals(provider), late.deferrals(provider); before < 3 || after < before+5 {
			t.Errorf("%s: %v deferrals after 5 seconds and %v after 15, want them to grow", provider, before, after)
		}
	}
}

// TestScenariosLater looks at what takes minutes.
func TestScenariosLater(t *testing.T) {
	t.Parallel()
	s := watch(t, "calm", 9*time.Minute)
	expired := gained(s.start.Bounces, s.end.Bounces, func(k Key) bool { return k.Category == "message-expired" })
	if expired == 0 {
		t.Error("calm: nothing expired in nine minutes, want the mail for dead domains")
	}
	unbound := gained(s.start.SourceOutcomes, s.end.SourceOutcomes, func(k Key) bool {
		return k.SourceIP == "none" && k.Outcome == OutcomeSoft
	})
	if unbound != expired {
		t.Errorf("calm: %v soft bounces without a source, want the %v expired ones", unbound, expired)
	}
	s = watch(t, "gmail-block", time.Minute)
	if n := s.outcomes("gmail", "") + s.deferrals("gmail"); n > 700 {
		t.Errorf("gmail-block: %v attempts in a minute, want backoff mode to hold back most of the 1000 arrivals", n)
	}
	s = watch(t, "spool-filling", 3*time.Minute)
	if got, want := s.state.Spool.TotalRcp, s.state.Spool.MaxRcp; got < want*9/10 || got > want+1 {
		t.Errorf("spool-filling: %d recipients, want nearly the limit of %d", got, want)
	}
	s = watch(t, "stuck-queue", 5*time.Minute+time.Second)
	if got := s.outcomes("orange", OutcomeDeleted); got == 0 {
		t.Error("stuck-queue: nothing was deleted, want the administrator's work")
	}
	const stuck = "comcast.net/news-1"
	if early := watch(t, "stuck-queue", 30*time.Second).size(stuck); early == 0 || s.size(stuck) != early {
		t.Errorf("stuck-queue: %d recipients after half a minute and %d after five, want the same", early, s.size(stuck))
	}
	tried, deferred := watch(t, "warmup-too-fast", 3*time.Minute).ofCold()
	if deferred/tried < 0.6 {
		t.Errorf("warmup-too-fast: %v of %v attempts were put off within three minutes, want more and more", deferred, tried)
	}
	early, late := watch(t, "deferred-growth", 6*time.Minute), watch(t, "deferred-growth", 12*time.Minute)
	if early.resting() < 3000 || late.resting() < 17*early.resting()/10 {
		t.Errorf("deferred-growth: %d recipients wait after six minutes and %d after twelve, want steady growth",
			early.resting(), late.resting())
	}
}

func TestDeferredRecipientsComeBack(t *testing.T) {
	t.Parallel()
	traffic := newTestTraffic(t, "yahoo-throttle", 1)
	var deferred, late int
	for _, a := range traffic.Step(testWarmup + 3*time.Minute) {
		switch {
		case a.Type == Transient:
			deferred++
		case a.Type == Delivered && a.Logged.Sub(a.Queued) >= retryAfter:
			late++
		}
	}
	if deferred == 0 || late < deferred/10 {
		t.Errorf("%d deliveries were late after %d deferrals, want one in ten at least", late, deferred)
	}
}

func TestRestart(t *testing.T) {
	traffic := newTestTraffic(t, "pmta-down", 1)
	traffic.Step(testWarmup + 4*time.Second)
	before := traffic.State()
	if !slices.ContainsFunc(before.Queues, func(q Queue) bool { return len(q.Events) > 0 }) {
		t.Error("no queue has an event before the outage")
	}
	traffic.Step(2 * time.Second)
	if got := traffic.Step(40 * time.Second); !traffic.Down() || len(got) > 0 {
		t.Fatalf("%d things happened while PowerMTA was down, want none", len(got))
	}
	traffic.Step(5 * time.Second)
	after := traffic.State()
	if traffic.Down() || !after.StartupTime.After(before.TimeNow) {
		t.Errorf("startup time after the outage = %s, want a new one", after.StartupTime)
	}
	if got := after.Volumes.Total.In.Rcp; got == 0 || got > 400 {
		t.Errorf("%d recipients received since the restart, want those of some seconds", got)
	}
	for _, q := range after.Queues {
		for _, e := range q.Events {
			if e.Time.Before(after.StartupTime) {
				t.Fatalf("%s remembers an event from before the restart: %+v", q.Name(), e)
			}
		}
	}
	if before.Spool.TotalRcp < 100 || after.Spool.TotalRcp < before.Spool.TotalRcp/4 {
		t.Errorf("%d recipients queued before and %d after the outage, want the spool to outlive it",
			before.Spool.TotalRcp, after.Spool.TotalRcp)
	}
}

func TestFindScenario(t *testing.T) {
	if s, ok := FindScenario("gmail-block"); !ok || len(s.Effects) == 0 {
		t.Errorf("FindScenario(gmail-block) = %+v, %t", s, ok)
	}
	if s, ok := FindScenario("nonsense"); ok {
		t.Errorf("FindScenario(nonsense) = %+v, want none", s)
	}
}

// TestTrafficServesPages lets pages be read while the traffic moves, for the
// race detector.
func TestTrafficServesPages(t *testing.T) {
	traffic := newTestTraffic(t, "calm", 1)
	s := newServer(t, WithSource(traffic.State), WithMaxItems(0))
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		for range 50 {
			traffic.Step(time.Second)
			traffic.Log()
		}
	}()
	for range 10 {
		for _, page := range []string{"/status", "/queues", "/domains", "/vmtas", "/jobs"} {
			if res, body := get(t, s, page+"?format=json"); !strings.HasSuffix(body, `"status":"success","message":""}`) {
				t.Errorf("GET %s = %d %s", page, res.StatusCode, body)
			}
		}
	}
	<-moved
}
