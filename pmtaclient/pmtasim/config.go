package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// config is what the flags say. Times are simulated ones, which pass speed
// times as fast as the clock on the wall.
type config struct {
	listen      string
	freeAddress string // where the command will listen
	dir         string
	clean       bool
	scenario    pmtatest.Scenario
	list        bool
	seed        uint64
	rate        float64
	speed       float64
	steps       bool
	warmup      time.Duration
	maxItems    int
	tls         bool
	apiKey      string
	maxFileSize size
	keepFiles   int
	trafficFor  time.Duration
	ledger      string
	command     []string
}

// parse reads the command line. Everything after the flags, or after --, is the
// command.
func parse(args []string, stdout io.Writer) (config, error) {
	c := config{maxFileSize: 1 << 20}
	scenario := "calm"
	fs := flag.NewFlagSet("pmtasim", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run reports errors, in one line
	fs.Usage = func() {}
	fs.StringVar(&c.listen, "listen", "127.0.0.1:0", "`ADDRESS` of the web monitor; port 0 takes a free one.")
	fs.StringVar(&c.freeAddress, "free-address", "", "`ADDRESS` at which the command will serve metrics; nothing is started when it is taken.")
	fs.StringVar(&c.dir, "dir", ".run", "`DIR` for acct/ and log/; it is created.")
	fs.BoolVar(&c.clean, "clean", false, "Remove acct/, log/ and state/ of an earlier run first.")
	fs.StringVar(&scenario, "scenario", scenario, "`NAME` of the situation to simulate.")
	fs.BoolVar(&c.list, "list-scenarios", false, "Print the scenarios and end.")
	fs.Uint64Var(&c.seed, "seed", 1, "`SEED` of chance: the same one gives the same mail.")
	fs.Float64Var(&c.rate, "rate", pmtatest.DefaultRate, "`RECIPIENTS` that arrive per second on a calm day.")
	fs.Float64Var(&c.speed, "speed", 1, "Simulated `SECONDS` per second.")
	fs.BoolVar(&c.steps, "steps", false, "Let time pass by lines of standard input such as 15s, each answered with ok, instead of the clock.")
	fs.DurationVar(&c.warmup, "warmup", 10*time.Minute, "Calm `TIME` that is simulated, and written, before the start.")
	fs.IntVar(&c.maxItems, "max-items", 10000, "`N` of http-default-max-items; PowerMTA's own default is 10, 0 lists all.")
	fs.BoolVar(&c.tls, "tls", false, "Serve HTTPS, with a certificate that is written to DIR/webmon.pem.")
	fs.StringVar(&c.apiKey, "api-key", "", "`KEY` that may run commands such as show license.")
	fs.Var(&c.maxFileSize, "max-file-size", "`SIZE` of an accounting file before the next begins, such as 50M.")
	fs.IntVar(&c.keepFiles, "keep-files", 0, "`N` finished accounting files of a kind to keep; 0 keeps all.")
	fs.DurationVar(&c.trafficFor, "traffic-for", 0, "Simulated `TIME` after which mail stands still; 0 = never.")
	fs.StringVar(&c.ledger, "ledger", "", "`FILE` for the true counts, written when mail stands still and at the end.")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			usage(fs, stdout)
		}
		return c, err
	}
	c.command = fs.Args()
	var ok bool
	if c.scenario, ok = pmtatest.FindScenario(scenario); !ok {
		return c, fmt.Errorf("no scenario %q; there are: %s", scenario, strings.Join(scenarioNames(), ", "))
	}
	if c.rate <= 0 || c.speed <= 0 {
		return c, fmt.Errorf("rate %v and speed %v must be above 0", c.rate, c.speed)
	}
	return c, nil
}

func scenarioNames() []string {
	var names []string
	for _, s := range pmtatest.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// usage shows the flags with two hyphens, as all programs of this project do;
// package flag takes both and shows one.
func usage(fs *flag.FlagSet, w io.Writer) {
	fmt.Fprintln(w, "Usage: pmtasim [flags] [-- command args...]")
	fs.VisitAll(func(f *flag.Flag) {
		name, help := flag.UnquoteUsage(f)
		head := strings.TrimSpace("--" + f.Name + " " + name)
		if f.DefValue != "" && f.DefValue != "false" {
			help += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(w, "  %-26s %s\n", head, help)
	})
}

// size is a number of bytes, written as PowerMTA does: 50M, 500K.
type size int64

// String implements flag.Value.
func (s *size) String() string {
	switch {
	case *s >= 1<<20 && *s%(1<<20) == 0:
		return fmt.Sprintf("%dM", *s>>20)
	case *s >= 1<<10 && *s%(1<<10) == 0:
		return fmt.Sprintf("%dK", *s>>10)
	default:
		return strconv.FormatInt(int64(*s), 10)
	}
}

// Set implements flag.Value.
func (s *size) Set(text string) error {
	digits, shift := strings.TrimSuffix(text, "M"), 20
	if digits == text {
		digits, shift = strings.TrimSuffix(text, "K"), 10
		if digits == text {
			shift = 0
		}
	}
	n, err := strconv.ParseUint(digits, 10, 40)
	*s = size(n << shift)
	return err
}
