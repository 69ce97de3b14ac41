package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/collector"
	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// errNoFile says that there is no configuration file to read anew.
var errNoFile = errors.New("there is nothing to reload: no --config.file was given")

// reloader reads the configuration file anew, on SIGHUP and on request. A file
// that cannot be used changes nothing.
type reloader struct {
	path     string           // of the file; empty for none
	scanner  *logscan.Scanner // nil when no files are named
	exporter *collector.Exporter
	logger   log.Logger

	one sync.Mutex // one reload at a time
}

// reload puts the file in force, and says in the log and in the metrics how
// that went.
func (r *reloader) reload() error {
	if r.path == "" {
		level.Warn(r.logger).Log("msg", "Nothing to reload", "hint", "name a file with --config.file")
		return errNoFile
	}
	r.one.Lock()
	defer r.one.Unlock()
	if err := r.apply(); err != nil {
		r.exporter.ConfigRefused()
		level.Error(r.logger).Log("msg", "Cannot reload the configuration, the one before stays", "err", err)
		return err
	}
	r.exporter.ConfigRead(time.Now())
	level.Info(r.logger).Log("msg", "Reloaded the configuration", "path", r.path)
	return nil
}

// apply hands out new tables. The scanner goes first, since it may refuse them.
func (r *reloader) apply() error {
	t, err := readTables(r.path)
	if err != nil {
		return err
	}
	if r.scanner != nil {
		if err := r.scanner.SetRules(t.rules); err != nil {
			return fmt.Errorf("--config.file %s: %w", r.path, err)
		}
	}
	r.exporter.SetProviders(t.rules.Providers)
	r.exporter.SetLookups(t.sourceIPs, t.zones)
	r.exporter.SetPlans(t.plans)
	return nil
}

// onHangup reloads on each SIGHUP until ctx ends. The function it returns ends
// that and waits for the end.
func (r *reloader) onHangup(ctx context.Context) func() {
	ctx, cancel := context.WithCancel(ctx)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	var side sync.WaitGroup
	side.Go(func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-hangups:
				_ = r.reload() // it is in the log
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		side.Wait()
	}
}

// handler reloads on POST and PUT, where that is allowed.
func (r *reloader) handler(allowed bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodPost && request.Method != http.MethodPut {
			w.Header().Set("Allow", "POST, PUT")
			http.Error(w, "reload with POST or PUT", http.StatusMethodNotAllowed)
			return
		}
		if !allowed {
			http.Error(w, "reloading by request is off: start with --web.enable-lifecycle, or send SIGHUP", http.StatusForbidden)
			return
		}
		switch err := r.reload(); {
		case errors.Is(err, errNoFile):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			fmt.Fprintln(w, "The configuration is reloaded.")
		}
	})
}
