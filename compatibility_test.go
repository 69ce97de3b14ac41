package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCompatibilityNamesWhatExists: each fixture and each test that
// docs/compatibility.md calls a proof is there.
func TestCompatibilityNamesWhatExists(t *testing.T) {
	page := readText(t, "docs", "compatibility.md")
	tests := testNames(t)
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(page, -1)
	for _, m := range named {
		if !slices.Contains(tests, "func "+m[1]) {
			t.Errorf("there is no %s", m[1])
		}
	}
	fixtures := regexp.MustCompile("`([\\w.-]+\\.(?:xml|json|txt|html))`").FindAllStringSubmatch(page, -1)
	for _, m := range fixtures {
		if !isFixture(m[1]) {
			t.Errorf("there is no fixture %s", m[1])
		}
	}
	if len(named) == 0 || len(fixtures) == 0 {
		t.Errorf("the page names %d tests and %d fixtures", len(named), len(fixtures))
	}
	for _, reader := range []string{"README.md", filepath.Join("docs", "development.md")} {
		if !strings.Contains(readText(t, reader), "compatibility.md)") {
			t.Errorf("%s does not lead to docs/compatibility.md", reader)
		}
	}
}

// TestReliabilityNamesTestsThatExist: each promise has its proof.
func TestReliabilityNamesTestsThatExist(t *testing.T) {
	tests := testNames(t)
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(readText(t, "docs", "reliability.md"), -1)
	for _, m := range named {
		if !slices.Contains(tests, "func "+m[1]) {
			t.Errorf("there is no %s", m[1])
		}
	}
	if len(named) == 0 {
		t.Error("the page names no tests")
	}
}

func isFixture(name string) bool {
	for _, dir := range []string{"samples", "tolerance"} {
		if _, err := os.Stat(filepath.Join("testdata", dir, name)); err == nil {
			return true
		}
	}
	return false
}
