package logscan

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// fill adds deliveries and bounces of one provider for n VirtualMTAs.
func fill(f *family[OutcomeKey], n int) {
	for i := range n {
		for _, o := range outcomes() {
			f.add(OutcomeKey{"gmail", fmt.Sprintf("v%d", i), o}, 1, time.Time{})
		}
	}
}

func countsOf[K comparable](f *family[K]) map[K]uint64 {
	counts := map[K]uint64{}
	each(f.committed(), func(k K, n uint64) { counts[k] = n })
	return counts
}

func TestM01CeilingOfSeries(t *testing.T) {
	f := newOpenFamily(100, 5, OutcomeKey.open)
	fill(&f, 1000)
	counts, usage := countsOf(&f), f.committed().Usage
	if usage.Series > 100 || usage.Series != len(counts) || usage.Limit != 100 {
		t.Errorf("%d series, usage %+v, want at most 100", len(counts), usage)
	}
	total := uint64(0)
	for _, o := range outcomes() {
		total += counts[OutcomeKey{"gmail", Other, o}]
	}
	if total != usage.Overflow || total == 0 {
		t.Errorf("%d counted under other, overflow %d, want the same", total, usage.Overflow)
	}
	for _, o := range outcomes() {
		if n := counts[OutcomeKey{"gmail", "v0", o}]; n != 1 {
			t.Errorf("first VirtualMTA has %s %d, want 1", o, n)
		}
	}
	sum := uint64(0)
	for _, n := range counts {
		sum += n
	}
	if sum != 5000 {
		t.Errorf("sum %d, want all 5000", sum)
	}
}

func TestCeilingIsSticky(t *testing.T) {
	f := newOpenFamily(100, 5, OutcomeKey.open)
	for i := range 1000 {
		f.add(OutcomeKey{"gmail", fmt.Sprintf("v%d", i), OutcomeDelivered}, 1, time.Time{})
	}
	before := len(f.rows)
	f.add(OutcomeKey{"gmail", "v0", OutcomeDelivered}, 1, time.Time{})
	f.add(OutcomeKey{"gmail", "v0", OutcomeHardBounce}, 1, time.Time{}) // room is kept for it
	f.add(OutcomeKey{"gmail", "v999", OutcomeHardBounce}, 1, time.Time{})
	counts := countsOf(&f)
	if n := counts[OutcomeKey{"gmail", "v0", OutcomeDelivered}]; n != 2 {
		t.Errorf("known label set counts %d, want 2", n)
	}
	if n := counts[OutcomeKey{"gmail", "v0", OutcomeHardBounce}]; n != 1 {
		t.Errorf("new label set of a known name counts %d, want 1", n)
	}
	if n := counts[OutcomeKey{"gmail", Other, OutcomeHardBounce}]; n != 1 {
		t.Errorf("unknown name counts %d under other, want 1", n)
	}
	if len(f.rows) != before+2 {
		t.Errorf("%d new rows, want 2", len(f.rows)-before)
	}
}

// A family that says only which label sets there are has nothing to keep
// complete: it takes new names up to its ceiling.
func TestCeilingOfInfo(t *testing.T) {
	f := newInfoFamily(100, SourceIPVMTAKey.open)
	for i := range 200 {
		f.add(SourceIPVMTAKey{fmt.Sprintf("192.0.2.%d", i), "v"}, 1, time.Time{})
	}
	f.add(SourceIPVMTAKey{"192.0.2.1", "w"}, 1, time.Time{})
	counts, usage := countsOf(&f), f.committed().Usage
	if usage != (Usage{Series: 100, Limit: 100, Overflow: 102}) || counts[SourceIPVMTAKey{"192.0.2.98", "v"}] != 1 {
		t.Errorf("usage %+v, want 99 addresses, other, and 102 under other", usage)
	}
}

// Other has room however full a family is.
func TestCeilingKeepsRoomForOther(t *testing.T) {
	providers := []string{"p0", "p1", "p2", "p3"}
	f := newOpenFamily(100, len(providers)*len(outcomes()), OutcomeKey.open)
	for i := range 200 {
		for _, provider := range providers {
			f.add(OutcomeKey{provider, fmt.Sprintf("v%d", i), OutcomeDelivered}, 1, time.Time{})
		}
	}
	for _, o := range outcomes() { // names already known fill what is left
		for i := range 1000 {
			f.add(OutcomeKey{providers[i%4], fmt.Sprintf("v%d", i/4), o}, 1, time.Time{})
		}
	}
	if f.named != 80 || len(f.rows) != 100 {
		t.Errorf("%d label sets with names of %d, want 80 of 100", f.named, len(f.rows))
	}
}

func TestCeilingOfSenderDomains(t *testing.T) {
	f := newNamesFamily(500, len(outcomes()), SenderDomainOutcomeKey.open)
	f.add(SenderDomainOutcomeKey{None, OutcomeDelivered}, 1, time.Time{})
	for i := range 1000 {
		for _, o := range outcomes() {
			f.add(SenderDomainOutcomeKey{fmt.Sprintf("d%d.example", i), o}, 1, time.Time{})
		}
	}
	counts := countsOf(&f)
	for _, o := range outcomes() {
		if n := counts[SenderDomainOutcomeKey{"d499.example", o}]; n != 1 {
			t.Errorf("500th domain has %s %d, want 1", o, n)
		}
		if n := counts[SenderDomainOutcomeKey{Other, o}]; n != 500 {
			t.Errorf("other has %s %d, want 500", o, n)
		}
	}
	if usage := f.committed().Usage; usage != (Usage{Series: 500, Limit: 500, Overflow: 2500}) {
		t.Errorf("usage %+v, want 500 of 500 domains and an overflow of 2500", usage)
	}
}

func TestCountsNeverChange(t *testing.T) {
	f := newOpenFamily(1000, 5, VMTAKey.open)
	created := time.Unix(1, 0)
	f.add(VMTAKey{"gmail", "a"}, 1, created)
	before := f.committed()
	f.add(VMTAKey{"gmail", "a"}, 1, time.Unix(2, 0))
	f.add(VMTAKey{"gmail", "b"}, 1, time.Unix(2, 0))
	if got, want := slices.Collect(before.All()), (Series[VMTAKey]{VMTAKey{"gmail", "a"}, 1, created}); len(got) != 1 || got[0] != want {
		t.Errorf("series %+v, want only %+v", got, want)
	}
	if got, want := slices.Collect(f.committed().All()), (Series[VMTAKey]{VMTAKey{"gmail", "a"}, 2, created}); len(got) != 2 || got[0] != want {
		t.Errorf("series %+v, want two, first %+v", got, want)
	}
}
