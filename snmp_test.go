package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// snmpObjects are the objects of the MIB that were ever seen, by name.
func snmpObjects(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "samples", "snmp-objects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var objects []string
	for _, row := range rows[1:] {
		objects = append(objects, row[1])
	}
	slices.Sort(objects)
	return objects
}

func readText(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSNMPTable holds the table of docs/snmp.md to the published objects, and
// what it says to families that exist.
func TestSNMPTable(t *testing.T) {
	page, metrics := readText(t, "docs", "snmp.md"), readText(t, "docs", "metrics.md")
	var objects []string
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		objects = append(objects, strings.Trim(cells[1], " `"))
		if ours := strings.TrimSpace(cells[2]); ours != "-" && !strings.HasPrefix(ours, "`pmta_") || ours == "-" && strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s: of ours is %q, want a family, or - and why", cells[1], ours)
		}
	}
	slices.Sort(objects)
	if want := snmpObjects(t); !slices.Equal(objects, want) {
		t.Errorf("the table has %d objects %v,\nwant %d: %v", len(objects), objects, len(want), want)
	}
	for _, family := range regexp.MustCompile(`pmta_[a-z_]+`).FindAllString(page, -1) {
		if !strings.Contains(metrics, "\n| `"+family+"` |") {
			t.Errorf("docs/snmp.md names %s, which docs/metrics.md does not", family)
		}
	}
}

// TestSNMPModule reads the module for snmp_exporter's generator: it names only
// published objects, each once.
func TestSNMPModule(t *testing.T) {
	_, rest, _ := strings.Cut(readText(t, "docs", "snmp.md"), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	var generator struct {
		Auths map[string]struct {
			Version   int
			Community string
		}
		Modules map[string]struct {
			Walk      []string
			Overrides map[string]struct{ Type string }
		}
	}
	if err := yaml.UnmarshalStrict([]byte(text), &generator); err != nil {
		t.Fatal(err)
	}
	module, objects := generator.Modules["powermta"], snmpObjects(t)
	if len(module.Walk) == 0 || len(generator.Auths) == 0 {
		t.Errorf("the module is %+v", generator)
	}
	seen := map[string]bool{}
	for _, name := range module.Walk {
		if !slices.Contains(objects, name) || seen[name] {
			t.Errorf("walk names %s, which is no object or named twice", name)
		}
		seen[name] = true
	}
	for name := range module.Overrides {
		if !seen[name] {
			t.Errorf("overrides name %s, which is not walked", name)
		}
	}
}
