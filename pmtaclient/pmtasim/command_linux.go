package main

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel end the command when this program ends in
// whatever way.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
