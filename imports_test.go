package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the prefix of our own packages.
const module = "github.com/pmta-exporter/pmta_exporter/"

// mayImport says for each package which of our own packages, and which
// libraries that are not in Go's own, its code may import. Imports run one way:
// main, collector, then pmtaclient and logscan, then the rest.
func mayImport() map[string][]string {
	return map[string][]string{
		".": {
			"collector", "collector/dnsbl", "collector/warmup", "logscan", "logscan/acct", "logscan/bounce", "logscan/provider", "logscan/reply", "logscan/textlog", "pmtaclient",
			"github.com/alecthomas/kingpin/v2", "github.com/go-kit/log", "go.yaml.in/yaml/v2",
			"github.com/prometheus/common", "github.com/prometheus/exporter-toolkit",
		},
		"collector": {
			"collector/dnsbl", "collector/warmup", "logscan", "logscan/acct", "logscan/bounce", "logscan/provider", "pmtaclient",
			"github.com/go-kit/log", "github.com/prometheus/client_golang", "github.com/prometheus/client_model",
		},
		"collector/dnsbl":           {"logscan/yamlline", "github.com/miekg/dns", "go.yaml.in/yaml/v2"},
		"collector/dnsbl/dnsbltest": {"github.com/miekg/dns"},
		"pmtaclient":                {"golang.org/x/text"},
		"pmtaclient/pmtatest":       {},
		"pmtaclient/pmtasim":        {"pmtaclient/pmtatest", "logscan/logtest"},
		"logscan":                   {"logscan/acct", "logscan/bounce", "logscan/provider", "logscan/reply", "logscan/textlog", "github.com/go-kit/log"},
		"logscan/acct":              {},
		"logscan/bounce":            {"logscan/yamlline", "go.yaml.in/yaml/v2"},
		"logscan/provider":          {"logscan/yamlline", "go.yaml.in/yaml/v2"},
		"logscan/reply":             {"logscan/bounce", "logscan/yamlline", "go.yaml.in/yaml/v2"},
		"logscan/textlog":           {"logscan/yamlline", "go.yaml.in/yaml/v2"},
		"logscan/yamlline":          {"go.yaml.in/yaml/v2"},
		"logscan/logtest":           {},
		"dashboards":                {},
		"collector/warmup":          {"logscan", "logscan/acct", "logscan/yamlline", "go.yaml.in/yaml/v2"},
	}
}

// TestImportsRunOneWay reads the imports of every package; tests may import
// what they like.
func TestImportsRunOneWay(t *testing.T) {
	rules := mayImport()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			checkImports(t, path, rules)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, path string, rules map[string][]string) {
	t.Helper()
	dir := filepath.ToSlash(filepath.Dir(path))
	allowed, known := rules[dir]
	if !known {
		t.Errorf("%s: package %s has no rule: say in mayImport what it may import", path, dir)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !isAllowed(strings.TrimPrefix(name, module), allowed) {
			t.Errorf("%s imports %s, which package %s may not", path, name, dir)
		}
	}
}

func isAllowed(name string, allowed []string) bool {
	for _, a := range allowed {
		if name == a || strings.Contains(a, ".") && strings.HasPrefix(name, a+"/") {
			return true
		}
	}
	first, _, _ := strings.Cut(name, "/")
	own := first == "collector" || first == "pmtaclient" || first == "logscan"
	return !own && !strings.Contains(first, ".") // Go's own library
}
