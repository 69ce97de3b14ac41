package collector

import (
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// The values of the label source.
const (
	sourceAccounting = "accounting"
	sourceLog        = "log"
)

// maxSources bounds the label source.
const maxSources = 2

// maxReasons bounds the label reason, a closed set of logscan.
const maxReasons = 16

// scanFamilies say how the reading of files goes.
type scanFamilies struct {
	records, bytes, rotations, truncations *family
	malformed, skipped                     *family
	lag, lastRecord, openFiles, isReadable *family

	stateEnabled, stateLoaded, stateSaved, stateSavedAt *family
}

func newScanFamilies() *scanFamilies {
	return &scanFamilies{
		records: counterBy(maxSources, "pmta_exporter_scan_records_total",
			"Records and lines read from files.", "source"),
		bytes: counterBy(maxSources, "pmta_exporter_scan_bytes_total",
			"Bytes of files that were passed, whatever became of them.", "source"),
		malformed: counterBy(maxSources*maxReasons, "pmta_exporter_scan_malformed_records_total",
			"Records that were not as their file's header says; short and long rows are counted by the columns that they have.", "source", "reason"),
		skipped: counterBy(maxSources*maxReasons, "pmta_exporter_scan_skipped_bytes_total",
			"Bytes of files that were not counted as records.", "source", "reason"),
		rotations: counterBy(maxSources, "pmta_exporter_scan_rotations_total",
			"Files that began while others of their glob were followed.", "source"),
		truncations: counterBy(maxSources, "pmta_exporter_scan_truncations_total",
			"Files that became shorter or were written anew.", "source"),
		lag: gaugeBy(maxSources, "pmta_exporter_scan_lag_bytes",
			"Bytes of known files that are not read yet.", "source"),
		lastRecord: gaugeBy(maxSources, "pmta_exporter_scan_last_record_timestamp_seconds",
			"Newest timeLogged of a record, or time of a line.", "source"),
		openFiles: gaugeBy(maxSources, "pmta_exporter_scan_open_files",
			"Files that are open.", "source"),
		stateEnabled: gauge("pmta_exporter_state_enabled",
			"Whether counts and positions are kept over restarts, in --state.directory."),
		stateLoaded: gauge("pmta_exporter_state_load_success",
			"Whether what an earlier run kept could be read at the start, or there was nothing."),
		stateSaved: gauge("pmta_exporter_state_commit_success",
			"Whether the last commit succeeded; while it is 0, counted families stay at the last one that did."),
		stateSavedAt: gauge("pmta_exporter_state_last_commit_timestamp_seconds",
			"Time of the last commit to the state directory."),
		isReadable: gaugeBy(maxSources, "pmta_exporter_scan_readable",
			"Whether every file and directory of the globs may be read.", "source"),
	}
}

func (f *scanFamilies) families() []*family {
	return []*family{
		f.records, f.bytes, f.malformed, f.skipped, f.rotations, f.truncations,
		f.lag, f.lastRecord, f.openFiles, f.isReadable,
		f.stateEnabled, f.stateLoaded, f.stateSaved, f.stateSavedAt,
	}
}

// emit tells how the reading of one source goes, if there is anything to read.
func (f *scanFamilies) emit(source string, h *logscan.Health, out *samples) {
	if !h.Followed {
		return
	}
	out.addSince(h.Created, f.records, float64(h.Records), source)
	out.addSince(h.Created, f.bytes, float64(h.Bytes), source)
	out.addSince(h.Created, f.rotations, float64(h.Rotations), source)
	out.addSince(h.Created, f.truncations, float64(h.Truncations), source)
	out.add(f.lag, float64(h.LagBytes), source)
	out.add(f.openFiles, float64(h.OpenFiles), source)
	out.add(f.isReadable, oneIf(h.Readable), source)
	if !h.LastRecord.IsZero() {
		out.add(f.lastRecord, float64(h.LastRecord.Unix()), source)
	}
	byReason(out, f.malformed, source, h.Malformed)
	byReason(out, f.skipped, source, h.SkippedBytes)
}

func byReason(out *samples, f *family, source string, counts logscan.Counts[acct.Reason]) {
	for s := range counts.All() {
		out.addSince(s.Created, f, float64(s.Value), source, string(s.Key))
	}
}

func (f *scanFamilies) emitState(d logscan.Durability, out *samples) {
	out.add(f.stateEnabled, oneIf(d.Enabled))
	if !d.Enabled {
		return
	}
	out.add(f.stateLoaded, oneIf(d.Loaded))
	out.add(f.stateSaved, oneIf(d.Saved))
	if !d.SavedAt.IsZero() {
		out.add(f.stateSavedAt, float64(d.SavedAt.UnixNano())/1e9)
	}
}
