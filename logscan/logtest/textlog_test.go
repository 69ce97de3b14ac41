package logtest

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func TestTextLogSample(t *testing.T) {
	dir := t.TempDir()
	l, err := OpenTextLog(filepath.Join(dir, "pmta.log"), DefaultLogRotate)
	must(t, err)
	must(t, l.Write(time.Date(2018, 7, 3, 18, 5, 37, 0, time.UTC), "Startup error: No logging file specified"))
	must(t, l.Write(time.Date(2017, 9, 4, 16, 17, 4, 0, time.UTC), "Unable to parse serial number: number missing"))
	must(t, l.Close())
	expectFiles(t, dir, fmt.Sprintf("pmta.log: %q\n", readTestdata(t, "samples-logs/log-errors.txt")))
}

func TestTextLogRotation(t *testing.T) {
	dir := t.TempDir()
	l, err := OpenTextLog(filepath.Join(dir, "pmta.log"), 3)
	must(t, err)
	for i := range 4 {
		must(t, l.Write(noon(), fmt.Sprint("line ", i)))
		must(t, l.Rotate())
	}
	must(t, l.Write(noon(), "newest"))
	must(t, l.Close())
	expectFiles(t, dir, `pmta.log: "2026-11-23 12:00:00 newest\n"
pmta.log.1: "2026-11-23 12:00:00 line 3\n"
pmta.log.2: "2026-11-23 12:00:00 line 2\n"
`)
}

func TestTextLogContinues(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		l, err := OpenTextLog(filepath.Join(dir, "pmta.log"), 8)
		must(t, err)
		must(t, l.Write(noon(), "x"))
		must(t, l.Close())
	}
	expectFiles(t, dir, "pmta.log: \"2026-11-23 12:00:00 x\\n2026-11-23 12:00:00 x\\n\"\n")
}
