package pmtaclient

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/iotest"
	"time"
)

// sample reads one of the published answers.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func num(v float64) Number { return Number{Value: v, OK: true} }

func wallClock(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(timeLayout, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDecodeStatusSamples(t *testing.T) {
	for _, c := range []struct {
		file    string
		format  Format
		version string
		sent    float64
		smtp    Backlog
		uptime  time.Duration
		shut    Flag
	}{
		{
			file: "status-5.0r1.http.xml", format: XML, version: "5.0r1", sent: 85402,
			smtp:   Backlog{"smtp", num(132), num(92), num(7944.7)},
			uptime: 7*24*time.Hour + 14*time.Hour + 17*time.Minute + 56*time.Second, shut: Flag{OK: true},
		},
		{
			file: "status-5.0r5.cli.xml", format: XML, version: "5.0", sent: 5317436,
			smtp: Backlog{"smtp", num(692), num(241), num(10.4)}, uptime: 17*time.Hour + 55*time.Minute + 6*time.Second, shut: Flag{OK: true},
		},
		{
			file: "status-5.0b1.http.json", format: JSON, version: "5.0b1", sent: 2007007,
			smtp: Backlog{"smtp", num(805), num(226), num(5.5)}, uptime: 5*time.Hour + 45*time.Minute + 39*time.Second, shut: Flag{OK: true},
		},
		{
			file: "status-5.0r5.cli.dom.txt", format: DOM, version: "5.0", sent: 5319661,
			smtp: Backlog{"smtp", num(655), num(243), num(9.9)}, uptime: 17*time.Hour + 55*time.Minute + 49*time.Second, shut: Flag{OK: true},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			s, err := DecodeStatus(bytes.NewReader(sample(t, c.file)), c.format)
			if err != nil {
				t.Fatal(err)
			}
			if s.Product.Version != c.version || s.Sent.Recipients != num(c.sent) || s.ShuttingDown != c.shut {
				t.Errorf("version %q, sent %v, shutting down %v, want %q, %v, %v",
					s.Product.Version, s.Sent.Recipients, s.ShuttingDown, c.version, c.sent, c.shut)
			}
			if len(s.Backlogs) != 7 || s.Backlogs[0] != c.smtp {
				t.Errorf("backlogs %v, want 7, the first %v", s.Backlogs, c.smtp)
			}
			if uptime, ok := s.Uptime(); !ok || uptime != c.uptime {
				t.Errorf("uptime %v %v, want %v", uptime, ok, c.uptime)
			}
			if !s.Running() || s.Unknown != 0 || s.Unparsable != 0 {
				t.Errorf("running %v, %d unknown, %d unparsable leaves, want true, 0, 0", s.Running(), s.Unknown, s.Unparsable)
			}
		})
	}
}

func TestDecodeQueues2014(t *testing.T) {
	q, err := DecodeQueues(bytes.NewReader(sample(t, "topqueues-errors-2014.cli.dom.txt")), DOM)
	if err != nil {
		t.Fatal(err)
	}
	if q.Recipients != num(61078) || q.Items != num(1428) || len(q.Queues) != 100 || q.Unknown != 0 || q.Unparsable != 0 {
		t.Fatalf("%v recipients, %v items, %d listed, %d unknown, %d unparsable",
			q.Recipients, q.Items, len(q.Queues), q.Unknown, q.Unparsable)
	}
	want := Queue{
		Domain: "aol.com", VMTA: "192.0.2.1", Recipients: num(77), KB: num(769.4), Conn: num(0),
		Paused: Flag{OK: true}, Mode: ModeNormal, Retry: wallClock(t, "2014-09-20 18:25:32"),
		Newest: Event{Time: wallClock(t, "2014-09-20 18:24:33"), Cause: CauseOwnRateLimit},
	}
	if q.Queues[0] != want {
		t.Errorf("first queue\n%+v, want\n%+v", q.Queues[0], want)
	}
	count := map[any]int{}
	now := wallClock(t, "2014-09-20 18:24:50")
	for i := range q.Queues {
		count[q.Queues[i].Mode]++
		count[q.Queues[i].Newest.Cause]++
		count[q.Queues[i].State(now)]++
	}
	wantCount := map[any]int{
		ModeNormal: 41, ModeBackoff: 59, StateDeferred: 100,
		CauseOwnRateLimit: 40, CauseRemoteError: 60,
	}
	if !reflect.DeepEqual(count, wantCount) {
		t.Errorf("counts %v, want %v", count, wantCount)
	}
}

// TestByteByByte decodes with a reader that returns one byte at a time, so
// that every token crosses an edge of the window.
func TestByteByByte(t *testing.T) {
	for file, format := range map[string]Format{
		"status-5.0r1.http.xml": XML, "status-5.0b1.http.json": JSON, "status-5.0r5.cli.dom.txt": DOM,
	} {
		whole, err := DecodeStatus(bytes.NewReader(sample(t, file)), format)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := DecodeStatus(iotest.OneByteReader(bytes.NewReader(sample(t, file))), format)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(whole, pieces) {
			t.Errorf("%s: byte by byte gives %+v, want %+v", file, pieces, whole)
		}
	}
}

// TestH05CutAtEveryByte cuts lists and the status samples at every position: none but
// the whole answer may be taken for one.
func TestH05CutAtEveryByte(t *testing.T) {
	for format, page := range map[Format][]byte{XML: queuesPage(2, 2), JSON: queuesPageJSON(2, 2)} {
		for n := range page {
			if _, err := DecodeQueues(bytes.NewReader(page[:n]), format); !errors.Is(err, errCut) {
				t.Fatalf("%s list cut at %d: error %v, want %v", format, n, err, errCut)
			}
		}
	}
	for file, format := range map[string]Format{"status-5.0r1.http.xml": XML, "status-5.0b1.http.json": JSON} {
		b := bytes.TrimSpace(sample(t, file))
		for n := range b {
			if _, err := DecodeStatus(bytes.NewReader(b[:n]), format); !errors.Is(err, errCut) {
				t.Fatalf("%s cut at %d: error %v, want %v", file, n, err, errCut)
			}
		}
	}
}
