package pmtatest

import (
	"context"
	"runtime"
	"strings"
	"time"
)

// LeftBehind waits until no goroutine runs that serves connections or code of
// the given packages, and shows those that are still there after 5 s. Goroutines
// of tests do not count, so call it where no other test runs.
func LeftBehind(ctx context.Context, packages ...string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		left := goroutinesIn(append(packages, "net/http.(*persistConn)"))
		if left == "" || ctx.Err() != nil {
			return left
		}
		runtime.Gosched() // they end in their own time
	}
}

// goroutinesIn shows the stacks that hold one of the words.
func goroutinesIn(words []string) string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, g := range strings.Split(string(stacks), "\n\n")[1:] { // the first one is the caller
		for _, w := range words {
			if strings.Contains(g, w) && !strings.Contains(g, "testing.tRunner(") {
				found = append(found, g)
				break
			}
		}
	}
	return strings.Join(found, "\n\n")
}
