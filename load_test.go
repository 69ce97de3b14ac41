package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// crowd is a server (synthetic) with n queues: 100 domains on n/100
// VirtualMTAs, each queue with five errors, as the capture of 2014 has them.
func crowd(n int) (state pmtatest.State, recipients int64) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	events := make([]pmtatest.Event, 5)
	for i := range events {
		events[i] = pmtatest.Event{
			Type: "error", Time: now.Add(-time.Duration(i) * time.Second),
			Text: fmt.Sprintf(`skip of MX requested: "421 mtaig-aaj%02d.mx.example.com Service unavailable - try again later" received from mx%d.example.com (198.51.100.%d)`, i, i, i),
		}
	}
	state = pmtatest.State{TimeNow: now, StartupTime: now.Add(-time.Hour), Status: "running"}
	for i := range n {
		q := pmtatest.Queue{
			Domain: fmt.Sprintf("domain%02d.example", i%100), VMTA: fmt.Sprintf("vmta-%03d", i/100),
			Rcp: int64(n - i), KB: float64(n - i), Conn: i % 3, Mode: pmtatest.ModeNormal, Events: events,
		}
		if i%10 == 0 {
			q.Domain = []string{"gmail.com", "yahoo.com", "hotmail.com", "icloud.com", "gmx.de"}[i/10%5]
			q.Mode, q.RetryTime = pmtatest.ModeBackoff, now.Add(time.Minute)
		}
		state.Queues = append(state.Queues, q)
		recipients += q.Rcp
	}
	return state, recipients
}

// patience lets the stand-in, which the race detector slows, take its time: CPU
// and bytes are measured here.
const patience = "--pmta.timeout=1m"

// TestTwentyThousandQueues measures the built binary: one scrape of 20,000
// queues costs under 1 s of CPU and 150 MiB, gives under 2 MiB, and its sums
// are exact.
func TestTwentyThousandQueues(t *testing.T) {
	const n = 20_000
	state, recipients := crowd(n)
	for _, format := range []string{"xml", "json"} {
		t.Run(format, func(t *testing.T) {
			server := pmtatest.NewServer(pmtatest.WithState(state), pmtatest.WithMaxItems(0))
			defer server.Close()
			p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri="+server.URL, "--pmta.format="+format, patience)
			before := cpuTime(t, p.cmd.Process.Pid)
			status, body := fetch(t, p.url)
			cpu := cpuTime(t, p.cmd.Process.Pid) - before
			peak := peakRSS(t, p.cmd.Process.Pid)
			t.Logf("%d queues in %s: %v of CPU, %d MiB peak RSS, %d KiB of metrics", n, format, cpu, peak>>20, len(body)>>10)
			if status != http.StatusOK || cpu > time.Second || peak > 150<<20 || len(body) > 2<<20 {
				t.Errorf("status %d, %v of CPU, %d MiB, %d bytes, want 200, 1 s, 150 MiB, 2 MiB", status, cpu, peak>>20, len(body))
			}
			all := scrape(t, p.url)
			for family, want := range map[string]float64{
				"pmta_queue_recipients": float64(recipients), "pmta_queued_recipients": float64(recipients),
				"pmta_domain_recipients": float64(recipients), "pmta_vmta_recipients": float64(recipients),
				"pmta_queues": n, "pmta_queue_bytes": 1024 * float64(recipients),
			} {
				if got := all.sum(family); got != want {
					t.Errorf("sum of %s is %v, want %v", family, got, want)
				}
			}
		})
	}
}

// TestManyVMTAs is the worst case for the length of the answer: as many
// VirtualMTAs as queues.
func TestManyVMTAs(t *testing.T) {
	const n = 20_000
	state, recipients := crowd(n)
	for i := range state.Queues {
		state.Queues[i].VMTA, state.Queues[i].Domain = fmt.Sprintf("vmta%05d", i), fmt.Sprintf("domain%d.example", i/2)
	}
	server := pmtatest.NewServer(pmtatest.WithState(state), pmtatest.WithMaxItems(0))
	defer server.Close()
	p := start(t, "pmta_exporter", "--web.listen-address=127.0.0.1:0", "--pmta.uri="+server.URL, patience)
	_, body := fetch(t, p.url)
	all := scrape(t, p.url)
	t.Logf("%d KiB of metrics", len(body)>>10)
	if len(body) > 2<<20 || all.sum("pmta_queued_recipients") != float64(recipients) || all.sum("pmta_vmta_recipients") != float64(recipients) {
		t.Errorf("%d bytes, sums %v and %v, want at most 2 MiB and %d", len(body),
			all.sum("pmta_queued_recipients"), all.sum("pmta_vmta_recipients"), recipients)
	}
}

// cpuTime is the CPU time that a process used, of user and system.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	ticks := 0
	for _, i := range []int{11, 12} { // utime and stime, after the name
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100
}

// peakRSS is the most memory that a process ever held.
func peakRSS(t *testing.T, pid int) int { return memory(t, pid, "VmHWM") }

// memory is a figure of a process in bytes, under the name that proc(5) gives
// it.
func memory(t *testing.T, pid int, name string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	var kilobytes int
	if _, err := fmt.Sscanf(rest, "%d kB", &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
