package logscan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// catalogue has the providers of these names, each with the domain name.example.
func catalogue(t testing.TB, names ...string) *provider.Catalogue {
	t.Helper()
	text := "providers:\n"
	for _, name := range names {
		text += fmt.Sprintf("- {name: %s, title: T, domains: [%s.example], source: S, examples: {domains: [%s.example]}}\n", name, name, name)
	}
	c, err := provider.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// classesOf has the categories of these names.
func classesOf(t testing.TB, categories ...string) *bounce.Table {
	t.Helper()
	text := "codes:\n- {code: 4.*.*, class: soft, meaning: M, source: S, examples: [4.4.1]}\ncategories:\n"
	for _, name := range categories {
		text += fmt.Sprintf("- {name: %s, class: hard, meaning: M, source: S}\n", name)
	}
	text += "- {name: other, class: soft, meaning: M, source: S}\n"
	table, err := bounce.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// wantCounts compares what is shown, lines parted by |.
func (r *rig) wantCounts(want string) {
	r.Helper()
	r.poll()
	if got := strings.ReplaceAll(strings.TrimSpace(describe(r.committed())), "\n  ", "|"); got != want {
		r.Errorf("counted\n%s, want\n%s", got, want)
	}
}

const leftOut = "Left out kept counts"

func TestS10WordsOfTheCatalogueGo(t *testing.T) {
	timed(t, "a provider", func(t *testing.T) {
		r := newKeptRig(t, func(o *Options) { o.Providers = catalogue(t, "p", "q") })
		r.append("acct", "type,rcpt,vmta,timeLogged,timeQueued\nd,u@p.example,v,5,1\nd,u@q.example,v,5,1\n")
		r.wantCounts("delay{p} sum 4 native map[16:1] of 1|delay{q} sum 4 native map[16:1] of 1|" +
			"outcomes{p v delivered} 1|outcomes{q v delivered} 1|records{delivered} 2")
		created := slices.Collect(r.committed().Outcomes.All())[0].Created
		r.s.options.Providers = catalogue(t, "p")
		pass(time.Hour)
		r.stop()
		r.wantCounts("delay{p} sum 4 native map[16:1] of 1|outcomes{p v delivered} 1|records{delivered} 2")
		r.wantLog(leftOut, 1)
		if first := slices.Collect(r.committed().Outcomes.All())[0]; !first.Created.Equal(created) {
			t.Errorf("%+v, want it created at %s", first, created)
		}
		r.append("acct", "d,u@q.example,v,,\n")
		r.wantCounts("delay{p} sum 4 native map[16:1] of 1|outcomes{other v delivered} 1|outcomes{p v delivered} 1|records{delivered} 3")
		r.stop()
		r.wantLog(leftOut, 1) // they are not in the state any more
	})
	timed(t, "a category", func(t *testing.T) {
		r := newKeptRig(t, func(o *Options) { o.Bounces = classesOf(t, "c1", "c2") })
		r.append("acct", "type,vmta,bounceCat\nb,v,c1\nb,v,c2\n")
		r.wantCounts("bounces{other c1 hard} 1|bounces{other c2 hard} 1|outcomes{other v hard_bounce} 2|records{bounced} 2")
		r.s.options.Bounces = classesOf(t, "c1")
		r.stop()
		r.append("acct", "b,v,c2\n")
		r.wantCounts("bounces{other c1 hard} 1|bounces{other other soft} 1|outcomes{other v hard_bounce} 2|outcomes{other v soft_bounce} 1|records{bounced} 3")
		r.wantLog(leftOut, 1)
	})
}

// vmtas makes deliveries and a bounce for each of n VirtualMTAs.
func vmtas(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "d,v%d,,\nb,v%d,,\n", i, i)
	}
	return b.String()
}

func TestS10OtherCeiling(t *testing.T) {
	counts := func(r *rig) map[OutcomeKey]uint64 {
		got := map[OutcomeKey]uint64{}
		each(r.committed().Outcomes, func(k OutcomeKey, n uint64) { got[k] = n })
		return got
	}
	few := func(o *Options) { o.Providers, o.MaxSeries = catalogue(t, "p"), 60 } // 50 with a name
	timed(t, "the same, and full", func(t *testing.T) {
		r := newKeptRig(t, few)
		r.append("acct", header+vmtas(100)+vmtas(100))
		r.poll()
		before, usage := counts(r), r.committed().Outcomes.Usage
		r.stop()
		if after := counts(r); !maps.Equal(after, before) || r.committed().Outcomes.Usage != usage || usage.Overflow == 0 {
			t.Errorf("%d label sets, %+v, want %d, %+v", len(after), r.committed().Outcomes.Usage, len(before), usage)
		}
		r.wantLog(leftOut, 0)
	})
	timed(t, "lower, then higher", func(t *testing.T) {
		r := newKeptRig(t, few)
		r.append("acct", header+vmtas(18))
		r.poll()
		r.s.options.MaxSeries = 30 // 20 with a name
		r.stop()
		after := counts(r)
		if len(after) != 16 || after[OutcomeKey{"other", "v0", OutcomeDelivered}] != 1 || after[OutcomeKey{"other", "v17", OutcomeDelivered}] != 0 {
			t.Errorf("%d label sets, want the 8 names that came first", len(after))
		}
		r.wantLog(leftOut, 1)
		r.append("acct", vmtas(18))
		r.poll()
		if got := counts(r)[OutcomeKey{"other", Other, OutcomeDelivered}]; got != 10 {
			t.Errorf("%d under other, want 10 since then", got)
		}
		r.s.options.MaxSeries = 60
		r.stop()
		r.append("acct", "d,new,,\n")
		r.poll()
		if got := counts(r); got[OutcomeKey{"other", "v0", OutcomeDelivered}] != 2 || got[OutcomeKey{"other", "new", OutcomeDelivered}] != 1 {
			t.Errorf("%v, want v0 twice, and a new name", got)
		}
	})
	timed(t, "of sender domains", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", "type,orig\nd,a@x.example\nd,a@y.example\nd,\n")
		r.poll()
		r.s.options.MaxSenderDomains = 1
		r.stop()
		r.wantCounts("outcomes{other none delivered} 3|records{delivered} 3|sender_domain_outcomes{none delivered} 1|sender_domain_outcomes{x.example delivered} 1")
		r.wantLog(leftOut, 1)
	})
}
