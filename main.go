// Command pmta_exporter exports what PowerMTA says of itself, and what its
// accounting files and text logs say, as Prometheus metrics.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns 0 after a clean end, 1 when it could not
// serve or a check failed, and 2 for a command line that is not right.
func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "pmta_exporter: %v; try --help\n", err)
		return 2
	case c == nil:
		return 0
	case c.explaining:
		return explain(c, os.Stdin, stdout, stderr)
	}
	logs := newLoggers(&c.log, stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.check {
		return check(ctx, c, stdout)
	}
	p, err := assemble(c, logs.ours)
	if err != nil {
		level.Error(logs.ours).Log("msg", "Cannot start", "err", err)
		return 2
	}
	if err := errors.Join(serve(ctx, c, p, logs), p.close()); err != nil {
		level.Error(logs.ours).Log("msg", "Cannot go on", "err", err)
		return 1
	}
	return 0
}

// parts are what the exporter is made of, before anything runs.
type parts struct {
	client   *pmtaclient.Client
	scanner  *logscan.Scanner // nil when no files are named
	exporter *collector.Exporter
	reloader *reloader
	tables   *tables // at the start: a reload hands out others
}

// assemble makes the parts of a configuration, or says what is wrong with it.
func assemble(c *config, logger log.Logger) (*parts, error) {
	t, err := readTables(c.file)
	if err != nil {
		return nil, err
	}
	return build(c, t, logger)
}

// build makes the parts of a configuration whose file is read.
func build(c *config, t *tables, logger log.Logger) (*parts, error) {
	if file := *c.web.toolkit.WebConfigFile; file != "" {
		if err := web.Validate(file); err != nil {
			return nil, fmt.Errorf("--web.config.file: %w", err)
		}
	}
	client, err := pmtaclient.New(c.pmta)
	if err != nil {
		return nil, err
	}
	scanner, err := newScanner(c.scan, t.rules, logger)
	if err != nil {
		client.Close()
		return nil, err
	}
	o := c.collector
	o.Client, o.Scanner, o.Providers, o.Logger = client, scanner, t.rules.Providers, logger
	o.SourceIPs, o.Zones = t.sourceIPs, t.zones
	o.Plans = t.plans
	exporter, err := collector.New(o)
	if err != nil {
		client.Close()
		return nil, errors.Join(err, closeScanner(scanner))
	}
	if c.file != "" {
		exporter.ConfigRead(time.Now())
	}
	r := &reloader{path: c.file, scanner: scanner, exporter: exporter, logger: logger}
	return &parts{client, scanner, exporter, r, t}, nil
}

// close ends what is under way. An error is about the state directory.
func (p *parts) close() error {
	p.exporter.Close()
	p.client.Close()
	return closeScanner(p.scanner)
}

func closeScanner(s *logscan.Scanner) error {
	if s == nil {
		return nil
	}
	return s.Close()
}

// serve runs the exporter until ctx ends.
func serve(ctx context.Context, c *config, p *parts, logs loggers) error {
	level.Info(logs.ours).Log("msg", "Starting pmta_exporter", "version", version.Info(), "build", version.BuildContext())
	warn(c, logs.ours)
	stopReload := p.reloader.onHangup(ctx)
	defer stopReload()
	stopLookups := inBackground(ctx, p.exporter.RunLookups)
	defer stopLookups()
	stopScan := startScan(ctx, p.scanner)
	defer stopScan()
	return serveHTTP(ctx, c.web, p, logs)
}

// warn tells of settings that work and should not stay.
func warn(c *config, logger log.Logger) {
	if c.pmta.TLS.InsecureSkipVerify {
		level.Warn(logger).Log("msg", "PowerMTA's certificate is not verified",
			"hint", "pin it with --pmta.tls.pin-sha256")
	}
	if c.scan.Follows() && c.scan.StateDirectory == "" {
		level.Warn(logger).Log("msg", "Counts start at 0 with each start", "hint", "keep them with --state.directory")
	}
	if c.pmta.APIKeyFile != "" {
		level.Warn(logger).Log("msg", "An API key may change everything in PowerMTA, and this program only reads",
			"hint", "prefer an http-access line with monitor, or exec:")
	}
	if !slices.Contains(c.collector.Enabled, "status") {
		level.Warn(logger).Log("msg", "The status page is read on each scrape all the same, for pmta_up and PowerMTA's clock")
	}
	if len(c.scan.Accounting) == 0 {
		level.Warn(logger).Log("msg", "No accounting files are followed, so results, bounces and deferrals are not counted",
			"hint", "name them with --scan.accounting, such as '/var/log/pmta/acct-*.csv'")
	}
}

// newScanner returns nil when no files are named.
func newScanner(o logscan.Options, rules logscan.Rules, logger log.Logger) (*logscan.Scanner, error) {
	o.Rules, o.Logger = rules, logger
	if !o.Follows() {
		return nil, o.Validate()
	}
	return logscan.New(o)
}

// startScan follows the files in the background. The function it returns ends
// that and waits for the end.
func startScan(ctx context.Context, scanner *logscan.Scanner) func() {
	if scanner == nil {
		return func() {}
	}
	return inBackground(ctx, scanner.Run)
}

// inBackground runs what goes on until its context ends. The function it
// returns ends that and waits for the end.
func inBackground(ctx context.Context, run func(context.Context)) func() {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
