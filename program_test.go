package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"
)

// program is a built binary that runs.
type program struct {
	cmd   *exec.Cmd
	url   string // of its metrics
	log   *logBuffer
	ended chan error
}

// binaryDir is where the programs of binaries lie, until TestMain removes it.
var binaryDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "pmta_exporter") })

// binaries builds the programs for the first test that needs them, without the
// race detector that slows them.
var binaries = sync.OnceValues(func() (string, error) {
	dir, err := binaryDir()
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir+"/", ".", "./pmtaclient/pmtasim").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return dir, nil
})

// TestMain removes the binaries in the end, and wants no goroutine left over.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if dir, err := binaryDir(); err == nil {
			_ = os.RemoveAll(dir) // what stays is in the system's temporary directory
		}
		os.Exit(code)
	}))
}

// start runs a built binary and waits until it serves metrics. It is ended
// with the test.
func start(t *testing.T, name string, args ...string) *program {
	t.Helper()
	return serving(t, launch(t, name, args...))
}

// serving waits until a program serves metrics, and ends it with the test.
func serving(t *testing.T, p *program) *program {
	t.Helper()
	t.Cleanup(func() { p.stop(t) })
	p.url = "http://" + p.log.waitFor(t, "Listening on", "address") + "/metrics"
	return p
}

// launch runs a built binary.
func launch(t *testing.T, name string, args ...string) *program {
	t.Helper()
	return launchBy(t, `exec "$@"`, name, args...)
}

// launchBy runs a built binary by a shell script that finds it and its
// arguments in "$@", in a process group of its own.
func launchBy(t *testing.T, script, name string, args ...string) *program {
	t.Helper()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	words := append([]string{"-ec", script, name, filepath.Join(dir, name)}, args...)
	p := &program{cmd: exec.Command("sh", words...), log: newLogBuffer(), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	p.cmd.Stderr = p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	return p
}

// stop sends SIGTERM to the program's group and wants it to end well in 5 s.
func (p *program) stop(t *testing.T) {
	t.Helper()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) // it may have ended by itself
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("%s ended with %v:\n%s", p.cmd.Path, err, p.log)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s did not end within 5 s of SIGTERM:\n%s", p.cmd.Path, p.log)
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		err := <-p.ended
		t.Logf("killed: %v", err)
	}
}

// logBuffer keeps what a program logs and lets tests wait for a line.
type logBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{} // closed and replaced when text grows
}

func newLogBuffer() *logBuffer { return &logBuffer{grown: make(chan struct{})} }

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.grown)
	l.grown = make(chan struct{})
	return l.text.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// waitFor returns the value of a key in the first line with a message.
func (l *logBuffer) waitFor(t *testing.T, msg, key string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		l.mu.Lock()
		text, grown := l.text.String(), l.grown
		l.mu.Unlock()
		for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
			if _, rest, ok := strings.Cut(s.Text(), " "+key+"="); ok && strings.Contains(s.Text(), msg) {
				value, _, _ := strings.Cut(rest, " ")
				return value
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("no line with %q and %s in the log:\n%s", msg, key, text)
		}
	}
}

// fetch reads a page.
func fetch(t *testing.T, url string) (status int, body []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// samples are the values of an exposition by series, such as name{label="x"}.
type samples map[string]float64

// scrape reads the metrics of a program.
func scrape(t *testing.T, url string) samples {
	t.Helper()
	status, body := fetch(t, url)
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	all := samples{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			all.add(name, m)
		}
	}
	return all
}

// add adds a metric under the names that Prometheus gives its series: a
// histogram is its count, its sum and its buckets.
func (s samples) add(name string, m *dto.Metric) {
	h := m.GetHistogram()
	if h == nil {
		s[name+labels(m)] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		return
	}
	s[name+"_count"+labels(m)], s[name+"_sum"+labels(m)] = float64(h.GetSampleCount()), h.GetSampleSum()
	for _, b := range h.GetBucket() {
		le := "le=" + strconv.Quote(strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64))
		s[name+"_bucket"+labels(m, le)] = float64(b.GetCumulativeCount())
	}
}

func labels(m *dto.Metric, pairs ...string) string {
	for _, l := range m.GetLabel() {
		pairs = append(pairs, l.GetName()+"="+strconv.Quote(l.GetValue()))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// at is the value of a series that must be there.
func (s samples) at(t *testing.T, series string) float64 {
	t.Helper()
	v, ok := s[series]
	if !ok {
		t.Errorf("%s is missing", series)
	}
	return v
}

// sum adds up the series of a family that have all the given label pairs.
func (s samples) sum(name string, pairs ...string) (sum float64) {
	for series, v := range s {
		if family, _, _ := strings.Cut(series, "{"); family != name {
			continue
		}
		matches := true
		for _, p := range pairs {
			matches = matches && strings.Contains(series, p)
		}
		if matches {
			sum += v
		}
	}
	return sum
}

// eventually scrapes until a condition holds. It polls, because the programs
// run in time of their own.
func eventually(t *testing.T, url string, holds func(samples) bool) samples {
	t.Helper()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		all := scrape(t, url)
		if holds(all) {
			return all
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			t.Fatalf("the condition does not hold after 30 s; PowerMTA up: %v, records: %v",
				all["pmta_up"], all.sum("pmta_accounting_records_total"))
		}
	}
}
