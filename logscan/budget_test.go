package logscan

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
)

func TestM11BudgetOfDescriptors(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	})
	for most, want := range map[uint64]int{64: 16, 1000: 250, limit.Max: min(int(limit.Max/4), maxOpenFiles)} {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: most, Max: limit.Max}); err != nil {
			t.Fatal(err)
		}
		if got := openFilesBudget(); got != want {
			t.Errorf("openFilesBudget() = %d of %d descriptors, want %d", got, most, want)
		}
	}
}

// Where others of the process take descriptors, the scanner does with fewer.
func TestM11OutOfDescriptors(t *testing.T) {
	r := newRig(t)
	r.s.tracker.openFile = func(dir, path string) (opened, error) {
		if len(r.s.tracker.handles) >= 3 {
			return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EMFILE}
		}
		return openToRead(dir, path)
	}
	for i := range 20 {
		r.append(fmt.Sprintf("acct-%d", i), header+rows("a"))
	}
	r.want(slices.Repeat([]string{"a"}, 20)...)
	r.wantReadable(true)
	r.wantLog("level=warn", 0)
}
