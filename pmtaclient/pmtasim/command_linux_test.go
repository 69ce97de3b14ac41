package main

import (
	"io"
	"testing"
)

// TestCommandDiesWithPmtasim relies on the pipe: its end comes when the last of
// those who hold it is gone.
func TestCommandDiesWithPmtasim(t *testing.T) {
	cmd := program(t, "stubborn")
	lines := startReady(t, cmd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("command wrote %q, %v after pmtasim was killed, want nothing", rest, err)
	}
	_ = cmd.Wait()
}
