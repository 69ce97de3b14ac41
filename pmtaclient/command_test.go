package pmtaclient_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// newCommand is a stand-in for the command line tool and a client of it.
func newCommand(t *testing.T, f pmtaclient.Format) (*pmtatest.Command, *pmtaclient.Client) {
	t.Helper()
	tool, err := pmtatest.NewCommand(t.TempDir(), scene(), 500)
	if err != nil {
		t.Fatal(err)
	}
	return tool, newClient(t, pmtaclient.Options{URI: "exec:" + tool.Path, Format: f, MaxItems: 500})
}

// All pages say the same over HTTP and by the command, in all formats.
func TestCommandSaysTheSame(t *testing.T) {
	s := newServer(t)
	want := readAll(t, newClient(t, pmtaclient.Options{URI: s.URL}))
	for _, f := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON, pmtaclient.DOM} {
		_, c := newCommand(t, f)
		if got := readAll(t, c); !reflect.DeepEqual(got, want) {
			t.Errorf("%s says\n%+v\nthe web monitor says\n%+v", f, got, want)
		}
	}
}

// TestP8OnlyShows proves which words can reach the command: show, one of the
// pages and the two options.
func TestP8OnlyShows(t *testing.T) {
	tool, c := newCommand(t, pmtaclient.DOM)
	readAll(t, c)
	ctx := t.Context()
	_, errVersion := c.Version(ctx)
	_, errLicense := c.License(ctx)
	_, errQueues := c.QueuesOf(ctx, "a.example")
	if err := errors.Join(errVersion, errLicense, errQueues); err != nil {
		t.Error(err)
	}
	if _, err := c.DisabledSources(ctx); err == nil {
		t.Error("an unknown command gave no error")
	}
	for _, p := range pmtaclient.Pages() {
		_, _ = c.Raw(ctx, p) // an error is as good: what counts are the words
	}
	calls, err := tool.Calls()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(calls)
	want := []string{
		"[--dom][show][disabled][sources]", "[--dom][show][jobs][--maxitems=500]",
		"[--dom][show][queues][a.example][--maxitems=500][--errors]", "[--dom][show][status]",
		"[--dom][show][topdomains][--maxitems=500]", "[--dom][show][topqueues][--maxitems=500][--errors]",
		"[--dom][show][version]", "[--dom][show][vmtas][--maxitems=500]", "[show][license]",
	}
	if got := slices.Compact(calls); !slices.Equal(got, want) {
		t.Errorf("calls\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCommandFaults(t *testing.T) {
	for _, c := range []struct {
		name, fault string
		kind        pmtaclient.Kind
		says        []string
	}{
		{"refused", pmtatest.CommandRefuses, pmtaclient.KindRefused, []string{"ended with code 1", "you must be root", "group pmta"}},
		{"help", pmtatest.CommandPrintsHelp, pmtaclient.KindNotPMTA, []string{"--pmta.uri"}},
		{"breaks off", pmtatest.CommandBreaksOff, pmtaclient.KindRefused, []string{"ended with code 2", "connection to pmtad lost"}},
		{"H05 cut", pmtatest.CommandCuts, pmtaclient.KindCut, []string{"nothing of this answer", "by hand"}},
		{"H12 flood", pmtatest.CommandFloods, pmtaclient.KindTooLarge, []string{"--pmta.max-body-bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tool, client := newCommand(t, pmtaclient.XML)
			if err := tool.SetFault(c.fault); err != nil {
				t.Fatal(err)
			}
			status, err := client.Status(t.Context())
			wantError(t, err, c.kind, append(c.says, "show status")...)
			if status != nil {
				t.Errorf("part of a status: %+v", status)
			}
			if err := tool.SetFault(""); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Status(t.Context()); err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
}

func wantError(t *testing.T, err error, kind pmtaclient.Kind, says ...string) {
	t.Helper()
	var e *pmtaclient.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error %v, want kind %s", err, kind)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error %q, want %q in it", err, s)
		}
	}
}

// The deadline ends a tool that hangs, and whatever it started.
func TestH02CommandHangs(t *testing.T) {
	tool, client := newCommand(t, pmtaclient.XML)
	note := filepath.Join(t.TempDir(), "pids")
	fault := strings.Replace(pmtatest.CommandHangs, "wait", fmt.Sprintf("echo $$ $! > '%s'\nwait", note), 1)
	if err := tool.SetFault(fault); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := client.Status(ctx)
	wantError(t, err, pmtaclient.KindTimeout)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	pids, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.Fields(string(pids)); len(found) != 2 {
		t.Errorf("processes %q, want the tool and its child", found)
	}
	deadline, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	for _, pid := range strings.Fields(string(pids)) {
		for alive(pid) {
			if deadline.Err() != nil {
				t.Fatalf("process %s lives on", pid)
			}
			runtime.Gosched() // the kernel ends it in its own time
		}
	}
}

// alive reports whether a process runs; a zombie does not.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// TestCommandWrapper goes through a wrapper, as one that calls sudo.
func TestCommandWrapper(t *testing.T) {
	tool, err := pmtatest.NewCommand(t.TempDir(), scene(), 500)
	if err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(t.TempDir(), "wrapper")
	script := fmt.Sprintf("#!/bin/sh\n'%s' \"$@\"\ncode=$?\nexit $code\n", tool.Path)
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	client := newClient(t, pmtaclient.Options{URI: "exec:" + wrapper, MaxItems: 500})
	if _, err := client.Queues(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tool.SetFault(pmtatest.CommandHangs); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = client.Queues(ctx)
	wantError(t, err, pmtaclient.KindTimeout)
}

func TestCommandCannotStart(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		kind pmtaclient.Kind
		says string
	}{
		filepath.Join(dir, "missing"): {pmtaclient.KindUnreachable, "/usr/sbin/pmta"},
		plain:                         {pmtaclient.KindForbidden, "sudo"},
	} {
		client := newClient(t, pmtaclient.Options{URI: "exec:" + path, MaxItems: 1})
		_, err := client.Status(t.Context())
		wantError(t, err, want.kind, want.says)
	}
}
