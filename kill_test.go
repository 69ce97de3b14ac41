//go:build linux

package main

import (
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// kills is how often the exporter is killed; make test-kill does it 1,000 times.
func kills(t *testing.T) int {
	t.Helper()
	if os.Getenv("KILLS") == "" {
		return 25
	}
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestS01KillLoop kills the built exporter again and again, in each phase of
// its work and at random instants, and stops it in between, while the built
// simulator writes and rotates files and a scraper looks on. In the end every
// count equals the simulator's ledger, none that was seen ever stepped back,
// and none ever began anew.
func TestS01KillLoop(t *testing.T) {
	t.Parallel()
	begin, n := time.Now(), kills(t)
	l := newKillLoop(t)
	for range n {
		l.live(t, l.next())
	}
	l.endTraffic()
	var ledger pmtatest.Ledger
	if !readLedger(t, l.ledger, &ledger) {
		t.Fatal("the simulator left no ledger")
	}
	last := l.run(t)
	t.Cleanup(func() { last.stop(t) })
	last.url = "http://" + last.log.waitFor(t, "Listening on", "address") + "/metrics"
	all := eventually(t, last.url, func(now samples) bool {
		return now.sum("pmta_accounting_records_total") >= float64(recordsOf(ledger)) && now.sum("pmta_log_lines_total") >= float64(linesOf(ledger))
	})
	compareLedger(t, all, ledger)
	l.watcher.end(t, truth(ledger))
	t.Logf("%d kills: %d in a commit, %d in a rename, %d of these between the two, %d in a rotation, %d in a read, %d elsewhere",
		n, l.hits(committing), l.hits(renaming), l.hits(between), l.hits(rotating), l.hits(reading), l.hits(elsewhere))
	t.Logf("%d stops, %d of them to the death; %v records, %d scrapes, %v", l.stops, l.stopped,
		all.sum("pmta_accounting_records_total"), l.watcher.scrapes, time.Since(begin).Round(time.Second))
	for _, p := range aims() {
		if got, want := l.hits(p), n/20; got < want {
			t.Errorf("%d kills hit the phase %s, want %d", got, p, want)
		}
	}
	if l.watcher.scrapes < n/2 {
		t.Errorf("%d scrapes, want at least one for two kills", l.watcher.scrapes)
	}
}

// killLoop starts the exporter over and over on one state directory.
type killLoop struct {
	exporter   []string // its arguments
	ledger     string   // where the simulator writes it
	endTraffic func()
	chance     *rand.Rand
	witness    *witness
	watcher    *watcher

	died           map[phase]int
	stops, stopped int // how often it was stopped, and how often killed while it was
}

func newKillLoop(t *testing.T) *killLoop {
	t.Helper()
	dir, state, address := t.TempDir(), t.TempDir(), freeAddress(t)
	l := &killLoop{ledger: filepath.Join(dir, "ledger.json"), died: map[phase]int{}}
	sim := launch(t, "pmtasim", "--dir="+dir, "--scenario=hard-bounce-spike", "--warmup=1m", "--speed=30",
		"--max-file-size=300K", "--keep-files=100", "--ledger="+l.ledger)
	l.endTraffic = sync.OnceFunc(func() { sim.stop(t) })
	t.Cleanup(l.endTraffic)
	acct := sim.log.waitFor(t, "Simulated PowerMTA is running", "acct")
	logs := filepath.Join(filepath.Dir(acct), "log", pmtatest.LogName)
	l.exporter = []string{
		"--web.listen-address=" + address, "--pmta.uri=http://127.0.0.1:1", "--state.directory=" + state,
		"--scan.from=start", "--scan.poll-interval=20ms", "--scan.accounting=" + filepath.Join(acct, "*.csv"), "--scan.log=" + logs + "*",
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l.chance = rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	l.witness = newWitness(t, state, acct)
	l.watcher = watch(t, "http://"+address+"/metrics?collect[]=accounting")
	return l
}

func (l *killLoop) run(t *testing.T) *program {
	t.Helper()
	return launch(t, "pmta_exporter", l.exporter...)
}

// next is the phase to aim at: that with the fewest hits, and with every fifth
// kill none.
func (l *killLoop) next() phase {
	if l.chance.IntN(5) == 0 {
		return elsewhere
	}
	fewest := aims()[0]
	for _, p := range aims() {
		if l.hits(p) < l.hits(fewest) {
			fewest = p
		}
	}
	return fewest
}

// hits is how many kills hit a phase.
func (l *killLoop) hits(p phase) int {
	if p == renaming {
		return l.died[renaming] + l.died[between]
	}
	return l.died[p]
}

// live starts the exporter, stops it now and then for a while, and kills it in
// a phase of its work. Where that phase does not come, it is killed all the
// same. What it was doing when it died is for the witness to tell.
func (l *killLoop) live(t *testing.T, aim phase) {
	t.Helper()
	l.witness.forget(t)
	p := l.run(t)
	defer func() { _ = p.cmd.Process.Kill() }() // when the test ends early
	stopped := false
	if l.chance.IntN(4) == 0 {
		l.witness.until(t, l.upTo(300*time.Millisecond), never)
		stopped = l.chance.IntN(2) == 0
		l.stop(t, p, stopped)
	}
	switch {
	case stopped:
	case aim == elsewhere:
		l.witness.until(t, l.upTo(400*time.Millisecond), never)
	default:
		l.witness.until(t, 3*time.Second, l.witness.moment(l.chance, aim))
		if aim == rotating { // to find the new file, read it, begin to commit
			l.witness.until(t, l.upTo(justNow/2), never)
		}
	}
	l.died[l.kill(t, p)]++
}

// upTo is a random time.
func (l *killLoop) upTo(most time.Duration) time.Duration {
	return time.Duration(l.chance.Int64N(int64(most)))
}

// stop stops the exporter for a while, and lets it go on unless it is to die.
func (l *killLoop) stop(t *testing.T, p *program, dies bool) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
	for late := time.Now().Add(10 * time.Second); !p.isStopped(t) && time.Now().Before(late); {
		l.witness.until(t, time.Millisecond, never)
	}
	if !p.isStopped(t) {
		t.Fatalf("%s is not stopped 10 s after SIGSTOP", p.cmd.Path)
	}
	l.stops++
	l.witness.until(t, l.upTo(300*time.Millisecond), never)
	if dies {
		l.stopped++
		return
	}
	p.signal(t, syscall.SIGCONT)
}

// isStopped reports whether a program stands still.
func (p *program) isStopped(t *testing.T) bool {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(stat), ") T ")
}

// kill kills the exporter and tells what it was doing.
func (l *killLoop) kill(t *testing.T, p *program) phase {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	l.witness.sent(t)
	err := <-p.ended
	if s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
		t.Fatalf("the exporter ended by itself: %v:\n%s", err, p.log)
	}
	return l.witness.verdict(t)
}

// signal sends a signal to a program that must be there.
func (p *program) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil {
		t.Fatalf("%v of %s: %v:\n%s", s, p.cmd.Path, err, p.log)
	}
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	return ln.Addr().String()
}
