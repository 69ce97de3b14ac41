package promtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
)

// The target as the recordings have it.
const (
	job      = "powermta"
	instance = "mail1.example.com:10587"
)

const (
	interval   = 15 * time.Second // from scrape to scrape, by the simulator's clock
	scrapes    = 21               // of a recording: five minutes
	configFile = "config.yml"
)

// recording is what a scraper saw of a day. The times are those of the
// simulator's clock.
type recording struct {
	name    string
	scrapes []scrape
	err     error
}

type scrape struct {
	at   time.Time
	took time.Duration
	page string
}

// record runs all days side by side, and gives each to a Prometheus of its own.
func record(t *testing.T, days map[string]day) map[string]recorded {
	t.Helper()
	programs := build(t)
	recordings := make(chan recording, len(days))
	for name, d := range days {
		dir := t.TempDir()
		go func() {
			r := recording{name: name}
			r.scrapes, r.err = d.run(t.Context(), programs, dir)
			recordings <- r
		}()
	}
	all := map[string]recorded{}
	for range days {
		r := <-recordings
		if r.err != nil {
			t.Errorf("%s: %v", r.name, r.err)
			continue
		}
		all[r.name] = r.ingest(t)
	}
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// build makes the exporter and the simulator.
func build(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+"/", ".", "./pmtaclient/pmtasim")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return dir
}

// run lives through the day and returns what it scraped. The exporter is there
// before the day begins.
func (d day) run(ctx context.Context, programs, dir string) (all []scrape, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	args, err := d.exporterArgs(dir, address)
	if err != nil {
		return nil, err
	}
	exporter, listening, err := start(ctx, "Listening on", "address", filepath.Join(programs, "pmta_exporter"), args...)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	simulator, _, err := start(ctx, "Simulated PowerMTA is running", "url", filepath.Join(programs, "pmtasim"), d.simulatorArgs(dir, address)...)
	if err == nil {
		all, err = d.scrapeAll(ctx, simulator, dir, "http://"+listening)
		err = errors.Join(err, simulator.end())
	}
	for n := range all {
		all[n].at = began.Add(time.Duration(n) * interval)
	}
	return all, errors.Join(err, exporter.end())
}

// scrapeAll scrapes before the trouble of a scenario begins, and then after each
// step of the simulator's time, so that a slow machine makes no difference.
func (d day) scrapeAll(ctx context.Context, simulator *program, dir, url string) (all []scrape, err error) {
	for n := range scrapes {
		if n > 0 {
			if err := simulator.step(interval); err != nil {
				return nil, err
			}
		}
		if d.trouble != nil {
			if err := d.trouble(dir, url, n); err != nil {
				return nil, err
			}
		}
		s, err := d.scrapeWhole(ctx, dir, url)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// scrapeWhole scrapes until everything is read that the simulator wrote. The
// exporter commits once a second. With trouble in its way it never gets to the
// end, and is given two.
func (d day) scrapeWhole(ctx context.Context, dir, url string) (s scrape, err error) {
	for range 100 {
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(time.Second):
		}
		begin := time.Now()
		if s.page, err = get(ctx, url+"/metrics"); err != nil {
			return s, err
		}
		s.took = time.Since(begin)
		whole := fmt.Sprintf("pmta_exporter_scan_bytes_total{source=\"accounting\"} %v\n", float64(written(dir)))
		if d.trouble != nil || strings.Contains(s.page, whole) {
			return s, nil
		}
	}
	return s, errors.New("the exporter does not catch up")
}

// written is how many bytes the accounting files have.
func written(dir string) (bytes int64) {
	files, _ := filepath.Glob(filepath.Join(dir, "acct", "*.csv"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// apiKey lets the exporter ask for the license.
const apiKey = "0123456789abcdef0123456789abcdef"

func (d day) simulatorArgs(dir, address string) []string {
	return append([]string{
		"--listen=" + address, "--dir=" + dir, "--scenario=" + d.scenario, "--warmup=3m", "--steps", "--api-key=" + apiKey,
	}, d.simulator...)
}

// exporterArgs switch everything on that there are panels for.
func (d day) exporterArgs(dir, address string) ([]string, error) {
	key, config, state := filepath.Join(dir, "key"), filepath.Join(dir, configFile), filepath.Join(dir, "state")
	err := errors.Join(os.WriteFile(key, []byte(apiKey), 0o600), os.WriteFile(config, nil, 0o600), os.Mkdir(state, 0o700))
	return append([]string{
		"--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle", "--pmta.uri=http://" + address, "--pmta.api-key-file=" + key,
		"--collector.license", "--config.file=" + config, "--state.directory=" + state,
		"--scan.accounting=" + filepath.Join(dir, "acct", "*.csv"), "--scan.log=" + filepath.Join(dir, "log", "*"), "--scan.from=start", "--scan.poll-interval=50ms",
	}, d.exporter...), err
}

// freeAddress is where nobody listens yet.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// program is one that runs.
type program struct {
	cmd     *exec.Cmd
	input   io.Writer
	answers *bufio.Scanner
}

// start starts a program and waits for a message of its log, of which it returns
// a value.
func start(ctx context.Context, message, key, name string, args ...string) (*program, string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	input, err1 := cmd.StdinPipe()
	output, err2 := cmd.StdoutPipe()
	log, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	var text strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if _, value, ok := strings.Cut(lines.Text(), " "+key+"="); ok && strings.Contains(lines.Text(), message) {
			value, _, _ = strings.Cut(value, " ")
			go func() { _, _ = io.Copy(io.Discard, log) }() // ends with the program
			return &program{cmd, input, bufio.NewScanner(output)}, value, nil
		}
		text.WriteString(lines.Text() + "\n")
	}
	return nil, "", fmt.Errorf("%s: %w: %s", name, cmd.Wait(), text.String())
}

// step lets the simulator's time pass.
func (p *program) step(d time.Duration) error {
	fmt.Fprintln(p.input, d)
	if !p.answers.Scan() {
		return fmt.Errorf("the simulator ended: %w", p.answers.Err())
	}
	return nil
}

func (p *program) end() error {
	return errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.cmd.Wait())
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s: %s", response.Status, page)
	}
	return string(page), err
}

// recorded is a Prometheus that has scraped a whole day.
type recorded struct {
	*server
	first, last time.Time
}

// ingest stores the pages. As Prometheus does, it marks a series that is no
// longer there, or its last value would be shown for minutes.
func (r recording) ingest(t *testing.T) recorded {
	t.Helper()
	s := newServer(t)
	before := map[uint64]labels.Labels{}
	for _, scrape := range r.scrapes {
		now, samples := map[uint64]labels.Labels{}, scrape.samples(t)
		for _, v := range samples {
			hash := v.series.Hash()
			now[hash] = v.series
			delete(before, hash)
		}
		for _, gone := range before {
			samples = append(samples, sample{series: gone, value: math.Float64frombits(value.StaleNaN)})
		}
		s.scrape(t, scrape.at.UnixMilli(), samples)
		before = now
	}
	return recorded{s, r.scrapes[0].at, r.scrapes[len(r.scrapes)-1].at}
}

// samples reads a page with Prometheus' own parser, and adds what Prometheus
// does: the target's labels, that it is up, and how long it took.
func (s scrape) samples(t *testing.T) []sample {
	t.Helper()
	series := func(l labels.Labels) labels.Labels {
		return labels.NewBuilder(l).Set("job", job).Set("instance", instance).Labels()
	}
	all := []sample{
		{series: series(labels.FromStrings(metricName, "up")), value: 1},
		{series: series(labels.FromStrings(metricName, "scrape_duration_seconds")), value: s.took.Seconds()},
	}
	for p := textparse.NewPromParser([]byte(s.page), labels.NewSymbolTable(), false); ; {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if entry == textparse.EntrySeries {
			var l labels.Labels
			p.Labels(&l)
			_, _, v := p.Series()
			all = append(all, sample{series: series(l), value: v})
		}
	}
}
