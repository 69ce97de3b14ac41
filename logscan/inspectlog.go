package logscan

import (
	"bytes"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// LogInspection is what a look at the text logs of one pattern found, without
// counting anything.
type LogInspection struct {
	Pattern string
	Files   []LogFileInspection // the newest first
	// Failures are directories that could not be read.
	Failures []error
}

// LogFileInspection is a look at the newest lines of one log.
type LogFileInspection struct {
	Path       string
	Err        error // why it cannot be read
	Compressed bool  // left alone
	Lines      int   // that were looked at
	Timed      int   // of these begin with a time
	Events     map[textlog.Event]int
}

// InspectLog looks at the logs of a pattern as a Scanner would find them that
// follows these accounting files.
func InspectLog(pattern string, accounting []string, c *textlog.Catalogue) LogInspection {
	in := LogInspection{Pattern: pattern}
	paths, failures := inspectPaths(pattern, accounting)
	in.Failures = failures
	for _, path := range paths {
		f := LogFileInspection{Path: path, Events: map[textlog.Event]int{}}
		f.Err = f.look(directoryOf(pattern), c)
		in.Files = append(in.Files, f)
	}
	return in
}

func (f *LogFileInspection) look(dir string, c *textlog.Catalogue) error {
	file, err := openToInspect(dir, f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	from := max(0, info.Size()-inspectBytes)
	b, err := readAt(file, from)
	if err != nil {
		return err
	}
	if from > 0 { // in the middle of a line, it may be
		b = b[bytes.IndexByte(b, '\n')+1:]
	} else if isCompressed(b) {
		f.Compressed = true
		return nil
	}
	f.lines(b, c)
	return nil
}

// lines looks at the whole lines in b.
func (f *LogFileInspection) lines(b []byte, c *textlog.Catalogue) {
	split := textlog.Splitter{Max: inspectBytes}
	for {
		piece := split.Next(b, false)
		if piece.Kind == textlog.More {
			return
		}
		if piece.Kind == textlog.Line {
			f.line(b[:piece.Size], c)
		}
		b = b[piece.Size:]
	}
}

func (f *LogFileInspection) line(line []byte, c *textlog.Catalogue) {
	f.Lines++
	if _, timed := textlog.Time(line, time.UTC); timed {
		f.Timed++
	}
	if _, event := c.Classify(line); event != textlog.None {
		f.Events[event]++
	}
}
