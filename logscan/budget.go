package logscan

import "syscall"

// maxOpenFiles bounds the file descriptors of a Scanner.
const maxOpenFiles = 256

// openFilesBudget is how many files a Scanner may hold open: a quarter of what
// the process may, since scrapes, PowerMTA and the state need some too.
func openFilesBudget() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxOpenFiles
	}
	return int(max(1, min(limit.Cur/4, maxOpenFiles)))
}
