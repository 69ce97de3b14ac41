package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// defaultAddress is the exporter's port: the submission port behind a 10, free
// among exporters and below the ephemeral ports.
const defaultAddress = ":10587"

// config is the command line, as the packages want it.
type config struct {
	pmta      pmtaclient.Options
	timeout   time.Duration
	collector collector.Options
	scan      logscan.Options
	file      string // of --config.file; empty for none
	web       webConfig
	log       promslog.Config
	// check says to try everything once instead of serving, and captureTo where
	// to save what was read.
	check     bool
	captureTo string
	// explaining says to explain replies instead.
	explaining bool
	explain    explainConfig
}

// webConfig says how to serve.
type webConfig struct {
	toolkit                *web.FlagConfig
	telemetryPath          string
	disableExporterMetrics bool
	maxRequests            int
	lifecycle, pprof       bool
	timeout                time.Duration // most that a scrape waits for PowerMTA
}

// parse reads flags and environment. It returns no configuration when a flag
// such as --help was all there is to do.
func parse(args []string, stdout, stderr io.Writer) (*config, error) {
	done := false
	app := kingpin.New("pmta_exporter", "Prometheus exporter for the mail server PowerMTA.")
	app.UsageWriter(stdout)
	app.ErrorWriter(stderr)
	app.Version(version.Print("pmta_exporter"))
	app.VersionFlag.Short('V')
	app.HelpFlag.Short('h')
	app.DefaultEnvars()
	app.Terminate(func(int) { done = true })
	c := &config{}
	finish := []func(){
		c.pmtaFlags(app), c.collectorFlags(app), c.lookupFlags(app), c.scanFlags(app), c.webFlags(app),
	}
	app.Flag("config.file", "YAML file with lists and tables of your own: providers, bounce classes, replies, sending domains, log events, source IPs, blocklists. Read again on SIGHUP.").
		StringVar(&c.file)
	promslogflag.AddFlags(app, &c.log)
	app.Command("serve", "Serve metrics and scan files in the background (the default).").Default()
	check := app.Command("check", "Try everything once and print a line per check, with the fix for each failure; exit with 1 if any failed.")
	check.Flag("sanitized-capture", "Directory to save PowerMTA's answers in, with names and addresses replaced, for bug reports.").
		StringVar(&c.captureTo)
	c.explain.add(app)
	command, err := app.Parse(dashLast(args))
	if err != nil || done {
		return nil, named(app, args, err)
	}
	for _, f := range finish {
		f()
	}
	c.check = command == check.FullCommand()
	if c.explaining = command == c.explain.command.FullCommand(); c.explaining {
		return c, c.explain.validate()
	}
	return c, c.web.validate()
}

// dashLast puts a lone - behind --, because the library takes it for an empty word
// elsewhere.
func dashLast(args []string) []string {
	i := slices.Index(args, "-")
	if i < 0 {
		return args
	}
	return slices.Concat(args[:i], args[i+1:], []string{"--", "-"})
}

// pmtaFlags adds the flags about PowerMTA's web monitor.
func (c *config) pmtaFlags(app *kingpin.Application) func() {
	app.Flag("pmta.uri", "Root of PowerMTA's web monitor, http:// or https://; or exec:/usr/sbin/pmta, the command line tool on this host, whose lists are complete.").
		Default("https://127.0.0.1:8080").StringVar(&c.pmta.URI)
	app.Flag("pmta.timeout", "Most time to wait for PowerMTA; the scrape's own timeout minus 0.5 s wins when it is shorter.").
		Default("9.5s").DurationVar(&c.timeout)
	format := app.Flag("pmta.format", "Format to ask for: xml, which every version speaks, json, or with exec also dom.").
		Default("xml").Enum("xml", "json", "dom")
	app.Flag("pmta.tls.ca-file", "PEM file with the authorities to trust instead of the system's.").
		StringVar(&c.pmta.TLS.CAFile)
	app.Flag("pmta.tls.pin-sha256", "SHA-256 fingerprint of PowerMTA's certificate; recommended, as it is self-signed. A refusal prints the fingerprint presented.").
		StringVar(&c.pmta.TLS.PinSHA256)
	app.Flag("pmta.tls.server-name", "Name to expect in PowerMTA's certificate instead of the URI's host.").
		StringVar(&c.pmta.TLS.ServerName)
	app.Flag("pmta.tls.insecure-skip-verify", "Accept any certificate.").
		BoolVar(&c.pmta.TLS.InsecureSkipVerify)
	app.Flag("pmta.api-key-file", "File with an API key for the web monitor, 32 to 128 letters, digits and underscores. Discouraged: the key is all-powerful in PowerMTA, while an http-access line with monitor suffices.").
		StringVar(&c.pmta.APIKeyFile)
	app.Flag("pmta.max-items", "Length of the lists to ask the command line tool for; over HTTP none can be asked for.").
		Default("100000").IntVar(&c.pmta.MaxItems)
	limit := app.Flag("pmta.max-body-bytes", "Longest answer to read; answers are read as a stream, so this bounds time rather than memory.").
		Default("512MiB").Bytes()
	return func() {
		c.pmta.Format = pmtaclient.Format(*format)
		c.pmta.MaxBodyBytes = int64(*limit)
	}
}

// collectorFlags adds a switch for each collector, and the ceilings.
func (c *config) collectorFlags(app *kingpin.Application) func() {
	on := map[string]*bool{}
	for _, info := range collector.All() {
		state := "off"
		value := "false"
		if info.Default {
			state, value = "on", "true"
		}
		on[info.Name] = app.Flag("collector."+info.Name, info.Help+" Default: "+state+".").Default(value).Bool()
	}
	for _, list := range []struct {
		name, items, most string
		target            *int
	}{
		{"queues", "queues", "1000", &c.collector.MaxQueues},
		{"domains", "domains", "500", &c.collector.MaxDomains},
		{"vmtas", "VirtualMTAs (those in backoff too)", "1000", &c.collector.MaxVMTAs},
		{"jobs", "jobs", "100", &c.collector.MaxJobs},
	} {
		app.Flag("collector."+list.name+".max-series",
			"Most "+list.items+" with series of their own, the largest; the rest is added up as other.").
			Default(list.most).IntVar(list.target)
	}
	app.Flag("collector.queues.watch", "Domain whose queues are asked for by name beside the list, which may be cut; repeatable.").
		StringsVar(&c.collector.Watch)
	return func() {
		for _, info := range collector.All() {
			if *on[info.Name] {
				c.collector.Enabled = append(c.collector.Enabled, info.Name)
			}
		}
		c.collector.Timeout = c.timeout
	}
}

// lookupFlags adds the flags about what is looked up in the DNS.
func (c *config) lookupFlags(app *kingpin.Application) func() {
	on := app.Flag("collector.dnsbl", "Look source IPs up in blocklists and in reverse DNS, in the background. Nothing leaves this host for it while it is off; read the terms of the lists before. Default: off.").
		Default("false").Bool()
	app.Flag("collector.dnsbl.server", "DNS server to ask, as address:port, instead of the system's; many blocklists refuse public resolvers.").
		StringVar(&c.collector.Lookups.Server)
	app.Flag("collector.dnsbl.lookups-per-minute", "Most questions to the DNS in a minute; with many addresses and blocklists a round takes longer than the interval.").
		Default("30").IntVar(&c.collector.Lookups.PerMinute)
	app.Flag("collector.dnsbl.interval", "How long to wait between two lookups of the same address in the same blocklist.").
		Default("1h").DurationVar(&c.collector.Lookups.Interval)
	return func() {
		if *on {
			c.collector.Enabled = append(c.collector.Enabled, collector.DNSBL)
		}
	}
}

// scanFlags adds the flags about the files to follow.
func (c *config) scanFlags(app *kingpin.Application) func() {
	app.Flag("scan.accounting", "Glob of accounting files to follow; repeatable.").
		StringsVar(&c.scan.Accounting)
	app.Flag("scan.log", "Glob of text logs to follow, such as pmta.log and pmtahttp.log; repeatable. What --scan.accounting finds too is an accounting file.").
		StringsVar(&c.scan.Logs)
	from := app.Flag("scan.from", "Where to begin in the files that exist at the very first start: end or start.").
		Default("end").Enum("end", "start")
	app.Flag("scan.max-series", "Most label sets of each family that is counted from files.").
		Default("20000").IntVar(&c.scan.MaxSeries)
	longest := app.Flag("scan.max-record-bytes", "Longest record or line; longer ones are passed over and counted.").
		Default("1MiB").Bytes()
	app.Flag("scan.max-backfill-age", "Files without a change for longer are not caught up with after a pause of the exporter.").
		Default("24h").DurationVar(&c.scan.MaxBackfillAge)
	backfill := app.Flag("scan.max-backfill-bytes", "Most bytes to catch up with after a pause of the exporter, the newest.").
		Default("10GiB").Bytes()
	app.Flag("state.directory", "Directory that keeps counts and positions over restarts; without one, counts start at 0.").
		StringVar(&c.scan.StateDirectory)
	app.Flag("scan.poll-interval", "How often to look for new records, lines and files.").
		Default("500ms").DurationVar(&c.scan.PollInterval)
	return func() {
		c.scan.From = logscan.From(*from)
		c.scan.MaxRecordBytes = int(*longest)
		c.scan.MaxBackfillBytes = int64(*backfill)
		c.scan.MaxSenderDomains = maxSenderDomains
	}
}

// maxSenderDomains is how many sending domains get series, first come first
// served.
const maxSenderDomains = 500

// webFlags adds the flags about serving, under the toolkit's names.
func (c *config) webFlags(app *kingpin.Application) func() {
	c.web.toolkit = kingpinflag.AddFlags(app, defaultAddress)
	app.Flag("web.telemetry-path", "Path under which to expose metrics.").
		Default("/metrics").StringVar(&c.web.telemetryPath)
	app.Flag("web.disable-exporter-metrics", "Leave out metrics about the exporter's process (promhttp_*, process_*, go_*).").
		BoolVar(&c.web.disableExporterMetrics)
	app.Flag("web.max-requests", "Most scrapes at one time; 0 for no limit.").
		Default("40").IntVar(&c.web.maxRequests)
	app.Flag("web.enable-lifecycle", "Reload --config.file on POST or PUT to /-/reload.").
		BoolVar(&c.web.lifecycle)
	app.Flag("web.enable-pprof", "Serve profiles of this program under /debug/pprof/.").
		BoolVar(&c.web.pprof)
	return func() { c.web.timeout = c.timeout }
}

// validate says what to change in web options that cannot work.
func (c *webConfig) validate() error {
	p := c.telemetryPath
	if path.Clean(p) != p || !path.IsAbs(p) || strings.ContainsAny(p, "{}?#% ") || strings.HasPrefix(p, "/-/") || strings.HasPrefix(p, "/debug/pprof/") {
		return fmt.Errorf("--web.telemetry-path %q is no path for metrics: give one like /metrics", p)
	}
	if c.maxRequests < 0 {
		return fmt.Errorf("--web.max-requests is %d: give 0 or more", c.maxRequests)
	}
	return nil
}

// named says of which flag or variable the parser could not read the value: its
// own errors hold the value alone.
func named(app *kingpin.Application, args []string, err error) error {
	if err == nil {
		return nil
	}
	for _, f := range app.Model().Flags {
		for i, arg := range args {
			value, ok := strings.CutPrefix(arg, "--"+f.Name+"=")
			if !ok && arg == "--"+f.Name && i+1 < len(args) {
				value, ok = args[i+1], true
			}
			if ok && sameError(f.Value.Set(value), err) {
				return fmt.Errorf("--%s: %w", f.Name, err)
			}
		}
		if value := os.Getenv(f.Envar); value != "" && sameError(f.Value.Set(value), err) {
			return fmt.Errorf("variable %s: %w", f.Envar, err)
		}
	}
	return err
}

func sameError(a, b error) bool { return a != nil && a.Error() == b.Error() }
