package collector

import (
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

func TestStateLog(t *testing.T) {
	var logged strings.Builder
	s := newServer(t, pmtatest.WithMaxItems(2))
	o := options(t, s.URL, pmtaclient.XML, "queues", "domains")
	o.Logger = level.NewFilter(log.NewLogfmtLogger(&logged), level.AllowInfo())
	e := newExporter(t, o)
	steps := []struct {
		why    string
		faults map[string]pmtatest.Fault
		says   []string // parts of the lines, one each
	}{
		{"lists that are cut are named once", nil, []string{"page=queues returned=2 reported=7 hint=\"set \\\"http-default-max-items 1000\\\"", "page=domains"}},
		{"nothing new", nil, nil},
		{"all fail: one line", all(pmtatest.FaultReset, 0), []string{"--pmta.uri"}},
		{"they still fail", all(pmtatest.FaultReset, 0), nil},
		{"they fail otherwise", all(pmtatest.FaultStatus, 403), []string{"http-access 127.0.0.1 monitor"}},
		{"they recover", nil, []string{"PowerMTA answers again"}},
		{"one list fails", map[string]pmtatest.Fault{"/queues": {Kind: pmtatest.FaultHTML}}, []string{"page=queues"}},
		{"it recovers", nil, []string{"page=queues"}},
	}
	for _, step := range steps {
		logged.Reset()
		s.SetFaults(step.faults)
		scrape(t, e)
		lines := strings.Split(strings.TrimSuffix(logged.String(), "\n"), "\n")
		if logged.Len() == 0 {
			lines = nil
		}
		if len(lines) != len(step.says) {
			t.Errorf("%s: %d lines, want %d: %s", step.why, len(lines), len(step.says), logged.String())
			continue
		}
		for _, part := range step.says {
			if !strings.Contains(logged.String(), part) {
				t.Errorf("%s: the log lacks %q: %s", step.why, part, logged.String())
			}
		}
	}
}

func all(kind pmtatest.FaultKind, n int) map[string]pmtatest.Fault {
	return map[string]pmtatest.Fault{"*": {Kind: kind, N: n}}
}
