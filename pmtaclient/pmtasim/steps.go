package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"
)

// obey lets time pass as the lines of standard input say, such as 15s, and
// answers each once its mail is written: for tests that want each look at the
// simulation to find it at an exact time. It ends with its input.
func (s *simulation) obey(ctx context.Context, steps io.Reader, answers io.Writer) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(steps); scanner.Scan(); {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return s.writeLedger()
		case line, more := <-lines:
			if !more {
				return s.writeLedger()
			}
			d, err := time.ParseDuration(line)
			if err != nil {
				return fmt.Errorf("read step: %w", err)
			}
			if err := s.advance(d); err != nil {
				return err
			}
			fmt.Fprintln(answers, "ok")
		}
	}
}
