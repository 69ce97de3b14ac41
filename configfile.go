package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v2"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/collector/warmup"
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// maxFileBytes is the longest configuration file.
const maxFileBytes = 4 << 20

// fileConfig is the file that --config.file names, as it is written. Its keys
// hold lists and tables only, see docs/configuration.md; every scalar is a flag.
type fileConfig struct {
	Providers     []provider.Row  `yaml:"providers"`
	Bounces       bounce.Rows     `yaml:"bounces"`
	Replies       []reply.Pattern `yaml:"replies"`
	SenderDomains []string        `yaml:"sender_domains"`
	LogEvents     []textlog.Row   `yaml:"log_events"`

	SourceIPs []dnsbl.SourceRow `yaml:"source_ips"`
	DNSBL     dnsbl.Rows        `yaml:"dnsbl"`
	Warmup    []warmup.Row      `yaml:"warmup"`
}

// tables are what comes of the file and the embedded data together. Nothing in
// them changes: a reload makes new ones.
type tables struct {
	file      *fileConfig
	rules     logscan.Rules
	sourceIPs []dnsbl.SourceIP
	zones     []dnsbl.Zone
	plans     []warmup.Plan
}

// readTables reads the file at a path, and none when the path is empty.
func readTables(path string) (*tables, error) {
	if path == "" {
		return new(fileConfig).tables()
	}
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config.file: %w", err)
	}
	t, err := parseTables(data)
	if err != nil {
		return nil, fmt.Errorf("--config.file %s: %w", path, err)
	}
	return t, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(data) > maxFileBytes {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxFileBytes)
	}
	return data, err
}

// parseTables reads a file and makes sure that all it says can be used.
func parseTables(data []byte) (*tables, error) {
	f, err := decode(data)
	if err != nil {
		return nil, err
	}
	return f.tables()
}

// decode reads one YAML document. Unknown keys, and keys that stand twice, are
// errors; a file of comments alone is empty.
func decode(data []byte) (*fileConfig, error) {
	f := new(fileConfig)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.SetStrict(true)
	if err := decoder.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return nil, plainError(err)
	}
	switch err := decoder.Decode(new(any)); {
	case err == nil:
		return nil, errors.New("there is a second document: write all keys in one, without a line ---")
	case !errors.Is(err, io.EOF):
		return nil, plainError(err)
	}
	if f.SenderDomains != nil && len(f.SenderDomains) == 0 {
		return nil, errors.New("sender_domains: the list is empty: name a domain, or leave the key out")
	}
	return f, nil
}

// plainError writes the complaints of the library in one line, without the
// names of our types.
func plainError(err error) error {
	var complaints *yaml.TypeError
	if !errors.As(err, &complaints) {
		return err
	}
	var lines []string
	for _, line := range complaints.Errors {
		line, _, _ = strings.Cut(line, " in type ")
		lines = append(lines, strings.ReplaceAll(line, "main.fileConfig", "keys such as providers"))
	}
	return errors.New(strings.Join(lines, "; "))
}

// tables puts the rows of the file before the embedded ones.
func (f *fileConfig) tables() (*tables, error) {
	t := &tables{file: f, rules: logscan.Rules{SenderDomains: f.SenderDomains}}
	var err error
	if t.rules.Providers, err = provider.Extended(f.Providers); err != nil {
		return nil, fmt.Errorf("providers: %w", err)
	}
	if t.rules.Bounces, err = bounce.Extended(f.Bounces); err != nil {
		return nil, fmt.Errorf("bounces: %w", err)
	}
	if t.rules.LogEvents, err = textlog.Extended(f.LogEvents); err != nil {
		return nil, fmt.Errorf("log_events: %w", err)
	}
	if t.rules.Replies, err = reply.Extended(f.Replies, t.rules.Providers.Names()); err != nil {
		return nil, err // it names the patterns
	}
	if t.sourceIPs, err = dnsbl.SourceIPs(f.SourceIPs); err != nil {
		return nil, fmt.Errorf("source_ips: %w", err)
	}
	if t.zones, err = dnsbl.Zones(f.DNSBL.Zones); err != nil {
		return nil, fmt.Errorf("dnsbl: %w", err)
	}
	if t.plans, err = warmup.Plans(f.Warmup, t.rules.Providers.Names()); err != nil {
		return nil, fmt.Errorf("warmup: %w", err)
	}
	t.rules.Warming = warmup.Warming(t.plans)
	if err := t.rules.Validate(); err != nil {
		return nil, fmt.Errorf("sender_domains: %w", err)
	}
	return t, nil
}
