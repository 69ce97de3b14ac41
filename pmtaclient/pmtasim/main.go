// Pmtasim runs a simulated PowerMTA: its web monitor, its accounting files and
// its text log, all telling of the same mail. A command given after -- is run
// beside it and finds both through the exporter's environment variables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		logLine(stderr, "error", "Cannot start", "err", err.Error())
		return 2
	case c.list:
		for _, s := range pmtatest.Scenarios() {
			fmt.Fprintf(stdout, "%-18s %s\n", s.Name, s.Title)
		}
		return 0
	}
	if err := checkFree(c.freeAddress); err != nil {
		logLine(stderr, "error", "Cannot start", "err", err.Error())
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := simulate(ctx, c, stdout, stderr)
	if err != nil {
		logLine(stderr, "error", "Simulation failed", "err", err.Error())
		return 1
	}
	return code
}

// simulate runs until the context ends or the command does, and returns the
// command's exit code.
func simulate(ctx context.Context, c config, stdout, stderr io.Writer) (code int, err error) {
	s, err := newSimulation(c, time.Now())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	logLine(stderr, "info", "Simulated PowerMTA is running",
		"url", s.server.URL, "scenario", c.scenario.Name, "acct", s.acctDir(), "log", s.logDir())
	if c.freeAddress != "" {
		logLine(stderr, "info", "Metrics will be served", "url", "http://"+c.freeAddress+"/metrics")
	}

	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		defer cancel() // a simulation that cannot go on takes the command with it
		if c.steps {
			ended <- s.obey(ctx, os.Stdin, stdout)
			return
		}
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		ended <- s.loop(ctx, ticker.C)
	}()
	if len(c.command) > 0 {
		code, err = command{c.command, s.environment(), stdout, stderr, grace}.run(ctx)
		cancel()
	}
	return code, errors.Join(err, <-ended)
}

// checkFree tells before the warm-up what the command would find out after it:
// that its address is taken. The message is for those who came by make run.
func checkFree(address string) error {
	if address == "" {
		return nil
	}
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return fmt.Errorf("free address: %w", err)
	}
	ln, err := net.ListenTCP("tcp", tcp)
	if err != nil {
		return fmt.Errorf("%w; make run takes another one with LISTEN=host:port", err)
	}
	return ln.Close()
}

// logLine writes one line like those of the exporter.
func logLine(w io.Writer, level, msg string, pairs ...string) {
	line := "level=" + level + " msg=" + strconv.Quote(msg)
	for i := 0; i < len(pairs); i += 2 {
		value := pairs[i+1]
		if value == "" || strings.ContainsAny(value, " =\"\n") {
			value = strconv.Quote(value)
		}
		line += " " + pairs[i] + "=" + value
	}
	fmt.Fprintln(w, line)
}
