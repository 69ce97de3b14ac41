package collector

import (
	"maps"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// TestScanHealthShowsEachFigure gives each a value of its own.
func TestScanHealthShowsEachFigure(t *testing.T) {
	f, out := newScanFamilies(), newSamples()
	f.emit(sourceAccounting, &logscan.Health{}, out)
	f.emit(sourceLog, &logscan.Health{
		Followed: true, Created: noon(), Records: 2, Bytes: 3, Rotations: 4, Truncations: 5, LastRecord: time.Unix(6, 0),
		State: logscan.State{LagBytes: 7, OpenFiles: 8, Readable: true},
	}, out)
	for family, want := range map[*family]float64{
		f.records: 2, f.bytes: 3, f.rotations: 4, f.truncations: 5, f.lastRecord: 6, f.lag: 7, f.openFiles: 8, f.isReadable: 1,
	} {
		if got := values(t, out, family); !maps.Equal(got, map[string]float64{"source=log ": want}) {
			t.Errorf("%s is %v, want %v", family.name, got, want)
		}
	}
}
