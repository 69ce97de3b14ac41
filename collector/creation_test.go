package collector

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// TestOwnCountersHaveCreation: each counter of the exporter's own says when it
// began, so that what it counts between its start and the first scrape is seen
// as an increase. PowerMTA's totals do not, because nobody knows when.
func TestOwnCountersHaveCreation(t *testing.T) {
	o := options(t, newServer(t).URL, pmtaclient.XML)
	before := time.Now()
	o.Scanner = newScanner(t, filepath.Join(t.TempDir(), "*.csv"))
	e := newExporter(t, o)
	made := time.Now()
	o.Scanner.Poll(t.Context())
	all := gather(t, e.families, scrape(t, e).all())
	counters := 0
	for _, f := range e.families {
		if f.kind != counterKind || len(all[f.name]) == 0 {
			continue
		}
		foreign := !strings.HasPrefix(f.name, "pmta_exporter_") && !slices.Contains(e.scan.families(), f)
		counters++
		for _, m := range all[f.name] {
			created := m.GetCounter().GetCreatedTimestamp()
			switch {
			case foreign && created != nil:
				t.Errorf("%s has a creation timestamp, which nobody can know", f.name)
			case !foreign && (created == nil || created.AsTime().Before(before) || created.AsTime().After(made)):
				t.Errorf("%s %v was created at %v, want the time at which the scanner or the exporter was made", f.name, m.GetLabel(), created)
			}
		}
	}
	for _, name := range []string{"records", "bytes", "malformed_records", "skipped_bytes", "rotations", "truncations"} {
		if len(all["pmta_exporter_scan_"+name+"_total"]) == 0 {
			t.Errorf("no counter of %s", strings.ReplaceAll(name, "_", " "))
		}
	}
	if counters < 16 {
		t.Errorf("looked at %d counters, want 16", counters)
	}
}
