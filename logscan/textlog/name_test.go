package textlog

import "testing"

func TestName(t *testing.T) {
	for _, tc := range []struct{ path, want string }{
		{"/var/log/pmta/log", "log"},
		{"/var/log/pmta/log.3", "log"},
		{"/var/log/pmta/log.10", "log"},
		{"/var/log/pmta/pmta.log", "pmta.log"},
		{"pmta.log.9", "pmta.log"},
		{"pmtahttp.log", "pmtahttp.log"},
		{"pmtahttp.log-2026-11-23", "pmtahttp.log"},
		{"pmtahttp.log-20261123", "pmtahttp.log"},
		{"pmtahttp.log.2026-11-23.2", "pmtahttp.log"},
		{"pmtahttp.log-2026-11-23-1795435200", "pmtahttp.log"},
		{"pmtahttp.log-1795435200", "pmtahttp.log"},
		{"pmta.log-20261123.gz", "pmta.log"},
		{"pmta.log.1.gz", "pmta.log"},
		{"pmta-2026-11-23.log", "pmta.log"},
		{"pmta-2026-11-23-0004.log", "pmta.log"},
		{"2026-11-23.log", "log"},
		{"2026-11-23", "other"},
		{"log-1.txt", "log.txt"},
		{"log.txt", "log.txt"},
		{"pmta-startuperr.log", "pmta-startuperr.log"},
		{"vmta1.log", "vmta1.log"},
		{"node-2.log", "node-2.log"},
		{"job-12345678.log", "job-12345678.log"},
		{"a-20261123-b.log", "a-b.log"},
		{"", "other"},
	} {
		if got := Name(tc.path); got != tc.want {
			t.Errorf("Name(%q) = %q, want %q", tc.path, got, tc.want)
		}
	}
}
