package main

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

func TestRunWithoutSimulating(t *testing.T) {
	tests := []struct {
		args         string
		code         int
		stdout, want string // a part of standard output, and the error line
	}{
		{"--help", 0, "--speed SECONDS ", ""},
		{"--list-scenarios", 0, "gmail-block        Gmail blocks", ""},
		{"--scenario=x", 2, "", `err="no scenario \"x\"; there are: calm, gmail-block, `},
		{"--bogus", 2, "", `err="flag provided but not defined: -bogus"`},
		{"--rate=0", 2, "", `err="rate 0 and speed 1 must be above 0"`},
		{"--max-file-size=1G", 2, "", "invalid syntax"},
	}
	for _, test := range tests {
		var stdout, stderr bytes.Buffer
		code := run(strings.Fields(test.args), &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("pmtasim %s = %d, %s, %s, want %d, %s, %s",
				test.args, code, &stdout, &stderr, test.code, test.stdout, test.want)
		}
		if n := strings.Count(stderr.String(), "\n"); n > 1 {
			t.Errorf("pmtasim %s wrote %d lines to standard error, want at most 1", test.args, n)
		}
	}
}

func TestCheckFree(t *testing.T) {
	taken, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	var stderr bytes.Buffer
	code := run([]string{"--dir=" + t.TempDir(), "--free-address=" + address}, io.Discard, &stderr)
	for _, part := range []string{address, "address already in use", "LISTEN="} {
		if code != 1 || !strings.Contains(stderr.String(), part) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("pmtasim with a taken address = %d, %s, want 1 and one line with %q", code, &stderr, part)
		}
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if err := checkFree(address); err != nil {
		t.Errorf("checkFree of a free address = %v", err)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]size{"50M": 50 << 20, "500K": 500 << 10, "1234": 1234, "0": 0} {
		var got size
		if err := got.Set(text); err != nil || got != want || got.String() != text {
			t.Errorf("size %q = %d, %v, printed %s", text, got, err, &got)
		}
	}
}
