package pmtaclient

import (
	"context"
	"os/exec"
	"testing"
	"time"
)

// TestH02CommandCannotBeKilled: what sudo runs for another user cannot be
// killed by us; it must not be waited for.
func TestH02CommandCannotBeKilled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cmd := exec.Command("sleep", "600") // not of the context: nobody kills it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	err := waitFor(ctx, cmd)
	if took := time.Since(begin); err == nil || took > 5*time.Second {
		t.Errorf("waited %v, error %v", took, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}
