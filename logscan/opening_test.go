package logscan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestF16Symlinks(t *testing.T) {
	for _, absolute := range []bool{true, false} {
		r := newRig(t, only("acct"))
		link := func(to string) {
			if absolute {
				to = r.path(to)
			}
			r.must(os.Symlink(to, r.path("acct")))
		}
		r.append("one", header+rows("a"))
		r.append("two", header+rows("x"))
		link("one")
		r.want("a")
		r.append("one", rows("b"))
		r.remove("acct")
		r.want("a", "b")
		link("two")
		r.want("a", "b", "x")
		r.append("one", rows("late"))
		r.append("two", rows("y"))
		r.want("a", "b", "late", "x", "y")
		r.wantRotations(1)
	}
	t.Run("F16 dangling and in a loop", func(t *testing.T) {
		r := newRig(t)
		r.symlink("missing", "acct-1")
		r.symlink("acct-2", "acct-2")
		r.append("acct-3", header+rows("a"))
		r.want("a")
		r.wantLog("too many levels of symbolic links", 1)
		r.append("missing", header+rows("b"))
		r.want("a", "b")
	})
}

// A link that somebody puts into a followed directory leads nowhere else.
func TestF16LinkOutOfTheDirectory(t *testing.T) {
	timed(t, "refused as long as it is there", func(t *testing.T) {
		r := newRig(t, only("acct*", "*/acct*"))
		outside := t.TempDir()
		secret := filepath.Join(outside, "acct")
		r.must(os.WriteFile(secret, []byte(header+rows("secret")), 0o644))
		links := map[string]string{"acct-file": secret, "dir": outside, "acct-relative": "../" + filepath.Base(outside) + "/acct"}
		for at, to := range links {
			r.must(os.Symlink(to, r.path(at)))
		}
		r.append("acct-1", header+rows("a"))
		r.want("a")
		r.want("a")
		r.wantReadable(false)
		r.wantLog("leads out of the directory", 1)
		r.wantLog("links within the directory are followed", 1)
		in := Inspect(r.path("acct-file"))
		if len(in.Files) != 1 || !errors.Is(in.Files[0].Err, errOutside) || !strings.Contains(in.Files[0].Err.Error(), r.path("acct-file")) {
			t.Errorf("Inspect() = %+v, want that the link is refused", in)
		}
		for at := range links {
			r.remove(at)
		}
		r.want("a")
		pass(grace)
		r.want("a")
		r.wantReadable(true)
	})
}

// The directory itself may be a link: it is the one that was named.
func TestF16DirectoryIsALink(t *testing.T) {
	real := t.TempDir()
	r := newRig(t, only("dir/acct*"))
	r.must(os.Symlink(real, r.path("dir")))
	r.append("dir/acct", header+rows("a"))
	r.want("a")
	t.Chdir(r.dir) // and a path may be relative
	r.s.options.Accounting = []string{"dir/acct*"}
	r.s = newScanner(t, r.s.options)
	r.want("a")
}

// A FIFO that takes the place of a file between two system calls blocks nobody.
func TestF20OpenDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := openToRead(dir, path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestDirectoryOf(t *testing.T) {
	for pattern, want := range map[string]string{
		"/var/log/pmta/acct*.csv": "/var/log/pmta",
		"/var/log/*/acct*.csv":    "/var/log",
		"/var/log/acct.csv":       "/var/log",
		"/*/acct":                 "/",
		"acct*":                   ".",
		"../log[0-9]/acct":        "..",
	} {
		if got := directoryOf(pattern); got != want {
			t.Errorf("directoryOf(%q) = %q, want %q", pattern, got, want)
		}
	}
}
