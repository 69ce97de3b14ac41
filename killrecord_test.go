//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// recording keeps what was scraped, and in the end the truth, in the directory
// that KILL_SAMPLES names, for .ci/promtest to ask Prometheus about. Without a
// directory there is none: it is nil.
type recording struct {
	dir     string
	file    *os.File
	buffer  *bufio.Writer
	numbers map[recordedSeries]int
	values  []float64 // by number, as recorded last
}

// recordedScrape is a line of samples.jsonl. Values has only what is not as it
// was in the line before, but in the last line it has all.
type recordedScrape struct {
	At     int64            `json:"at"`               // UNIX milliseconds
	Series []recordedSeries `json:"series,omitempty"` // those that appear; numbered from 0 as they do
	Values map[int]float64  `json:"values,omitempty"` // by number
}

// recordedSeries is a series. Should its creation change, it is another one.
type recordedSeries struct {
	Name    string `json:"name"`
	Created int64  `json:"created"` // UNIX milliseconds
}

func newRecording(t *testing.T) *recording {
	t.Helper()
	dir := os.Getenv("KILL_SAMPLES")
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "samples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return &recording{dir: dir, file: file, buffer: bufio.NewWriter(file), numbers: map[recordedSeries]int{}}
}

// add records a scrape, the last one in full.
func (r *recording) add(at time.Time, now map[string]counter, last bool) error {
	if r == nil {
		return nil
	}
	line := recordedScrape{At: at.UnixMilli(), Values: map[int]float64{}}
	for name, c := range now {
		series := recordedSeries{name, c.created}
		n, known := r.numbers[series]
		if !known {
			n = len(r.values)
			r.numbers[series], r.values = n, append(r.values, 0)
			line.Series = append(line.Series, series)
		}
		if !known || last || c.value != r.values[n] {
			r.values[n], line.Values[n] = c.value, c.value
		}
	}
	return json.NewEncoder(r.buffer).Encode(line)
}

// end records the truth: what each series must be.
func (r *recording) end(truth samples) error {
	if r == nil {
		return nil
	}
	b, err := json.Marshal(truth)
	if err != nil {
		return err
	}
	return errors.Join(r.buffer.Flush(), os.WriteFile(filepath.Join(r.dir, "truth.json"), b, 0o644))
}
