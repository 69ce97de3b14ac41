//go:build !linux

package main

import "os/exec"

// dieWithParent does nothing: only Linux knows how.
func dieWithParent(*exec.Cmd) {}
