package pmtatest

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

const (
	testWarmup = time.Minute
	testLive   = 8 * time.Minute
)

func newTestTraffic(t testing.TB, scenario string, seed uint64) *Traffic {
	t.Helper()
	s, ok := FindScenario(scenario)
	if !ok {
		t.Fatalf("no scenario %q", scenario)
	}
	return NewTraffic(TrafficOptions{Scenario: s, Seed: seed, Start: at("2026-11-23 12:00:00"), Warmup: testWarmup})
}

// TestInvariants runs every scenario and looks at it after each step.
func TestInvariants(t *testing.T) {
	const step = 2 * time.Second
	for _, scenario := range Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			traffic := NewTraffic(TrafficOptions{
				Scenario: scenario, Start: at("2026-11-23 12:00:00"), Warmup: testWarmup, Rate: 20,
			})
			read := newLedger()
			before := traffic.State()
			for range (testWarmup + testLive) / step {
				attempts := traffic.Step(step)
				now := traffic.State()
				readLedger(t, read, attempts)
				readLog(read, traffic.Log())
				checkAttempts(t, attempts)
				checkTotals(t, traffic, now)
				checkConns(t, now)
				checkCounters(t, before, now)
				before = now
				if t.Failed() {
					return
				}
			}
			if got := traffic.Ledger(); !reflect.DeepEqual(got, read) || read.Records[Delivered] == 0 {
				t.Errorf("ledger = %s, want what the records say: %s", toJSON(t, got), toJSON(t, read))
			}
		})
	}
}

// checkTotals compares whatever pages and ledger say about one number of
// recipients.
func checkTotals(t *testing.T, traffic *Traffic, s State) {
	t.Helper()
	var rcp int64
	var kb float64
	domains := map[string]bool{}
	for _, q := range s.Queues {
		rcp += q.Rcp
		kb += q.KB
		domains[q.Domain] = true
	}
	ledger := traffic.Ledger()
	var ended int64
	for _, n := range ledger.Outcomes {
		ended += n
	}
	for name, got := range map[string]int64{
		"received - delivered - bounced - deleted": ledger.Records[Received] - ended,
		"status.queue.smtp.rcp":                    s.QueueTypes[0].Rcp,
		"spool.totalRcp":                           s.Spool.TotalRcp,
		"domains":                                  sum(s.Domains(), func(d Domain) int64 { return d.Rcp }),
		"vmtas":                                    sum(s.VMTAs(), func(v VMTA) int64 { return v.Rcp }),
	} {
		if got != rcp {
			t.Errorf("%s: %s = %d recipients, want %d as in the queues", s.TimeNow, name, got, rcp)
		}
	}
	if got := s.QueueTypes[0].Dom; got != int64(len(domains)) {
		t.Errorf("%s: status.queue.smtp.dom = %d, want %d", s.TimeNow, got, len(domains))
	}
	if got := s.QueueTypes[0].KB; math.Abs(got-kb) > 0.01 {
		t.Errorf("%s: status.queue.smtp.kb = %v, want %v", s.TimeNow, got, kb)
	}
	if files := s.Spool.FilesInUse; files > rcp || files < rcp/2 || files > s.Spool.FilesTotal {
		t.Errorf("%s: %d of %d spool files in use for %d recipients", s.TimeNow, files, s.Spool.FilesTotal, rcp)
	}
}

func checkConns(t *testing.T, s State) {
	t.Helper()
	open := 0
	for _, q := range s.Queues {
		open += q.Conn
		if q.Conn > 0 && (q.Paused || q.RetryTime.After(s.TimeNow)) {
			t.Errorf("%s: %+v has connections while it rests", s.TimeNow, q)
		}
		if len(q.Events) > 10 {
			t.Errorf("%s: %s has %d events, want at most 10", s.TimeNow, q.Name(), len(q.Events))
		}
		for i := range len(q.Events) - 1 {
			if q.Events[i].Time.Before(q.Events[i+1].Time) {
				t.Errorf("%s: events of %s are not newest first", s.TimeNow, q.Name())
			}
		}
	}
	if c := s.Conns.Out; c.Cur != open || c.Cur > c.Max || c.Top < c.Cur {
		t.Errorf("%s: conn.smtpOut = %+v, want cur %d ≤ max and ≤ top", s.TimeNow, c, open)
	}
	if c := s.Conns.In; c.Cur > c.Max || c.Top < c.Cur {
		t.Errorf("%s: conn.smtpIn = %+v, want cur ≤ max and ≤ top", s.TimeNow, c)
	}
}

func checkCounters(t *testing.T, before, now State) {
	t.Helper()
	if now.StartupTime.After(before.StartupTime) {
		return // restarted: they may fall
	}
	a, b := before.Volumes.Total, now.Volumes.Total
	for name, fell := range map[string]bool{
		"out.rcp":               b.Out.Rcp < a.Out.Rcp,
		"out.msg":               b.Out.Msg < a.Out.Msg,
		"out.kb":                b.Out.KB < a.Out.KB,
		"in.rcp":                b.In.Rcp < a.In.Rcp,
		"in.msg":                b.In.Msg < a.In.Msg || b.In.Msg > b.In.Rcp,
		"in.kb":                 b.In.KB < a.In.KB,
		"bounceProcessed":       b.BounceProcessed < a.BounceProcessed,
		"feedbackLoopProcessed": b.FeedbackLoopProcessed < a.FeedbackLoopProcessed,
	} {
		if fell {
			t.Errorf("%s: traffic.total.%s fell from %+v to %+v", now.TimeNow, name, a, b)
		}
	}
}

// checkAttempts looks for values that records of a type must or must not have.
func checkAttempts(t *testing.T, attempts []Attempt) {
	t.Helper()
	for _, a := range attempts {
		perRecipient := a.Type != TransientQueue
		host := a.DSNMta != ""
		wrong := a.Logged.Nanosecond() != 0 ||
			a.VMTA == "" || a.Queue == "" ||
			perRecipient != (a.Rcpt != "" && a.Orig != "" && !a.Queued.IsZero()) ||
			host != (a.DestinationIP != "") && a.Type != Received && a.Type != RemoteBounce ||
			(a.Type == Delivered) != (a.Size > 0) ||
			(a.Type == Delivered || a.Type == Transient) && !host ||
			a.Logged.Before(a.Queued)
		if wrong {
			t.Fatalf("attempt lacks a value or has one too many: %+v", a)
		}
	}
}

func TestTrafficIsDeterministic(t *testing.T) {
	t.Parallel()
	whole := newTestTraffic(t, "backoff-storm", 7)
	pieces := newTestTraffic(t, "backoff-storm", 7)
	other := newTestTraffic(t, "backoff-storm", 8)
	got := whole.Step(2 * time.Minute)
	var want []Attempt
	for range 1200 {
		want = append(want, pieces.Step(100*time.Millisecond)...)
	}
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(whole.State(), pieces.State()) {
		t.Error("the same seed gives other mail when its time is cut into other steps")
	}
	if reflect.DeepEqual(got, other.Step(2*time.Minute)) {
		t.Error("another seed gives the same mail")
	}
}

func TestRateOfArrivals(t *testing.T) {
	traffic := NewTraffic(TrafficOptions{Rate: 200})
	traffic.Step(time.Minute)
	if got := traffic.State().Volumes.Total.In.Rcp; got < 11950 || got > 12050 {
		t.Errorf("%d recipients in a minute at 200 per second, want about 12000", got)
	}
}

func TestLedgerJSON(t *testing.T) {
	traffic := newTestTraffic(t, "stuck-queue", 1)
	traffic.Step(testWarmup)
	want := traffic.Ledger()
	var got Ledger
	if err := json.Unmarshal(toJSON(t, want), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ledger read back = %s, want %s", toJSON(t, got), toJSON(t, want))
	}
	traffic.Step(time.Minute)
	if reflect.DeepEqual(traffic.Ledger(), want) || !reflect.DeepEqual(got, want) {
		t.Error("a ledger once returned changes with the traffic, want a copy")
	}
}

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
