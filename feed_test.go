package main

import (
	"bytes"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
)

// feed appends accounting records to files at a steady rate. They are made
// beforehand, so that the writing costs little beside what is measured.
type feed struct {
	header []byte
	lines  [][]byte // taken in turn
	bytes  atomic.Int64
}

// newFeed makes records (synthetic) of so many VirtualMTAs, each with ten
// providers: one in ten a bounce, one in ten a deferral.
func newFeed(t *testing.T, vmtas int) *feed {
	t.Helper()
	domains := []string{
		"gmail.com", "yahoo.com", "hotmail.com", "icloud.com", "comcast.net", "charter.net", "cox.net", "att.net", "aol.com", "example.org",
	}
	w, err := logtest.New(logtest.Options{Dir: t.TempDir(), Base: "acct", Types: []string{"d", "b", "t"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"b", "t", "d", "d", "d", "d", "d", "d", "d", "d"}
	for i := range len(kinds) * len(domains) * vmtas {
		vmta, domain, kind := i%vmtas, domains[i/vmtas%len(domains)], kinds[i/vmtas/len(domains)]
		r := logtest.Record{
			"type": kind, "timeLogged": time.Now().UTC(), "timeQueued": time.Now().UTC().Add(-3 * time.Second),
			"orig": "bounce@news.example.com", "rcpt": fmt.Sprintf("user%d@%s", i, domain), "dlvType": "smtp", "dlvSize": 20000 + i%9999,
			"dsnStatus": "2.0.0 (success)", "dsnDiag": "smtp;250 2.0.0 OK  1549662845 k184si123456qkc.12",
			"vmta": fmt.Sprintf("vmta-%03d", vmta), "dlvSourceIp": fmt.Sprintf("192.0.2.%d", vmta), "jobId": fmt.Sprint("job", i%9),
		}
		switch kind {
		case "b":
			r["dsnStatus"], r["dsnDiag"], r["bounceCat"] = "5.1.1 (bad destination mailbox address)", "smtp;550 5.1.1 no such user here", "bad-mailbox"
		case "t":
			r["dsnStatus"], r["dsnDiag"] = "4.7.0 (other or undefined security status)", "smtp;421 4.7.0 messages temporarily deferred"
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(all, []byte("\n"))
	return &feed{header: lines[0], lines: lines[1 : len(lines)-1]}
}

// write writes n records to a new file, so many in a second. Others may write
// other files at the same time.
func (f *feed) write(path string, n, perSecond int) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	batch := bytes.Clone(f.header)
	begin := time.Now()
	for written := 0; written < n; <-ticker.C {
		due := min(n, int(time.Since(begin).Seconds()*float64(perSecond)))
		for ; written < due; written++ {
			batch = append(batch, f.lines[written%len(f.lines)]...)
		}
		if _, err := file.Write(batch); err != nil {
			return err
		}
		f.bytes.Add(int64(len(batch)))
		batch = batch[:0]
	}
	return nil
}
