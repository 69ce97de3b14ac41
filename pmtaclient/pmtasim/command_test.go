//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play pmtasim, or a command that pmtasim runs.
func TestMain(m *testing.M) {
	switch os.Getenv("PMTASIM_TEST_ROLE") {
	case "pmtasim":
		_ = os.Setenv("PMTASIM_TEST_ROLE", "command")
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	case "command":
		os.Exit(playCommand(os.Args[1]))
	}
	goleak.VerifyTestMain(m)
}

// playCommand behaves as its argument says. The waiting ones report once they
// are ready for signals, and give up by themselves when the program under test
// forgets them.
func playCommand(role string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	forgotten := time.After(time.Minute)
	switch role {
	case "environment":
		fmt.Println(os.Getenv("PMTA_EXPORTER_PMTA_URI"))
		fmt.Println(os.Getenv("PMTA_EXPORTER_SCAN_ACCOUNTING"))
		fmt.Println(os.Getenv("PMTA_EXPORTER_PMTA_TLS_CA_FILE"))
		return 7
	case "polite":
		fmt.Println("ready")
		select {
		case <-signals:
			return 3
		case <-forgotten:
			return 4
		}
	default: // stubborn
		fmt.Println("ready")
		for {
			select {
			case <-signals:
				fmt.Println("no")
			case <-forgotten:
				return 4
			}
		}
	}
}

// program prepares pmtasim with a command beside it, as a process of its own in
// a group of its own.
func program(t testing.TB, role string, flags ...string) *exec.Cmd {
	t.Helper()
	args := append(flags, "--warmup=1s", "--dir="+t.TempDir(), "--", os.Args[0], role)
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PMTASIM_TEST_ROLE=pmtasim")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// startReady starts a program and waits until its command is ready for signals.
func startReady(t testing.TB, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("command wrote %q, %v, want ready", line, err)
	}
	return lines
}

func TestCommandFindsEverything(t *testing.T) {
	cmd := program(t, "environment", "--tls")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != 7 {
		t.Errorf("pmtasim ended with %d, want its command's 7: %s", got, &stderr)
	}
	lines := strings.Split(stdout.String(), "\n")
	if !strings.HasPrefix(lines[0], "https://127.0.0.1:") {
		t.Errorf("URI = %q, want the server's", lines[0])
	}
	if paths, _ := filepath.Glob(lines[1]); len(paths) != 2 || !filepath.IsAbs(lines[1]) {
		t.Errorf("%s matches %q, want the two accounting files", lines[1], paths)
	}
	data, err := os.ReadFile(lines[2])
	block, _ := pem.Decode(data)
	if err != nil || block == nil {
		t.Fatalf("CA file %q = %q, %v", lines[2], data, err)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		t.Errorf("CA file: %v", err)
	}
	want := `level=info msg="Simulated PowerMTA is running" url=` + lines[0] + " scenario=calm acct="
	if !strings.HasPrefix(stderr.String(), want) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("standard error = %s, want one line: %s", &stderr, want)
	}
}

func TestSignalsEndBoth(t *testing.T) {
	for name, signal := range map[string]func(pid int) error{
		"SIGTERM to pmtasim":   func(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) },
		"SIGINT to the group":  func(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) },
		"SIGTERM to the group": func(pid int) error { return syscall.Kill(-pid, syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			ledger := filepath.Join(t.TempDir(), "ledger.json")
			cmd := program(t, "polite", "--ledger="+ledger)
			lines := startReady(t, cmd)
			if err := signal(cmd.Process.Pid); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			rest, _ := io.ReadAll(lines) // ends when both have ended
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 3 || len(rest) > 0 {
				t.Errorf("pmtasim ended with %d and wrote %q, want its command's 3", code, rest)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("the end took %s, want less than 5s", d)
			}
			readLedger(t, ledger)
		})
	}
}

func TestStubbornCommandIsKilled(t *testing.T) {
	t.Setenv("PMTASIM_TEST_ROLE", "command")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code, err := command{[]string{os.Args[0], "stubborn"}, nil, w, io.Discard, 2 * time.Second}.run(ctx)
		if err != nil {
			t.Error(err)
		}
		_ = w.Close() // whoever still reads finds the end
		ended <- code
	}()
	lines := bufio.NewReader(r)
	for _, want := range []string{"ready\n", "no\n"} {
		if line, err := lines.ReadString('\n'); line != want {
			t.Fatalf("command wrote %q, %v, want %q", line, err, want)
		}
		cancel()
	}
	if code := <-ended; code != 128+int(syscall.SIGKILL) {
		t.Errorf("run = %d, want the code of a killed command", code)
	}
}

// TestFailureEndsTheCommand takes the directory away, so that the next
// accounting file cannot begin.
func TestFailureEndsTheCommand(t *testing.T) {
	t.Setenv("PMTASIM_TEST_ROLE", "command")
	dir := t.TempDir()
	c, err := parse([]string{"--warmup=1s", "--max-file-size=5K", "--dir=" + dir, "--", os.Args[0], "polite"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	ended := make(chan error)
	go func() {
		_, err := simulate(t.Context(), c, w, io.Discard)
		ended <- err
	}()
	if line, err := bufio.NewReader(r).ReadString('\n'); line != "ready\n" {
		t.Fatalf("command wrote %q, %v, want ready", line, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "acct")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "start accounting file: ") {
		t.Errorf("simulate = %v, want that a file cannot begin", err)
	}
}

func TestCommandThatDoesNotExist(t *testing.T) {
	_, err := command{args: []string{"/nonexistent"}}.run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "start command: ") {
		t.Errorf("run = %v, want an error of the start", err)
	}
}
