package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFaultsAreDocumented holds docs/faults.md and the tests to the same set of
// fault ids: each is explained there, and each there has its test.
func TestFaultsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`[FRSHM][0-9]{2}`)
	explained := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		if row := strings.SplitN(line, "|", 3); len(row) == 3 {
			for _, found := range id.FindAllString(row[1], -1) {
				explained[found] = true
			}
		}
	}
	tested := map[string]bool{}
	for _, name := range testNames(t) {
		for _, found := range id.FindAllString(name, -1) {
			tested[found] = true
		}
	}
	if a, b := slices.Sorted(maps.Keys(explained)), slices.Sorted(maps.Keys(tested)); len(b) == 0 || !slices.Equal(a, b) {
		t.Errorf("docs/faults.md explains %v,\nthe tests name %v", a, b)
	}
	for i := 1; i <= 25; i++ {
		if id := fmt.Sprintf("H%02d", i); !explained[id] {
			t.Errorf("%s, a fault of PowerMTA's interface, is not claimed", id)
		}
	}
}

// testNames returns the names of tests and the quoted names of their cases.
func testNames(t *testing.T) []string {
	t.Helper()
	named := regexp.MustCompile(`func Test\w+|"[FRSHM][0-9]{2}[^"]*"`)
	var names []string
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		names = append(names, named.FindAllString(string(source), -1)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
