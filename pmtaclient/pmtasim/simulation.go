package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// simulation moves the traffic and brings what happened to the pages and into
// the files. The pages ask the traffic themselves; everything else is done by
// the one goroutine that runs loop.
type simulation struct {
	config  config
	lock    *os.File // of the directory
	traffic *pmtatest.Traffic
	server  *pmtatest.Server
	files   map[pmtatest.RecordType]*logtest.Writer // every type of record is in one family of files
	log     *logtest.TextLog
	logDate string        // of the latest line; a new one rotates the log
	live    time.Duration // simulated since the end of the warm-up
}

// newSimulation starts the server, opens the files and simulates the warm-up,
// which ends now. The simulated clock shows UTC.
func newSimulation(c config, now time.Time) (*simulation, error) {
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return nil, err
	}
	c.dir = dir
	start := now.UTC().Truncate(time.Second).Add(-c.warmup)
	traffic := pmtatest.NewTraffic(pmtatest.TrafficOptions{
		Scenario: c.scenario, Seed: c.seed, Start: start, Warmup: c.warmup, Rate: c.rate,
	})
	options := []pmtatest.Option{
		pmtatest.WithSource(traffic.State), pmtatest.WithMaxItems(c.maxItems), pmtatest.WithAPIKey(c.apiKey),
	}
	if c.tls {
		options = append(options, pmtatest.WithTLS())
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	server, err := pmtatest.Listen(c.listen, options...)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s := &simulation{config: c, lock: lock, traffic: traffic, server: server, files: map[pmtatest.RecordType]*logtest.Writer{}}
	if c.clean {
		err = s.clean()
	}
	if err == nil {
		err = s.openFiles(start)
	}
	if err == nil {
		err = s.writeConfig(now.UTC())
	}
	if err == nil {
		err = s.step(c.warmup)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *simulation) acctDir() string { return filepath.Join(s.config.dir, "acct") }

func (s *simulation) logDir() string { return filepath.Join(s.config.dir, "log") }

// stateDir is for the command to keep what it wants to.
func (s *simulation) stateDir() string { return filepath.Join(s.config.dir, "state") }

// configFile is what the scenario has for the exporter.
func (s *simulation) configFile() string { return filepath.Join(s.config.dir, "exporter.yaml") }

func (s *simulation) writeConfig(today time.Time) error {
	if s.config.scenario.Config == "" {
		return nil
	}
	text := strings.ReplaceAll(s.config.scenario.Config, "TODAY", today.Format(time.DateOnly))
	return os.WriteFile(s.configFile(), []byte(text), 0o644)
}

func (s *simulation) certificateFile() string { return filepath.Join(s.config.dir, "webmon.pem") }

// clean removes what an earlier run left: its files, and what the command may
// have kept about them.
func (s *simulation) clean() error {
	return errors.Join(os.RemoveAll(s.acctDir()), os.RemoveAll(s.logDir()), os.RemoveAll(s.stateDir()))
}

// openFiles sets up two <acct-file>s as is common, results and reports in one
// and temporary errors in the other, and the text log.
func (s *simulation) openFiles(start time.Time) error {
	if err := errors.Join(os.MkdirAll(s.acctDir(), 0o755), os.MkdirAll(s.logDir(), 0o755), os.MkdirAll(s.stateDir(), 0o755)); err != nil {
		return err
	}
	for base, types := range map[string][]string{"acct": {"d", "b", "r", "rb", "f"}, "diag": {"t", "tq"}} {
		w, err := logtest.New(logtest.Options{
			Dir: s.acctDir(), Base: base, Types: types, MaxSize: int64(s.config.maxFileSize),
		}, start)
		if err != nil {
			return err
		}
		for _, kind := range types {
			s.files[pmtatest.RecordType(kind)] = w
		}
	}
	log, err := logtest.OpenTextLog(filepath.Join(s.logDir(), pmtatest.LogName), logtest.DefaultLogRotate)
	if err != nil {
		return err
	}
	s.log, s.logDate = log, start.Format(time.DateOnly)
	return s.writeCertificate()
}

// writeCertificate puts the certificate of an HTTPS server where PowerMTA has
// its own.
func (s *simulation) writeCertificate() error {
	cert := s.server.Certificate()
	if cert == nil {
		return nil
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	return os.WriteFile(s.certificateFile(), block, 0o644)
}

// environment tells the exporter where everything is.
func (s *simulation) environment() []string {
	env := []string{
		"PMTA_EXPORTER_PMTA_URI=" + s.server.URL,
		"PMTA_EXPORTER_SCAN_ACCOUNTING=" + filepath.Join(s.acctDir(), "*.csv"),
		"PMTA_EXPORTER_SCAN_LOG=" + filepath.Join(s.logDir(), pmtatest.LogName+"*"),
		"PMTA_EXPORTER_STATE_DIRECTORY=" + s.stateDir(),
	}
	if s.config.scenario.Config != "" {
		env = append(env, "PMTA_EXPORTER_CONFIG_FILE="+s.configFile())
	}
	if s.config.tls {
		env = append(env, "PMTA_EXPORTER_PMTA_TLS_CA_FILE="+s.certificateFile())
	}
	return env
}

// loop simulates as much time as has passed between ticks. Once traffic-for is
// over it only waits; the pages stay.
func (s *simulation) loop(ctx context.Context, ticks <-chan time.Time) error {
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return s.writeLedger()
		case now := <-ticks:
			d := time.Duration(float64(now.Sub(last)) * s.config.speed)
			last = now
			if err := s.advance(d); err != nil {
				return err
			}
		}
	}
}

// advance simulates some time, but no more than traffic-for leaves. PowerMTA
// may have gone down or come up in it.
func (s *simulation) advance(d time.Duration) error {
	stop := s.config.trafficFor
	if stop > 0 {
		d = min(d, stop-s.live)
	}
	if d <= 0 {
		return nil
	}
	s.live += d
	if err := s.step(d); err != nil {
		return err
	}
	if err := s.server.SetDown(s.traffic.Down()); err != nil {
		return err
	}
	if s.live == stop {
		return s.writeLedger()
	}
	return nil
}

// step moves the traffic and writes what it did.
func (s *simulation) step(d time.Duration) error {
	for _, a := range s.traffic.Step(d) {
		w := s.files[a.Type]
		if err := w.SetDate(a.Logged); err != nil {
			return err
		}
		if err := w.Write(record(a)); err != nil {
			return err
		}
	}
	for _, w := range s.writers() {
		if err := w.Flush(); err != nil {
			return err
		}
		if s.config.keepFiles > 0 {
			if err := w.DeleteOld(s.config.keepFiles); err != nil {
				return err
			}
		}
	}
	return s.writeLog(s.traffic.Log())
}

// writeLog writes to pmta.log, which is rotated at midnight.
func (s *simulation) writeLog(lines []pmtatest.LogLine) error {
	for _, line := range lines {
		if date := line.Time.Format(time.DateOnly); date != s.logDate {
			s.logDate = date
			if err := s.log.Rotate(); err != nil {
				return err
			}
		}
		if err := s.log.Write(line.Time, line.Text); err != nil {
			return err
		}
	}
	return nil
}

// writers are the two families of accounting files, by a type that each of them
// holds.
func (s *simulation) writers() []*logtest.Writer {
	return []*logtest.Writer{s.files[pmtatest.Delivered], s.files[pmtatest.Transient]}
}

// writeLedger replaces the ledger's file at one blow, so that whoever waits for
// it finds it whole.
func (s *simulation) writeLedger() error {
	if s.config.ledger == "" {
		return nil
	}
	data, err := json.MarshalIndent(s.traffic.Ledger(), "", "  ")
	if err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	temporary := s.config.ledger + ".tmp"
	if err := os.WriteFile(temporary, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return os.Rename(temporary, s.config.ledger)
}

// close ends the server and the files; after a failed start some may be
// missing.
func (s *simulation) close() error {
	s.server.Close()
	var err error
	for _, w := range s.writers() {
		if w != nil {
			err = errors.Join(err, w.Close())
		}
	}
	if s.log != nil {
		err = errors.Join(err, s.log.Close())
	}
	return errors.Join(err, s.lock.Close())
}
