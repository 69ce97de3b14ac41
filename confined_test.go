package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// Shell scripts that confine "$@" by namespaces, which needs no root where
// user namespaces are allowed.
const (
	// smallDisk mounts a disk of 1 MiB at a directory.
	smallDisk = `exec unshare --user --map-root-user --mount sh -ec 'mount -t tmpfs -o size=1m none "%s"; exec "$@"' sh "$@"`
	// container runs as the first process of a container: nothing can be
	// written, least of all in a directory; the user has no name, home or rights.
	container = `exec unshare --user --map-root-user --mount --pid --fork --mount-proc sh -ec '
		mount --bind "%[1]s" "%[1]s"
		mount -o remount,bind,ro "%[1]s"
		mount -o remount,bind,ro /
		if touch "%[1]s/x" /x 2>/dev/null; then echo "still writable" >&2; exit 1; fi
		exec env -i "PATH=$PATH" unshare --user --map-user=54321 --map-group=54321 "$@"' sh "$@"`
)

// confined returns a script for a directory, and skips the test where the
// system does not let it work.
func confined(t *testing.T, script, dir string) string {
	t.Helper()
	script = fmt.Sprintf(script, dir)
	if out, err := exec.Command("sh", "-ec", script, "sh", "true").CombinedOutput(); err != nil {
		t.Skipf("needs namespaces of mounts and users (unshare): %v: %s", err, out)
	}
	return script
}

// TestM14Container: without a place to write, rights, home or name the exporter
// works, as process 1, and says that its counts live in memory.
func TestM14Container(t *testing.T) {
	server := pmtatest.NewServer(pmtatest.WithState(office()))
	defer server.Close()
	for _, c := range []struct{ name, directory, says string }{
		{"no state directory", "", `msg="Counts start at 0 with each start"`},
		{"one that cannot be written", "state", `msg="Cannot use the state directory, counting from memory"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeDeliveries(t, dir, "acct", 100)
			args := []string{"--web.listen-address=127.0.0.1:0", "--pmta.uri=" + server.URL, "--scan.from=start", "--scan.accounting=" + filepath.Join(dir, "*.csv")}
			if c.directory != "" {
				if err := os.Mkdir(filepath.Join(dir, c.directory), 0o777); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--state.directory="+filepath.Join(dir, c.directory))
			}
			p := serving(t, launchBy(t, confined(t, container, dir), "pmta_exporter", args...))
			all := eventually(t, p.url, func(s samples) bool { return s.sum("pmta_accounting_records_total") == 100 })
			if all.at(t, "pmta_up") != 1 || all.at(t, "pmta_exporter_state_enabled") != 0 || all.at(t, "process_open_fds") == 0 {
				t.Errorf("up %v, state enabled %v, want 1 and 0", all["pmta_up"], all["pmta_exporter_state_enabled"])
			}
			if n := strings.Count(p.log.String(), c.says); n != 1 {
				t.Errorf("%q is said %d times, want once:\n%s", c.says, n, p.log)
			}
		})
	}
}

// TestS05FullDisk: while there is no room for the state, the exporter goes on
// and shows what it kept last; once there is room, what it counted meanwhile.
func TestS05FullDisk(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	p := serving(t, launchBy(t, confined(t, smallDisk, state), "pmta_exporter", followArgs(dir, state, "--web.listen-address=127.0.0.1:0", "--pmta.uri=http://127.0.0.1:1")...))
	counted := func(s samples) float64 { return s.sum("pmta_accounting_records_total") }
	writeDeliveries(t, dir, "before", 100)
	eventually(t, p.url, func(s samples) bool { return counted(s) == 100 && s["pmta_exporter_state_commit_success"] == 1 })
	filler := filepath.Join("/proc", fmt.Sprint(p.cmd.Process.Pid), "root", state, "filler")
	fillDisk(t, filler)
	writeDeliveries(t, dir, "meanwhile", 100)
	eventually(t, p.url, func(s samples) bool {
		return s["pmta_exporter_state_commit_success"] == 0 && s.sum("pmta_exporter_scan_open_files") == 2
	})
	ticker := time.NewTicker(time.Second) // in which the next commit is tried
	defer ticker.Stop()
	for range 3 {
		<-ticker.C
		if s := scrape(t, p.url); counted(s) != 100 || s["pmta_exporter_state_commit_success"] != 0 {
			t.Errorf("%v records shown, commit success %v, want 100 and 0 on a full disk", counted(s), s["pmta_exporter_state_commit_success"])
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, p.url, func(s samples) bool { return counted(s) == 200 && s["pmta_exporter_state_commit_success"] == 1 })
	for _, line := range []string{`msg="Cannot keep the counts, showing the last ones kept"`, `msg="The counts are kept again"`} {
		if n := strings.Count(p.log.String(), line); n != 1 {
			t.Errorf("%s is said %d times, want once:\n%s", line, n, p.log)
		}
	}
}

// fillDisk writes to a file until there is no room.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
