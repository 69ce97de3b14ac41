package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/collector/dnsbl"
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

const configDir = "testdata/config"

func goodFile() string { return filepath.Join(configDir, "good.yaml") }

func TestGoodConfigFile(t *testing.T) {
	got, err := readTables(goodFile())
	if err != nil {
		t.Fatalf("readTables error = %v, want none", err)
	}
	providers, bounces := got.rules.Providers, got.rules.Bounces
	for domain, want := range map[string]string{
		"example-mail.test": "example_mail", "example.rollup": "example_mail", "our-gmail.rollup": "gmail", "gmail.com": "gmail", "acme.example": "other",
	} {
		if name := providers.Of(nil, nil, []byte(domain)); name != want {
			t.Errorf("provider of %s is %s, want %s", domain, name, want)
		}
	}
	if class, _ := bounces.Classify([]byte("5.2.2"), nil, "other"); class != bounce.Hard {
		t.Errorf("class of 5.2.2 is %s, want hard", class)
	}
	if class := bounces.ClassOf("our-complaints"); class != bounce.Block {
		t.Errorf("class of our-complaints is %s, want block", class)
	}
	const crowded = "smtp;552 5.2.2 Letter box crowded"
	if match := got.rules.Replies.Classify("example_mail", nil, []byte(crowded)); match.Reason != "mailbox_full" {
		t.Errorf("reason of %q is %s, want mailbox_full", crowded, match.Reason)
	}
	if want := []string{"news.example.com", "bücher.example"}; !slices.Equal(got.rules.SenderDomains, want) {
		t.Errorf("sender domains %q, want %q", got.rules.SenderDomains, want)
	}
	wantIPs := []dnsbl.SourceIP{{Address: netip.MustParseAddr("192.0.2.10"), Hostname: "mail1.example.com"}, {Address: netip.MustParseAddr("2001:db8::10")}}
	if !slices.Equal(got.sourceIPs, wantIPs) {
		t.Errorf("source IPs %v, want %v", got.sourceIPs, wantIPs)
	}
	if len(got.zones) != 2 || got.zones[0].Name != "zen.spamhaus.org" || !got.zones[0].IPv6 || got.zones[1].Terms != "https://bl.example.org/terms" {
		t.Errorf("zones %+v, want the two of the file", got.zones)
	}
	if _, event := got.rules.LogEvents.Classify([]byte("2026-11-21 08:00:00 feeder 7 halted")); event != "feed_stopped" {
		t.Errorf("event %q, want feed_stopped", event)
	}
	if got, want := fmt.Sprint(got.rules.Warming), "[{cold-1 []} {cold-2 [192.0.2.20]} {cold-3 []}]"; got != want {
		t.Errorf("warmed up are %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(got.plans[0].Planned(got.plans[0].Start)), "[{gmail 20} {other 30}]"; got != want {
		t.Errorf("planned for the first day of cold-1 are %s, want %s", got, want)
	}
}

// badFiles says for each file of testdata/config but the good one what is told
// of its mistake.
func badFiles() map[string]string {
	return map[string]string{
		"not-yaml":                 "yaml: line ",
		"not-a-mapping":            "line 1: cannot unmarshal",
		"unknown-key":              "line 2: field provider not found",
		"unknown-key-in-row":       "line 3: field titel not found",
		"key-twice":                "line 2: field sender_domains already set",
		"second-document":          "there is a second document: write all keys in one",
		"text-for-a-list":          "line 1: cannot unmarshal !!str `a.example` into []string",
		"provider-name":            `providers: line 2: provider "Acme": bad name: use 1 to 64 of a-z, 0-9 and _`,
		"provider-reserved-name":   `providers: line 2: provider "other": the name stands for all unknown providers`,
		"provider-twice":           `providers: line 7: provider "acme": two entries with this name`,
		"provider-domain-twice":    `providers: line 7: provider "bcme": domains: "acme.example" is listed by "acme" already`,
		"provider-wildcard":        `providers: line 2: provider "acme": domains: bad name "*.acme.example": write whole labels`,
		"provider-whole-top-level": `providers: line 2: provider "acme": domains: bad name "example"`,
		"provider-no-source":       `providers: line 2: provider "acme": title or source missing`,
		"provider-no-example":      `providers: line 2: provider "acme": examples of domains: none: add a name`,
		"provider-wrong-example":   `providers: line 2: provider "acme": examples of domains: "acme.test" reaches ""`,
		"provider-nothing":         `providers: line 2: provider "acme": neither mx nor domains`,
		"bounce-code":              `bounces: line 3: code "5.2": bad code: write three numbers or *`,
		"bounce-code-class":        `bounces: line 3: code "5.2.2": unknown class "bad": use hard, block, soft or undecided`,
		"bounce-code-no-meaning":   `bounces: line 3: code "5.2.2": meaning or source missing`,
		"bounce-code-example":      `bounces: line 3: code "5.2.2": example "5.1.1" does not reach this rule first`,
		"bounce-code-shadowed":     `bounces: line 8: code "5.2.2": example "5.2.2" does not reach this rule first: move the rule up`,
		"bounce-category-name":     `bounces: line 3: category "Complaints": bad name`,
		"bounce-category-class":    `bounces: line 3: category "complaints": unknown class "undecided": use hard, block or soft`,
		"bounce-category-twice":    `bounces: line 7: category "complaints": listed twice`,
		"bounce-category-other":    `bounces: category "other": missing or not soft`,
		"reply-reason":             `reply patterns: line 2: "example_mail_full": unknown reason "full"`,
		"reply-expression":         `reply patterns: line 2: "example_mail_full": pattern: error parsing regexp: missing closing )`,
		"reply-provider":           `reply patterns: line 2: "example_mail_full": unknown provider "gmail.com"`,
		"reply-example":            `"example_mail_full": example "smtp;552 5.2.2 Letter box is full`,
		"reply-id-taken":           `"apple_volume": the id is taken: choose another`,
		"sender-wildcard":          `sender_domains: sender domain "*.example.com": write a domain in lower case`,
		"sender-capitals":          `sender_domains: sender domain "Example.com": write a domain in lower case`,
		"sender-twice":             `sender_domains: sender domain "a.example" is listed twice`,
		"sender-reserved":          `sender_domains: sender domain "none": write a domain`,
		"sender-none":              "sender_domains: the list is empty",
		"log-event-name":           `log_events: line 2: log pattern of event "feed-stopped": bad event`,
		"log-event-level":          `log_events: line 2: log pattern of event "feed_stopped": unknown level "critical"`,
		"log-event-words":          `bad word "feeder stopped": use 1 to 32 of`,
		"log-event-grade":          `unknown grade "D": use A`,
		"source-ip-address":        `source_ips: line 2: address "192.0.2.0/24": no address: write one of IPv4 or IPv6`,
		"source-ip-hostname":       `source_ips: line 2: address "192.0.2.1": bad hostname "mail 1": write a name like`,
		"source-ip-twice":          `source_ips: line 3: address "::ffff:192.0.2.1": listed twice`,
		"source-ip-text":           "line 2: cannot unmarshal !!str `192.0.2.1` into",
		"zones-none":               "dnsbl: 0 zones are listed: list 1 to 32, or leave the key out",
		"zones-unknown-key":        "line 2: field server not found",
		"zone-name":                `dnsbl: line 3: zone "bl": bad name: write the list's zone in lower case`,
		"zone-key":                 `dnsbl: line 3: zone "bl.example.org": bad domain: write a name like`,
		"zone-terms":               `dnsbl: line 3: zone "bl.example.org": terms missing: link the page`,
		"zone-twice":               `dnsbl: line 5: zone "bl.example.org": listed twice`,
		"zone-answer":              `dnsbl: line 3: zone "bl.example.org": listed: bad answer "192.0.2.1": write an address or a prefix within 127.0.0.0/8`,
		"zone-answer-twice":        `dnsbl: line 3: zone "bl.example.org": 127.0.0.0/24 is listed and 127.0.0.10/32 is clean: each answer may mean one thing`,
		"warmup-none":              "warmup: 0 plans: list 1 to 500, or leave the key out",
		"warmup-unknown-key":       "line 2: field day not found",
		"warmup-number":            "line 4: cannot unmarshal !!str `50/day` into uint64",
		"warmup-vmta":              `warmup: line 3: plan of "": vmta: write the name of a VirtualMTA as in the column vmta`,
		"warmup-start":             `warmup: line 3: plan of "cold-1": start: "23.11.2026" is no date since 2000: write the first day as in 2026-11-23`,
		"warmup-curve":             `warmup: line 2: plan of "cold-1": curve: unknown name "fast": use one of braze_conservative, `,
		"warmup-list":              `warmup: line 2: plan of "cold-1": curve: "100/h" is no number per day: write a list such as 50/day,100/day`,
		"warmup-list-alone":        `warmup: line 2: plan of "cold-1": curve: PowerMTA's list limits each domain by itself: name the providers`,
		"warmup-provider":          `warmup: line 7: plan of "cold-1": provider "acme": not known`,
		"warmup-shares":            `warmup: line 2: plan of "cold-1": shares: they add up to 1.2: give at most 1 in all`,
		"warmup-address":           `warmup: line 2: plan of "cold-1": source_ips: "192.0.2.0/28" is no address`,
		"warmup-twice":             `warmup: line 5: plan of "cold-1": two plans of this VirtualMTA: keep one`,
		"log-event-example":        `example "2026-11-20 12:00:00 Feeder started" does not reach this row first`,
	}
}

// TestM10BadConfigFiles: each mistake is told in one line that names the file
// and what to change, at the start and by check.
func TestM10BadConfigFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(configDir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	bad := badFiles()
	if len(files) != len(bad)+1 {
		t.Errorf("%d files in %s, want %d bad ones and a good one", len(files), configDir, len(bad))
	}
	for name, want := range bad {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(configDir, name+".yaml")
			_, err := readTables(file)
			if err == nil {
				t.Fatal("readTables error = nil, want one")
			}
			text := err.Error()
			if !strings.HasPrefix(text, "--config.file "+file+": ") || !strings.Contains(text, want) ||
				strings.Contains(text, "\n") || strings.Contains(text, "main.") {
				t.Errorf("readTables error = %v, want one line with %q", err, want)
			}
		})
	}
}

// TestM10UnreadableConfigFiles: what is no file ends the program as well.
func TestM10UnreadableConfigFiles(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.yaml")
	if err := os.WriteFile(long, bytes.Repeat([]byte("#\n"), maxFileBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"/nowhere.yaml": "open /nowhere.yaml: no such file",
		configDir:       "is a directory",
		long:            "is longer than 4194304 bytes",
		filepath.Join(configDir, "key-twice.yaml"): "line 2: field sender_domains already set",
	} {
		var stdout, stderr bytes.Buffer
		code := run([]string{"--config.file=" + file}, &stdout, &stderr)
		if text := stderr.String(); code != 2 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "--config.file") || !strings.Contains(text, want) {
			t.Errorf("run(--config.file=%s) = %d and says\n%swant 2 and one line with %q", file, code, stderr.String(), want)
		}
	}
}

func TestEmptyConfigFiles(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "providers:\nsender_domains:\n"} {
		got, err := parseTables([]byte(text))
		if err != nil {
			t.Errorf("parseTables(%q) error = %v, want none", text, err)
		} else if len(got.zones) < 3 {
			t.Errorf("parseTables(%q): %d zones, want the embedded ones", text, len(got.zones))
		} else if name := got.rules.Providers.Of(nil, []byte("gmail.com"), nil); name != "gmail" {
			t.Errorf("parseTables(%q): provider of gmail.com is %s, want gmail", text, name)
		}
	}
}

// TestConfigurationPage: each example of docs/configuration.md can be used as
// it stands, and each key has one.
func TestConfigurationPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		if _, err := parseTables(block[1]); err != nil {
			t.Errorf("parseTables error = %v, want none, of\n%s", err, block[1])
		}
		for _, key := range regexp.MustCompile(`(?m)^(\w+):`).FindAllSubmatch(block[1], -1) {
			keys[string(key[1])] = true
		}
	}
	for key := range map[string]bool{"providers": true, "bounces": true, "replies": true, "sender_domains": true, "log_events": true, "source_ips": true, "dnsbl": true, "warmup": true} {
		if !keys[key] {
			t.Errorf("no example for %s", key)
		}
	}
}

func TestCheckConfigFile(t *testing.T) {
	code, text := checked(t, "--pmta.uri=http://127.0.0.1:1", "--config.file="+goodFile())
	wantLines(t, code, text, "ok    config: "+goodFile()+" has 2 providers, 1 bounce codes and 2 categories, 1 replies, 2 sending domains, 1 log events, 2 source IPs, 2 zones, 3 warm-up plans",
		"ok    configuration: all flags are valid")
	code, text = checked(t, "--pmta.uri=http://127.0.0.1:1", "--config.file="+filepath.Join(configDir, "sender-none.yaml"))
	wantLines(t, code, text, "FAIL  config: --config.file .*sender-none.yaml: sender_domains: the list is empty", "ok    configuration:", "FAIL  reachable:")
}

// FuzzConfigFile: whatever a file holds, it is refused in one line, or makes
// tables that give known words.
func FuzzConfigFile(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(configDir, "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseTables(data)
		if err != nil {
			return
		}
		checkTables(t, got)
	})
}

// checkTables holds tables to what the rest of the program relies on.
func checkTables(t *testing.T, got *tables) {
	t.Helper()
	if err := got.rules.Validate(); err != nil {
		t.Errorf("rules: %v", err)
	}
	names := got.rules.Providers.Names()
	for _, row := range got.file.Providers {
		for _, example := range row.Examples.MX {
			if len(row.MX) > 0 && got.rules.Providers.Of([]byte(example), nil, nil) != row.Name {
				t.Errorf("example %q does not reach %s", example, row.Name)
			}
		}
		if !slices.Contains(names, row.Name) {
			t.Errorf("provider %q is not among %q", row.Name, names)
		}
	}
	for _, row := range got.file.Bounces.Codes {
		for _, example := range row.Examples {
			if class, _ := got.rules.Bounces.Classify([]byte(example), nil, bounce.Other); class != row.Class && row.Class.Valid() {
				t.Errorf("example %q has class %s, want %s", example, class, row.Class)
			}
		}
	}
	for _, row := range got.file.Replies {
		for _, example := range row.Examples {
			if _, ok := got.rules.Replies.Lookup(row.ID); !ok || !got.rules.Replies.Classify("", nil, []byte(example)).Reason.Valid() {
				t.Errorf("%s is not known (%v), or its example %q has no reason", row.ID, ok, example)
			}
		}
	}
	for _, category := range got.rules.Bounces.Categories() {
		if !got.rules.Bounces.ClassOf(category).Valid() {
			t.Errorf("category %q has no class", category)
		}
	}
	for _, row := range got.file.LogEvents {
		for _, example := range row.Examples {
			if level, _ := got.rules.LogEvents.Classify([]byte(example)); !level.Valid() {
				t.Errorf("example %q has level %q", example, level)
			}
		}
	}
}
