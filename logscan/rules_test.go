package logscan

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// rulesWith returns the embedded rules with a provider of its own for each
// domain, called like its first label.
func rulesWith(t testing.TB, domains ...string) Rules {
	t.Helper()
	var rows []provider.Row
	for _, domain := range domains {
		name, _, _ := strings.Cut(domain, ".")
		row := provider.Row{Name: name, Title: name, Source: "this test", Domains: []string{domain}}
		row.Examples.Domains = row.Domains
		rows = append(rows, row)
	}
	providers, err := provider.Extended(rows)
	if err != nil {
		t.Fatal(err)
	}
	rules := testOptions(t).Rules
	rules.Providers = providers
	return rules
}

func (r *rig) setRules(rules Rules) {
	r.Helper()
	r.must(r.s.SetRules(rules))
}

// wantCounts compares the counts of some label sets.
func wantCounts[K comparable](t testing.TB, c Counts[K], want map[K]uint64) {
	t.Helper()
	for k, n := range want {
		if got := valueOf(c, k); got != n {
			t.Errorf("%v counts %d, want %d", k, got, n)
		}
	}
}

const ruleColumns = "type,vmta,rcpt,orig,dsnStatus,bounceCat\n"

// TestM08RulesTakeEffectForNewRecords: the labels of the same names, which were
// remembered, are found anew, and what was counted stays where it is.
func TestM08RulesTakeEffectForNewRecords(t *testing.T) {
	const records = "d,v,a@acme.example,s@one.example,,\nb,v,a@acme.example,s@two.example,,complaint\nb,v,a@acme.example,s@two.example,5.1.1,bad-mailbox\n"
	r := newRig(t)
	r.append("acct", ruleColumns+records)
	r.poll()
	before := r.committed()

	rules := rulesWith(t, "acme.example")
	rules.SenderDomains = []string{"two.example"}
	var err error
	rules.Bounces, err = bounce.Extended(bounce.Rows{
		Codes:      []bounce.CodeRow{{Code: "5.1.1", Class: bounce.Soft, Meaning: "x", Source: "x", Examples: []string{"5.1.1"}}},
		Categories: []bounce.CategoryRow{{Name: "complaint", Class: bounce.Block, Meaning: "x", Source: "x"}},
	})
	r.must(err)
	r.setRules(rules)
	shown := r.committed()
	wantSamePlaces(t, before.Outcomes, shown.Outcomes)
	wantSamePlaces(t, before.Bounces, shown.Bounces)
	wantNewAtZero(t, before.Bounces, shown.Bounces, BounceKey{"acme", "complaint", bounce.Block}, BounceKey{"gmail", "complaint", bounce.Block})

	r.append("acct", records)
	r.poll()
	after := r.committed()
	wantCounts(t, after.Outcomes, map[OutcomeKey]uint64{
		{"other", "v", OutcomeDelivered}: 1, {"other", "v", OutcomeSoftBounce}: 1, {"other", "v", OutcomeHardBounce}: 1,
		{"acme", "v", OutcomeDelivered}: 1, {"acme", "v", OutcomeBlockBounce}: 1, {"acme", "v", OutcomeSoftBounce}: 1,
	})
	wantCounts(t, after.Bounces, map[BounceKey]uint64{
		{"other", "other", bounce.Soft}: 1, {"acme", "complaint", bounce.Block}: 1, {"acme", "bad-mailbox", bounce.Soft}: 1,
	})
	wantCounts(t, after.SenderDomainOutcomes, map[SenderDomainOutcomeKey]uint64{
		{"one.example", OutcomeDelivered}: 1, {Other, OutcomeDelivered}: 1, {"two.example", OutcomeSoftBounce}: 2, {"two.example", OutcomeBlockBounce}: 1,
	})
	wantCounts(t, after.Records, map[acct.Type]uint64{acct.Delivered: 2, acct.Bounced: 4})
}

func TestM08RepliesTakeEffectForNewRecords(t *testing.T) {
	const record = "b,v,\"smtp;550 letter box crowded\"\n"
	r := newRig(t)
	r.append("acct", "type,vmta,dsnDiag\n"+record)
	r.poll()
	rules := testOptions(t).Rules
	var err error
	rules.Replies, err = reply.Extended([]reply.Pattern{{
		ID: "crowded", Reason: "mailbox_full", Expression: "letter box crowded", Meaning: "x", Source: "x", Grade: reply.Captured,
		Examples: []string{"550 letter box crowded"},
	}}, nil)
	r.must(err)
	r.setRules(rules)
	r.append("acct", record)
	r.poll()
	wantCounts(t, r.committed().Replies, map[ReplyKey]uint64{
		{"other", "other", reply.Permanent}: 1, {"other", "mailbox_full", reply.Permanent}: 1,
	})
}

// wantSamePlaces: the collector finds series by their places.
func wantSamePlaces[K comparable](t *testing.T, before, after Counts[K]) {
	t.Helper()
	was, is := slices.Collect(before.All()), slices.Collect(after.All())
	if len(was) == 0 || len(is) < len(was) || !slices.Equal(is[:len(was)], was) {
		t.Errorf("%d series became %d; want the same at the beginning, and there to be some", len(was), len(is))
	}
}

// wantNewAtZero wants label sets that were not there, at 0.
func wantNewAtZero[K comparable](t *testing.T, before, after Counts[K], want ...K) {
	t.Helper()
	count := func(c Counts[K], k K) (n int, value uint64) {
		for s := range c.All() {
			if s.Key == k {
				n, value = n+1, s.Value
			}
		}
		return n, value
	}
	for _, k := range want {
		was, _ := count(before, k)
		if is, value := count(after, k); was != 0 || is != 1 || value != 0 {
			t.Errorf("%v: %d series before, %d after at %d, want none, and one at 0", k, was, is, value)
		}
	}
}

// TestM08RulesThatGoKeepTheirSeries: a provider that is known no more stands
// still, and counts on when it comes back.
func TestM08RulesThatGoKeepTheirSeries(t *testing.T) {
	const record = "d,v,a@acme.example,,,\n"
	r := newRig(t, func(o *Options) { o.Rules = rulesWith(t, "acme.example") })
	r.append("acct", ruleColumns+record)
	for _, step := range []struct {
		rules       Rules
		acme, other uint64
	}{
		{rulesWith(t), 1, 1},
		{rulesWith(t, "acme.example"), 2, 1},
	} {
		r.poll()
		r.setRules(step.rules)
		r.append("acct", record)
		r.poll()
		wantCounts(t, r.committed().Outcomes, map[OutcomeKey]uint64{
			{"acme", "v", OutcomeDelivered}: step.acme, {"other", "v", OutcomeDelivered}: step.other,
		})
	}
}

func TestM08BadRulesChangeNothing(t *testing.T) {
	least := leastSeries(testOptions(t).Providers)
	r := newRig(t, func(o *Options) { o.MaxSeries = least })
	for want, rules := range map[string]Rules{
		"must be given":             {},
		"--scan.max-series is":      rulesWith(t, "acme.example"),
		`sender domain "A.example"`: func() Rules { r := rulesWith(t); r.SenderDomains = []string{"A.example"}; return r }(),
	} {
		if err := r.s.SetRules(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("SetRules() error = %v, want one with %q", err, want)
		}
	}
	r.append("acct", ruleColumns+"d,v,a@acme.example,s@one.example,,\n")
	r.poll()
	wantCounts(t, r.committed().Outcomes, map[OutcomeKey]uint64{{"other", "v", OutcomeDelivered}: 1})
	wantCounts(t, r.committed().SenderDomainOutcomes, map[SenderDomainOutcomeKey]uint64{{"one.example", OutcomeDelivered}: 1})
}

// TestM08CeilingsFollowTheRules: no family gets more label sets than it says,
// also when more providers come to one that is full.
func TestM08CeilingsFollowTheRules(t *testing.T) {
	domains := make([]string, 20)
	for i := range domains {
		domains[i] = fmt.Sprintf("p%d.example", i)
	}
	rules := rulesWith(t, domains...)
	r := newRig(t, func(o *Options) { o.MaxSeries = leastSeries(rules.Providers) })
	records := func() {
		r.append("acct", "type,vmta,rcpt,dlvSourceIp,dlvTlsProtocol,timeQueued,timeLogged,dlvSize\n")
		for i := range 2000 {
			domain := domains[i%len(domains)]
			for _, kind := range []string{"d", "b", "t", "tq", "f", "rb"} {
				r.append("acct", fmt.Sprintf("%s,v%d,a@%s,192.0.2.%d,TLSv1.2,1,2,3\n", kind, i%500, domain, i%250))
			}
		}
		r.poll()
	}
	records()
	wantWithinLimits(t, r.committed())
	full := r.committed().Outcomes
	if full.Overflow == 0 {
		t.Fatal("no family is full, so nothing was tried")
	}
	r.setRules(rules)
	records()
	s := r.committed()
	wantWithinLimits(t, s)
	for _, domain := range domains {
		name, _, _ := strings.Cut(domain, ".")
		if n := valueOf(s.Outcomes, OutcomeKey{name, Other, OutcomeDelivered}); n == 0 {
			t.Errorf("nothing of %s under other, where there is always room", name)
		}
	}
	if len(s.Delays) != len(domains)+1 {
		t.Errorf("%d delays, want those of other and %d providers", len(s.Delays), len(domains))
	}
}

// TestM08CeilingOfFullFamily: label sets with a name stay, and more providers
// need more rows of Other.
func TestM08CeilingOfFullFamily(t *testing.T) {
	f := newOpenFamily(100, 2*5, OutcomeKey.open)
	fill(&f, 1000)
	for i := range 1000 { // names already known fill what is left
		for _, o := range outcomes() {
			f.add(OutcomeKey{"yahoo", fmt.Sprintf("v%d", i), o}, 1, time.Time{})
		}
	}
	f.bound(100, 12*5)
	for i := range 10 {
		for _, o := range outcomes() {
			f.add(OutcomeKey{fmt.Sprintf("p%d", i), "new", o}, 1, time.Time{})
		}
	}
	if f.named != 90 || f.ceiling.limit != 90+12*5 || len(f.rows) > f.ceiling.limit {
		t.Errorf("%d label sets of %d, %d of them with a name; want at most 150, 90 with a name", len(f.rows), f.ceiling.limit, f.named)
	}
}

func TestM08NewCombinationsAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.poll()
		r.setRules(rulesWith(t, "acme.example"))
		pass(commitInterval)
		wantNewAtZero(t, Counts[BounceKey]{}, r.s.Snapshot().Bounces, BounceKey{"acme", "other", bounce.Soft})
	})
}

func wantWithinLimits(t *testing.T, s *Snapshot) {
	t.Helper()
	for name, u := range map[string]Usage{
		"outcomes": s.Outcomes.Usage, "source IP outcomes": s.SourceIPOutcomes.Usage, "bounces": s.Bounces.Usage,
		"deferrals": s.Deferrals.Usage, "source IP deferrals": s.SourceIPDeferrals.Usage, "bytes": s.DeliveredBytes.Usage,
		"TLS": s.TLSDeliveries.Usage, "source IPs": s.SourceIPs.Usage,
		"replies": s.Replies.Usage, "queue errors": s.QueueErrors.Usage, "remote bounces": s.RemoteBounces.Usage,
		"feedback": s.Feedback.Usage, "source IP feedback": s.SourceIPFeedback.Usage, "delays": {Series: len(s.Delays), Limit: s.MaxDelays},
	} {
		if u.Series == 0 || u.Series > u.Limit {
			t.Errorf("%s: %d series, want some and at most %d", name, u.Series, u.Limit)
		}
	}
}

// TestM08ListedSendersHaveRoom: also when others took all places before there
// was a list.
func TestM08ListedSendersHaveRoom(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxSenderDomains = 2 })
	r.append("acct", ruleColumns+"d,v,,a@one.example,,\nd,v,,a@two.example,,\nd,v,,a@three.example,,\n")
	r.poll()
	rules := testOptions(t).Rules
	rules.SenderDomains = []string{"two.example", "three.example"}
	r.setRules(rules)
	r.append("acct", "d,v,,a@one.example,,\nd,v,,a@two.example,,\nd,v,,a@three.example,,\nd,v,,,,\n")
	r.poll()
	got := r.committed().SenderDomainOutcomes
	wantCounts(t, got, map[SenderDomainOutcomeKey]uint64{
		{"one.example", OutcomeDelivered}: 1, {"two.example", OutcomeDelivered}: 2, {"three.example", OutcomeDelivered}: 1,
		{Other, OutcomeDelivered}: 2, {None, OutcomeDelivered}: 1,
	})
	if got.Series != 3 || got.Limit != 3 {
		t.Errorf("%d sending domains of %d, want 3 of 3", got.Series, got.Limit)
	}
}

// TestM07RulesChangeWhileFilesAreReadAndShown is for the race detector.
func TestM07RulesChangeWhileFilesAreReadAndShown(t *testing.T) {
	r := newRig(t)
	rules := []Rules{rulesWith(t, "acme.example"), rulesWith(t)}
	const rounds = 50
	record := "b,v,a@acme.example,s@one.example,,bad-mailbox\n"
	r.append("acct", ruleColumns+strings.Repeat(record, 100))
	var side sync.WaitGroup
	side.Go(func() {
		for i := range rounds {
			if err := r.s.SetRules(rules[i%2]); err != nil {
				t.Error(err)
			}
		}
	})
	side.Go(func() {
		for range rounds {
			r.s.commit(time.Now())
			r.s.Snapshot()
		}
	})
	for range rounds {
		r.append("acct", record)
		r.poll()
	}
	side.Wait()
	total := uint64(0)
	each(r.committed().Outcomes, func(_ OutcomeKey, n uint64) { total += n })
	if want := uint64(100 + rounds); total != want {
		t.Errorf("%d results, want %d", total, want)
	}
}
