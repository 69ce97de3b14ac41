package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGoroutinesAreWatched: each package that starts goroutines has its tests
// look for those that are left over.
func TestGoroutinesAreWatched(t *testing.T) {
	starts := regexp.MustCompile(`\bgo func\(|\.Go\(`)
	started, watched := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != "." && strings.HasPrefix(path, ".") {
			return fs.SkipDir // other modules
		}
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := os.ReadFile(path)
		dir := filepath.Dir(path)
		started[dir] = started[dir] || starts.Match(source)
		watched[dir] = watched[dir] || strings.Contains(string(source), "\tgoleak.VerifyTestMain(m")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range started {
		if started[dir] && !watched[dir] {
			t.Errorf("package %s starts goroutines: call goleak.VerifyTestMain in its TestMain", dir)
		}
	}
}
