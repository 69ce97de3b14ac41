package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// checkLogs looks at the text logs: whether they can be read, and whether their
// lines look like PowerMTA's.
func checkLogs(r *report, o logscan.Options, c *textlog.Catalogue) {
	if len(o.Logs) == 0 {
		r.skip("log", "no text logs are named: add --scan.log='/var/log/pmta/*log*' to count their lines and events")
	}
	for _, pattern := range o.Logs {
		checkLog(r, logscan.InspectLog(pattern, o.Accounting, c))
	}
}

func checkLog(r *report, in logscan.LogInspection) {
	name := "log " + in.Pattern
	for _, err := range in.Failures {
		r.fail(name, "%v: let this user read the directory (setfacl -m u:USER:rX), or make it a member of group pmta", err)
	}
	sum := logscan.LogFileInspection{Events: map[textlog.Event]int{}}
	for _, f := range in.Files {
		if f.Err != nil {
			r.fail(name, "%v: let this user read the logs: log-file-world-readable true, setfacl, or group pmta", f.Err)
			return // one is enough to know
		}
		sum.Lines += f.Lines
		sum.Timed += f.Timed
		for event, n := range f.Events {
			sum.Events[event] += n
		}
	}
	switch {
	case len(in.Failures) > 0:
	case len(in.Files) == 0:
		r.skip(name, "no file matches, which is fine if PowerMTA has not written it yet; else check the path, and quote the glob")
	case sum.Lines == 0:
		r.skip(name, "%d found and readable, without a whole line yet", len(in.Files))
	default:
		r.ok(name, "%d found and readable, the newest is %s; of %d lines %d %% begin with a time; events: %s",
			len(in.Files), in.Files[0].Path, sum.Lines, 100*sum.Timed/sum.Lines, eventsOf(sum.Events))
	}
}

// eventsOf lists events with their counts.
func eventsOf(counts map[textlog.Event]int) string {
	var list []string
	for _, event := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", event, counts[event]))
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
