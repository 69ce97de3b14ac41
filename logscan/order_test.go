package logscan

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// touch sets the time of the last change.
func (r *rig) touch(name string, at time.Time) {
	r.Helper()
	r.must(os.Chtimes(r.path(name), at, at))
}

// TestF24OrderOfTheFirstLook: whatever the times of the files are, those of one
// series are read by their sequence. Across series time decides: a file is as
// new as the newest of its series up to itself.
func TestF24OrderOfTheFirstLook(t *testing.T) {
	chance := rand.New(rand.NewPCG(24, 1)) //nolint:gosec // a test
	o := testOptions(t)
	for game := range 60 {
		r := newRigWith(t, o)
		files := r.datedFiles(chance, game%3)
		r.poll()
		slices.SortFunc(files, func(a, b datedFile) int {
			return cmp.Or(a.asNewAs(files).Compare(b.asNewAs(files)), cmp.Compare(a.day, b.day), cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
		})
		var got, want, rows []string
		for _, f := range r.s.tracker.order {
			got = append(got, f.path)
		}
		for _, f := range files {
			want, rows = append(want, r.path(f.name)), append(rows, f.name, f.name)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("game %d: order %v, want %v", game, got, want)
		}
		for _, f := range files { // grow, and look older all the same
			r.append(f.name, "d,"+f.name+",,\n")
			r.touch(f.name, f.changed.Add(-time.Hour))
		}
		r.want(rows...)
		r.wantRotations(0)
		r.wantTruncations(0)
	}
}

// datedFile is a file with what a test knows of it.
type datedFile struct {
	name, series string
	day, number  int
	changed      time.Time
}

// datedFiles makes some files of two series, and one of none. Their times are
// in order, all equal, or anything.
func (r *rig) datedFiles(chance *rand.Rand, times int) []datedFile {
	now := time.Now()
	files := []datedFile{{name: "acct.csv", changed: now}}
	for i := range 6 {
		f := datedFile{
			series: []string{"acct", "acct-diag"}[chance.IntN(2)], day: 10 + chance.IntN(3), number: 9998 + i, // of 4 digits, then of 5
			changed: []time.Time{now.Add(time.Duration(i) * time.Minute), now, now.Add(time.Duration(chance.IntN(1e6)-5e5) * time.Second)}[times],
		}
		f.name = fmt.Sprintf("%s-2026-11-%d-%04d.csv", f.series, f.day, f.number)
		files = append(files, f)
	}
	for _, f := range files {
		r.append(f.name, header+"d,"+f.name+",,\n")
		r.touch(f.name, f.changed)
	}
	return files
}

// asNewAs is the latest change in the series up to this file.
func (f datedFile) asNewAs(files []datedFile) time.Time {
	latest := f.changed
	for _, g := range files {
		before := g.day < f.day || g.day == f.day && g.number < f.number
		if f.series != "" && g.series == f.series && before && g.changed.After(latest) {
			latest = g.changed
		}
	}
	return latest
}

// A sequence that has outgrown its four digits goes on.
func TestF04SequenceOfFiveDigits(t *testing.T) {
	timed(t, "the newest is not over", func(t *testing.T) {
		r := newRig(t)
		r.append("acct-2026-11-22-9999.csv", header+rows("a"))
		r.append("acct-2026-11-22-10000.csv", header+rows("b")+"d,half")
		r.want("a", "b")
		pass(2 * grace)
		r.want("a", "b")
		r.append("acct-2026-11-22-10000.csv", "-and-half,,\n")
		r.want("a", "b", "half-and-half")
	})
}
