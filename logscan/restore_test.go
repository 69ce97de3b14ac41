package logscan

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
)

// absentNames lists the absent files that would be remembered by the next run.
func (r *rig) absentNames() []string {
	r.Helper()
	r.poll()
	r.s.commit(time.Now())
	state, err := r.s.store.load()
	r.must(err)
	var names []string
	for _, f := range state.Files {
		if _, absent := r.s.tracker.absent[fileID{f.Device, f.Inode}]; absent {
			names = append(names, strings.TrimPrefix(f.Path, r.dir+"/"))
		}
	}
	return slices.Sorted(slices.Values(names))
}

func (r *rig) wantAbsent(want ...string) {
	r.Helper()
	if got := r.absentNames(); !slices.Equal(got, want) {
		r.Errorf("absent files %q, want %q", got, want)
	}
}

// newRigWithOneGone follows two files and lets one go.
func newRigWithOneGone(t *testing.T) *rig {
	t.Helper()
	r := newKeptRig(t)
	r.append("acct", header+rows("a"))
	r.append("acct-2", header+rows("b"))
	r.want("a", "b")
	r.rename("acct", "archive/1")
	r.poll()
	pass(grace)
	r.wantAbsent("acct")
	return r
}

func TestS09FilesLongGone(t *testing.T) {
	const day = 24 * time.Hour
	timed(t, "pruned while running", func(t *testing.T) {
		r := newRigWithOneGone(t)
		pass(20 * day)
		r.rename("acct-2", "archive/2")
		r.poll()
		pass(grace)
		r.wantAbsent("acct", "acct-2")
		pass(absentFor - 20*day)
		r.wantAbsent("acct-2")
		pass(20*day + time.Second)
		r.wantAbsent()
	})
	timed(t, "time without a run does not count", func(t *testing.T) {
		r := newRigWithOneGone(t)
		pass(29 * day)
		r.poll()
		r.stop()
		pass(365 * day)
		r.rename("acct-2", "archive/2")
		r.stop() // before it looked
		r.wantAbsent("acct", "acct-2")
		pass(2 * day)
		r.wantAbsent("acct-2")
	})
}

func TestS09TooManyFilesGone(t *testing.T) {
	timed(t, "the longest gone are forgotten", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		r.edit(func(state *stored) {
			for i := range mostAbsent + 5 {
				state.Files = append(state.Files, storedFile{Inode: uint64(1<<40 + i), Path: fmt.Sprint(r.dir, "/", i), Seen: state.Files[0].Seen - int64(i)})
			}
		})
		r.want("a")
		names := r.absentNames()
		if len(names) != mostAbsent || !slices.Contains(names, "9999") || slices.Contains(names, "10000") {
			t.Errorf("%d absent files, want the %d seen last", len(names), mostAbsent)
		}
		r.rename("acct", "archive/1")
		r.poll()
		pass(grace)
		r.poll()
		if names := r.absentNames(); len(names) != mostAbsent || !slices.Contains(names, "acct") || slices.Contains(names, "9999") {
			t.Errorf("%d absent files, want the one that has just gone among them", len(names))
		}
	})
}

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
		r.wantCounts("bounces{other c1 hard} 1|bounces{other c2 hard} 1|outcomes{other v hard_bounce} 2|records{bounced} 2|replies{other other permanent} 2|vmta_replies{v other} 2")
		r.s.options.Bounces = classesOf(t, "c1")
		r.stop()
		r.append("acct", "b,v,c2\n")
		r.wantCounts("bounces{other c1 hard} 1|bounces{other other soft} 1|outcomes{other v hard_bounce} 2|outcomes{other v soft_bounce} 1|records{bounced} 3|replies{other other permanent} 3|vmta_replies{v other} 3")
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

// wantForward polls, and compares how many records were counted; no lag may be
// negative.
func (r *rig) wantForward(want uint64) {
	r.Helper()
	r.poll()
	if h := r.committed().Accounting; h.Records != want || h.LagBytes < 0 {
		r.Errorf("%d records, lag of %d bytes, want %d", h.Records, h.LagBytes, want)
	}
}

func TestS11StateNewerThanTheFiles(t *testing.T) {
	const records = 200
	old := header + rows(manyNames(records)...)
	timed(t, "files go on from before", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", old+rows("c", "d"))
		r.wantForward(records + 2)
		r.stop()
		r.must(os.Truncate(r.path("acct"), int64(len(old))))
		r.wantForward(records + 2)
		r.wantTruncations(1)
		r.append("acct", rows("e"))
		r.wantForward(records + 3)
	})
	timed(t, "and have grown beyond the position", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", old+rows("c"))
		r.wantForward(records + 1)
		r.stop()
		r.must(os.Truncate(r.path("acct"), int64(len(old))))
		r.append("acct", rows("x", "y", "z"))
		r.wantForward(records + 1 + records + 3) // another file as far as anybody can tell: read from its start
		r.wantTruncations(1)
	})
	timed(t, "files that were not there yet", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct-1", old)
		r.append("acct-2", old)
		r.wantForward(2 * records)
		r.stop()
		r.remove("acct-2")
		r.append("acct-1", rows("c"))
		r.wantForward(2*records + 1)
	})
	timed(t, "the clock as well", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a", "b"))
		r.want("a", "b")
		r.edit(func(state *stored) {
			state.Files[0].Seen += int64(365 * 24 * time.Hour / time.Second)
			state.Created = state.Created.Add(365 * 24 * time.Hour)
		})
		r.append("acct", rows("c"))
		r.want("a", "b", "c")
	})
}

func TestS11FilesNewerThanTheState(t *testing.T) {
	timed(t, "written and rotated since", func(t *testing.T) {
		r := newKeptRig(t)
		r.append("acct", header+rows("a"))
		r.want("a")
		state, err := r.s.store.load()
		r.must(err)
		r.append("acct", rows("b"))
		r.want("a", "b")
		r.rename("acct", "acct.1")
		r.append("acct", header+rows("c"))
		r.want("a", "b", "c")
		r.must(r.s.store.save(state))
		r.kill()
		r.want("a", "b", "c")
	})
}
