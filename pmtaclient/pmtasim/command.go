package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// grace is how long a command may take to end after SIGTERM.
const grace = 4 * time.Second

// command is the command that runs beside the simulation.
type command struct {
	args   []string
	env    []string
	stdout io.Writer
	stderr io.Writer
	grace  time.Duration
}

// run runs the command and returns its exit code, 128 and more after a signal,
// as shells do. When the context ends the command gets SIGTERM, and SIGKILL if
// it does not heed it. Where the system can, the command also ends when this
// program is killed; that needs the thread that started it to live as long.
func (c command) run(ctx context.Context) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = c.grace
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start command: %w", err)
	}
	_ = cmd.Wait() // the state says more
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}
