package logscan

import (
	"fmt"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	if err := testOptions(t).Validate(); err != nil {
		t.Errorf("Validate() = %v, want nil", err)
	}
	least := leastSeries(testOptions(t).Providers)
	cases := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"bad pattern", func(o *Options) { o.Accounting = []string{"/var/log/*", "/var/log/[a"} }, `--scan.accounting "/var/log/[a"`},
		{"empty pattern", func(o *Options) { o.Accounting = []string{""} }, `--scan.accounting ""`},
		{"from", func(o *Options) { o.From = "middle" }, `must be "end" or "start"`},
		{"poll interval", func(o *Options) { o.PollInterval = 0 }, "must be greater than 0"},
		{"short records", func(o *Options) { o.MaxRecordBytes = 4095 }, "must be from 4096"},
		{"long records", func(o *Options) { o.MaxRecordBytes = 1 << 30 }, "must be from 4096"},
		{"few series", func(o *Options) { o.MaxSeries = least - 1 }, fmt.Sprintf("--scan.max-series is %d: must be at least %d", least-1, least)},
		{"no sender domains", func(o *Options) { o.MaxSenderDomains = 0 }, "sender domain limit 0"},
		{"no providers", func(o *Options) { o.Providers = nil }, "must be given"},
		{"no bounces", func(o *Options) { o.Bounces = nil }, "must be given"},
		{"too many sender domains", func(o *Options) { o.MaxSenderDomains, o.SenderDomains = 1, []string{"a.example", "b.example"} }, "2 sender domains: list at most 1"},
		{"sender domain in capitals", func(o *Options) { o.SenderDomains = []string{"A.example"} }, `sender domain "A.example": write`},
		{"sender domain with a wildcard", func(o *Options) { o.SenderDomains = []string{"*.example"} }, `sender domain "*.example": write`},
		{"empty sender domain", func(o *Options) { o.SenderDomains = []string{""} }, `sender domain "": write`},
		{"reserved sender domain", func(o *Options) { o.SenderDomains = []string{"other"} }, `sender domain "other": write`},
		{"sender domain twice", func(o *Options) { o.SenderDomains = []string{"a.example", "a.example"} }, "listed twice"},
		{"bad pattern of logs", func(o *Options) { o.Logs = []string{"/var/log/[a"} }, `--scan.log "/var/log/[a"`},
		{"one pattern for both", func(o *Options) { o.Accounting, o.Logs = []string{"/a/*", "/b/*"}, []string{"/b/*"} }, `--scan.log "/b/*": it is given with --scan.accounting too`},
		{"no logger", func(o *Options) { o.Logger = nil }, "must be given"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions(t)
			c.change(&o)
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("New() error %v, want one with %q", err, c.want)
			}
		})
	}
}
