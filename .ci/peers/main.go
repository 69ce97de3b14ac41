// Program peers compares the exporter's reading of files with other programs
// that do the same job: mtail, mawk, wc, and two programs in Go that are part of
// this one. See docs/performance.md.
//
// Each job is a process, measured by the processor time that the system and the
// program spent on it. The runs are interleaved, and medians count. What a
// program counted must be the truth that was noted when the file was written.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
)

func main() {
	log.SetFlags(0)
	split := flag.String("split", "", "only split the records of a file")
	regexps := flag.String("regexps", "", "only count the records of a file, with the patterns of the truth on standard input")
	records := flag.Int("records", 2_000_000, "records in a file; programs that need minutes get a tenth")
	only := flag.String("only", "", "one kind of file: traffic, failures or textlog")
	rounds := flag.Int("rounds", 3, "rounds of all jobs")
	flag.Parse()
	var err error
	switch {
	case *split != "":
		err = splitFile(*split)
	case *regexps != "":
		err = countWithRegexps(*regexps)
	default:
		err = compare(*records, *rounds, *only)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// compare runs everything, in a directory of its own.
func compare(records, rounds int, only string) error {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ours := dir + "/logscan.test"
	build := exec.CommandContext(context.Background(), "go", "test", "-c", "-o", ours, "./logscan")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go test -c ./logscan: %w: %s", err, out)
	}
	for _, kind := range kinds() {
		if only != "" && only != kind.name {
			continue
		}
		bench := bench{dir: dir, ours: ours, kind: kind, records: records, cpu: map[string][]float64{}}
		if err := errors.Join(bench.write(), bench.run(rounds)); err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		bench.print(os.Stdout)
	}
	return nil
}
