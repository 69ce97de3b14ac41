package main

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/pmta-exporter/pmta_exporter/collector"
)

// grace is how long scrapes under way may take once the program was told to
// end. With the scanner's end it stays below 5 s.
const grace = 3 * time.Second

// serveHTTP serves until ctx ends, and then lets requests under way finish.
func serveHTTP(ctx context.Context, c webConfig, p *parts, logs loggers) error {
	handler, err := newHandler(c, p, logs.ours)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      c.timeout + time.Minute, // PowerMTA's time, and that of the answer's way
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          stdlog.New(serverLog{level.Warn(logs.ours)}, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- web.ListenAndServe(server, c.toolkit, logs.toolkit) }()
	select {
	case err := <-ended:
		return listenError(err)
	case <-ctx.Done():
	}
	level.Info(logs.ours).Log("msg", "Shutting down")
	if err := shutdown(ctx, server); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// serverLog takes the lines of net/http. They quote clients, so that no part
// of them may pass for a file, a level or another key.
type serverLog struct{ logger log.Logger }

// Write implements io.Writer for one line.
func (l serverLog) Write(line []byte) (int, error) {
	return len(line), l.logger.Log("msg", "HTTP server", "err", strings.TrimSpace(string(line)))
}

// shutdown ends a server whose context is over.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // scrapes that wait for PowerMTA are cut off
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// listenError says what to change when an address cannot be had.
func listenError(err error) error {
	var address *net.OpError
	if errors.Is(err, syscall.EADDRINUSE) && errors.As(err, &address) {
		return fmt.Errorf("listen on %s: the address is taken; choose another with --web.listen-address", address.Addr)
	}
	return fmt.Errorf("serve: %w", err)
}

// newHandler routes the endpoints, all of which but one only read.
func newHandler(c webConfig, p *parts, logger log.Logger) (http.Handler, error) {
	pages, err := newPages(c, p, logger)
	if err != nil {
		return nil, err
	}
	reading, reload := collector.OnlyReading(pages), p.reloader.handler(c.lifecycle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/-/reload" {
			reload.ServeHTTP(w, r)
			return
		}
		reading.ServeHTTP(w, r)
	}), nil
}

// newPages routes what can be read.
func newPages(c webConfig, p *parts, logger log.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle(c.telemetryPath, p.exporter.Handler(collector.HandlerOptions{
		Process: !c.disableExporterMetrics, MaxRequests: c.maxRequests, Logger: logger,
	}))
	mux.HandleFunc("/-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "pmta_exporter is healthy.")
	})
	mux.HandleFunc("/-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if p.scanner != nil && !p.scanner.Ready() {
			http.Error(w, "pmta_exporter is still looking for its files.", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "pmta_exporter is ready.")
	})
	if c.pprof {
		addProfiles(mux)
	}
	if c.telemetryPath == "/" { // metrics take the landing page's place
		return mux, nil
	}
	links := []collector.Link{{Path: c.telemetryPath, Text: "Metrics"}, {Path: "/-/healthy", Text: "Health"}, {Path: "/-/ready", Text: "Readiness"}}
	if c.pprof {
		links = append(links, collector.Link{Path: "/debug/pprof/", Text: "Profiles"})
	}
	overview, err := p.exporter.OverviewHandler(version.Version, links)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", overview)
	return mux, nil
}

// addProfiles serves what net/http/pprof serves on the default mux.
func addProfiles(mux *http.ServeMux) {
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
}
