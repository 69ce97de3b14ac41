//go:build race

package logscan

// raced says that the race detector watches: it lets pools forget at random.
const raced = true
