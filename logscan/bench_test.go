package logscan

import (
	"encoding/gob"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// benchText is a mix of records as a busy server writes them: 88 deliveries, 6
// deferrals and 6 bounces in a hundred, about 400 bytes each.
func benchText(records int) string {
	const columns = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta," +
		"dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool,dlvTlsProtocol,dlvTlsCipher\n"
	domains := []string{"gmail.com", "yahoo.com", "outlook.com", "example.com", "gmx.de", "example.org", "orange.fr"}
	mxs := []string{"gmail-smtp-in.l.google.com", "mta7.am0.yahoodns.net", "outlook-com.olc.protection.outlook.com", "mx.example.com", "mx01.gmx.net", "mx.example.org", "smtp-in.orange.fr"}
	var b strings.Builder
	b.WriteString(columns)
	for i := range records {
		d := i * 7919 % len(domains)
		kind, status, diag, category := "d", "2.0.0 (success)", "smtp;250 2.0.0 OK  1549662845 k184si123456qkc.12 - gsmtp", ""
		switch i % 100 {
		case 1, 21, 31, 51, 71, 91:
			kind, status, diag, category = "t", "4.7.0 (other or undefined security status)", "smtp;421 4.7.0 [TS01] Messages from 192.0.2.2 temporarily deferred", "policy-related"
		case 5, 25, 35, 55, 75, 95:
			kind, status, diag, category = "b", "5.1.1 (bad destination mailbox address)", "\"smtp;550 5.1.1 The account that you tried to reach does not exist, \"\"sorry\"\"\"", "bad-mailbox"
		}
		fmt.Fprintf(&b, "%s,2019-02-08 21:54:%02d+0000,2019-02-08 21:53:05+0000,bounce-%d@mail%d.example.net,user%d@%s,,relayed,%s,%s,%s (198.51.100.%d),%s,"+
			"smtp,feeder.example.net (192.0.2.9),smtp,192.0.2.%d,198.51.100.%d,\"PIPELINING,8BITMIME,SIZE,STARTTLS\",%d,vmta%d,job%d,,%s/vmta%d,pool1,TLSv1.2,ECDHE\n",
			kind, i%60, i, i%40, i, domains[d], status, diag, mxs[d], i%250, category, i%200, i%250, 20000+i%9999, i%200, i%9, domains[d], i%200)
	}
	return b.String()
}

// feed is a scanner whose one file takes text from memory.
func feed(b testing.TB, text string) (*Scanner, *file) {
	s := newScanner(b, testOptions(b))
	f := newTestFile(s)
	if n := s.consume(f, []byte(text), false); n != len(text) {
		b.Fatalf("%d bytes passed, want %d", n, len(text))
	}
	return s, f
}

func BenchmarkPipeline(b *testing.B) {
	const records = 10_000
	text := []byte(benchText(records))
	s, f := feed(b, string(text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.consume(f, text, false)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
}

// fullScanner has more than 50,000 series and the positions of 200 files.
func fullScanner(b *testing.B, dir string) *Scanner {
	o := testOptions(b)
	o.StateDirectory = dir
	s := newScanner(b, o)
	fillLedger(s.counter.ledger, 20_000)
	for i := range 200 {
		f := newTestFile(s)
		f.setHeader([]byte(header))
		f.pass([]byte(strings.Repeat(rows("a"), 50)))
		s.kept = append(s.kept, keptFile{&f.position, storedFile{Inode: uint64(i), Path: "/var/log/pmta/acct-2026-11-23-0000.csv"}})
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *Snapshot) allSeries() float64 {
	return float64(s.Outcomes.Series + s.SourceIPOutcomes.Series + s.Deferrals.Series + s.DeliveredBytes.Series + s.Bounces.Series)
}

// syncTimer measures how long the disk takes.
type syncTimer struct {
	fileSystem
	inSync time.Duration
}

func (f *syncTimer) create(path string) (handle, error) {
	h, err := f.fileSystem.create(path)
	return timedSync{h, f}, err
}

func (f *syncTimer) openDir(path string) (handle, error) {
	h, err := f.fileSystem.openDir(path)
	return timedSync{h, f}, err
}

type timedSync struct {
	handle
	f *syncTimer
}

func (h timedSync) Sync() error {
	start := time.Now()
	defer func() { h.f.inSync += time.Since(start) }()
	return h.handle.Sync()
}

// BenchmarkCommit commits to a directory on disk, the full way.
func BenchmarkCommit(b *testing.B) {
	s := fullScanner(b, b.TempDir())
	disk := &syncTimer{fileSystem: s.store.fs}
	s.store.fs = disk
	b.ReportAllocs()
	for b.Loop() {
		s.commit(time.Now())
	}
	if !s.durability.Saved {
		b.Fatal("not saved")
	}
	b.ReportMetric(s.last.allSeries(), "series")
	b.ReportMetric(float64(len(s.store.buffer)), "file-bytes")
	b.ReportMetric(float64(disk.inSync.Nanoseconds())/float64(b.N), "sync-ns/op")
}

// BenchmarkCommitLock is the part of a commit that the reading waits for.
func BenchmarkCommitLock(b *testing.B) {
	s := fullScanner(b, b.TempDir())
	b.ReportAllocs()
	for b.Loop() {
		s.capture(time.Now())
	}
}

// BenchmarkEncode compares the encoding with that of version 1.
func BenchmarkEncode(b *testing.B) {
	s := fullScanner(b, b.TempDir())
	_, state := s.capture(time.Now())
	state.take(commitNow(s))
	b.Run("codec", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.store.buffer = encodeState(s.store.buffer[:0], state)
		}
	})
	b.Run("gob", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := gob.NewEncoder(io.Discard).Encode(state); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decodeState(s.store.buffer); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestCountingAllocatesNothing(t *testing.T) {
	if raced {
		t.Skip("the race detector lets pools forget at random")
	}
	text := benchText(1000)
	s, f := feed(t, text)
	b := []byte(text)
	if n := testing.AllocsPerRun(20, func() { s.consume(f, b, false) }); n > 10 { // the header is read each time
		t.Errorf("%v allocations for 1000 records, want none but for the header", n)
	}
}

// fillLedger fills families up to their ceilings.
func fillLedger(l *ledger, n int) {
	now := time.Now()
	for i := range n {
		name := fmt.Sprintf("name%d", i)
		l.outcomes.add(OutcomeKey{"gmail", name, OutcomeDelivered}, 1, now)
		l.sourceIPOutcomes.add(SourceIPOutcomeKey{name, "gmail", OutcomeDelivered}, 1, now)
		l.deferrals.add(VMTAKey{"gmail", name}, 1, now)
		l.deliveredBytes.add(VMTAKey{"gmail", name}, 1, now)
	}
}
