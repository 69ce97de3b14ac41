package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed count.mtail
var countMtail string

//go:embed log.mtail
var logMtail string

//go:embed count.awk
var countAwk string

// bench is the jobs on one kind of file. The peers that need minutes have a file
// of their own, of the same kind and a tenth as long.
type bench struct {
	dir, ours   string
	kind        kind
	records     int
	long, short truth
	cpu         map[string][]float64 // microseconds per record, by job
}

// truth is what a file holds.
type truth struct {
	output
	file    string
	records int
}

// of is the truth about the file of a job.
func (b *bench) of(job string) truth {
	if strings.HasPrefix(job, "mtail") || job == "csv and regexps" {
		return b.short
	}
	return b.long
}

// output is what a job prints: totals, and what the writer of the file tells
// besides.
type output struct {
	totals   map[string]string
	patterns [][2]string // what a text is counted as, and its expression
	raw      []byte
}

// write makes the files, and the programs that fit them.
func (b *bench) write() error {
	b.long = truth{file: b.dir + "/" + b.kind.name, records: b.records}
	b.short = truth{file: b.long.file + ".short", records: b.records / 10}
	for _, t := range []*truth{&b.long, &b.short} {
		var err error
		if t.output, _, err = b.start(*t, b.ours, "-test.run=^TestJob$", b.kind.name); err != nil {
			return err
		}
	}
	var patterns strings.Builder
	for _, p := range b.long.patterns {
		fmt.Fprintf(&patterns, "    $diag =~ /(?i)%s/ {\n      replies[\"%s\"]++\n      stop\n    }\n", strings.ReplaceAll(p[1], "/", `\/`), p[0])
	}
	full := "counter replies by reason\n" + strings.Replace(countMtail, "    # replies\n", patterns.String(), 1)
	events := strings.Replace(logMtail, "    # events\n", strings.ReplaceAll(patterns.String(), "$diag", "$text"), 1)
	return errors.Join(
		os.WriteFile(b.dir+"/count.mtail", []byte(countMtail), 0o600),
		os.WriteFile(b.dir+"/full.mtail", []byte(full), 0o600),
		os.WriteFile(b.dir+"/log.mtail", []byte(events), 0o600),
		os.WriteFile(b.dir+"/count.awk", []byte(countAwk), 0o600),
	)
}

// run does all jobs so many times. Those whose program is not installed are
// left out.
func (b *bench) run(rounds int) error {
	for range rounds {
		for _, job := range b.kind.jobs {
			command := b.command(job)
			if _, err := exec.LookPath(command[0]); err != nil {
				log.Printf("%s is not installed: no figures of %s", command[0], job)
				continue
			}
			t := b.of(job)
			out, spent, err := b.start(t, command...)
			if err == nil {
				err = t.check(job, out)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", job, err)
			}
			b.cpu[job] = append(b.cpu[job], spent.Seconds()*1e6/float64(t.records))
		}
	}
	return nil
}

func (b *bench) command(job string) []string {
	file := b.of(job).file
	mtail := []string{"mtail", "--one_shot", "--one_shot_format=prometheus", "--port=0", "--logs", file, "--progs"}
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	switch job {
	case "split":
		return []string{self, "-split", file}
	case "csv and regexps":
		return []string{self, "-regexps", file}
	case "wc":
		return []string{"wc", "-l", file}
	case "mawk":
		return []string{"mawk", "-f", b.dir + "/count.awk", file}
	case "mtail":
		return append(mtail, b.dir+"/count.mtail")
	case "mtail with patterns":
		return append(mtail, b.dir+"/full.mtail")
	case "mtail with log patterns":
		return append(mtail, b.dir+"/log.mtail")
	}
	return []string{b.ours, "-test.run=^TestJob$", job}
}

// start runs a program to its end on a file, and returns what it printed and the
// processor time that it took. The last argument of ours is its job.
func (b *bench) start(t truth, command ...string) (output, time.Duration, error) {
	c := exec.CommandContext(context.Background(), command[0], command[1:]...)
	c.Env = append(os.Environ(), "JOB="+command[len(command)-1], "JOB_FILE="+t.file, "JOB_RECORDS="+strconv.Itoa(t.records), "LC_ALL=C")
	c.Dir = "../../logscan"
	c.Stdin = bytes.NewReader(t.raw)
	var errors bytes.Buffer
	c.Stderr = &errors
	raw, err := c.Output()
	if err != nil {
		return output{}, 0, fmt.Errorf("%w: %s", err, &errors)
	}
	out, err := parseOutput(raw)
	return out, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), err
}

// check holds what a job counted to the truth.
func (t truth) check(job string, out output) error {
	switch {
	case job == "wc":
		out.totals = map[string]string{}
	case strings.HasPrefix(job, "mtail"):
		out.totals = mtailTotals(out.raw)
	}
	for name, n := range out.totals {
		if job == "counting" && strings.HasPrefix(name, "replies ") {
			continue // it knows no pattern
		}
		if want := t.totals[name]; n != want && name != "records type" {
			return fmt.Errorf("%s is %s, want %s", name, n, want)
		}
	}
	if len(out.totals) < 3 && job != "wc" {
		return fmt.Errorf("only %d totals: %s", len(out.totals), out.raw)
	}
	return nil
}

func (b *bench) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d records\n", b.kind.name, b.records)
	for _, job := range b.kind.jobs {
		if spent := b.median(job); spent > 0 {
			fmt.Fprintf(w, "  %-26s %8.3f µs per record\n", job, spent)
		}
	}
	for _, g := range b.kind.goals {
		slow, fast := b.median(g.slow), b.median(g.fast)
		if slow == 0 || fast == 0 {
			continue
		}
		ratio, want, met := slow/fast, fmt.Sprintf("at least %g", g.least), slow/fast >= g.least
		if g.most > 0 {
			want, met = fmt.Sprintf("at most %g", g.most), ratio <= g.most
		}
		fmt.Fprintf(w, "  %s %s / %s = %.2f, goal %s: %s\n", g.id, g.slow, g.fast, ratio, want, map[bool]string{true: "met", false: "MISSED"}[met])
	}
}

// median is 0 for a job that was not done.
func (b *bench) median(job string) float64 {
	spent := slices.Sorted(slices.Values(b.cpu[job]))
	if len(spent) == 0 {
		return 0
	}
	return spent[len(spent)/2]
}
