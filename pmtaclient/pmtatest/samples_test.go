package pmtatest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The published samples are indented for print; PowerMTA itself writes one
// line. So XML and JSON are compared token by token, DOM and text line by line.

func TestStatusSamples(t *testing.T) {
	tests := []struct {
		sample string
		state  State
		encode func(Document) []byte
		tokens func(testing.TB, []byte) []string
	}{
		{"status-5.0r1.http.xml", status50r1(), Document.XML, xmlTokens},
		{"status-5.0b1.http.json", status50b1(), Document.JSON, jsonTokens},
		{"status-5.0r5.cli.xml", status50r5XML(), Document.XML, xmlTokens},
		{"status-5.0r5.cli.dom.txt", status50r5DOM(), Document.DOM, lines},
	}
	for _, test := range tests {
		t.Run(test.sample, func(t *testing.T) {
			got := test.encode(test.state.StatusDocument())
			compare(t, test.tokens(t, got), test.tokens(t, readSample(t, test.sample)))
		})
	}
}

func TestVersionSamples(t *testing.T) {
	state := status50b1()
	state.Host.Version = "5.0r5"
	state.Host.BuildDate = "2020-07-06 17:39:50"
	state.Host.Revision = "v5_0r5@200706.c291ebf"
	state.Host.FullHostName = "foo.com"
	got := jsonTokens(t, state.VersionDocument().JSON())
	compare(t, got, jsonTokens(t, readSample(t, "command-show-version-5.0r5.http.json")))

	text := Document{text: state.VersionText() + "\n"}
	got = jsonTokens(t, text.JSON())
	compare(t, got, jsonTokens(t, readSample(t, "command-show-version-text-5.0r5.http.json")))
}

func TestLocalIPsSample(t *testing.T) {
	state := State{LocalIPs: []string{"127.0.0.1", "10.59.14.69", "::1", "fe80::42f:6eff:fe85:8eec"}}
	compare(t, xmlTokens(t, state.localIPs().body), xmlTokens(t, readSample(t, "getlocalips-5.0.http.xml")))
}

func TestLicenseSample(t *testing.T) {
	state := State{License: License{
		Product:   "PowerMTA",
		Version:   "5.0",
		Platform:  "linux-intel",
		Instances: 1,
		Licensee:  "Foo Corp",
		Serial:    "238478",
		Issued:    time.Date(2016, 12, 10, 0, 0, 0, 0, time.UTC),
		Expires:   time.Date(2100, 3, 20, 0, 0, 0, 0, time.UTC),
		Copyright: "Port25 Solutions, Inc.  All Rights Reserved",
	}}
	compare(t, lines(t, []byte(state.LicenseText())), lines(t, readSample(t, "license-5.0.cli.txt")))

	state.License.Expires = time.Time{}
	if got := state.LicenseText(); !strings.Contains(got, "  expires: never\n") {
		t.Errorf("LicenseText() without an expiry = %q, want never", got)
	}
}

func TestTopQueuesSample(t *testing.T) {
	sample := readSample(t, "topqueues-errors-2014.cli.dom.txt")
	state := State{Queues: withFiller(readQueues(t, sample))}
	compare(t, lines(t, state.QueuesDocument(100, QueueFilter{}).DOM()), lines(t, sample))
}

// withFiller adds queues that were not printed, all smaller than the smallest
// printed one, until the totals are those of the capture: 1,428 queues with
// 61,078 recipients.
func withFiller(queues []Queue) []Queue {
	missing := 61078 - sum(queues, func(q Queue) int64 { return q.Rcp })
	for left := int64(1428 - len(queues)); left > 0; left-- {
		rcp := missing / left
		missing -= rcp
		queues = append(queues, Queue{
			Domain: fmt.Sprintf("filler-%d.example", left),
			VMTA:   "192.0.2.1",
			Rcp:    rcp,
			Mode:   ModeNormal,
		})
	}
	return queues
}

// readQueues reads the printed queues by a way of its own: scanning the lines
// with fixed formats.
func readQueues(t testing.TB, sample []byte) []Queue {
	t.Helper()
	var queues []Queue
	for _, line := range lines(t, sample) {
		path, value, _ := strings.Cut(strings.TrimSuffix(line, `"`), `="`)
		if !strings.HasPrefix(path, "queue[") {
			continue
		}
		_, field, _ := strings.Cut(path, "].")
		if field == "name" {
			domain, vmta, _ := strings.Cut(value, "/")
			queues = append(queues, Queue{Domain: domain, VMTA: vmta})
		}
		readQueueField(t, &queues[len(queues)-1], field, value)
	}
	return queues
}

func readQueueField(t testing.TB, q *Queue, field, value string) {
	t.Helper()
	last := func() *Event { return &q.Events[len(q.Events)-1] }
	var err error
	switch _, leaf, _ := strings.Cut(field, "."); {
	case field == "rcp":
		_, err = fmt.Sscan(value, &q.Rcp)
	case field == "kb":
		_, err = fmt.Sscan(value, &q.KB)
	case field == "conn":
		_, err = fmt.Sscan(value, &q.Conn)
	case leaf == "type":
		q.Events = append(q.Events, Event{Type: value})
	case leaf == "time":
		last().Time, err = time.Parse(time.DateTime, value)
	case leaf == "text":
		last().Text = value
	case field == "paused":
		q.Paused = value == "yes"
	case field == "mode":
		q.Mode = Mode(value)
	case field == "retryTime":
		q.RetryTime, err = time.Parse(time.DateTime, value)
	}
	if err != nil {
		t.Fatalf("read %s=%q: %v", field, value, err)
	}
}

func readSample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("token %d = %q, want %q", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d tokens, want %d", len(got), len(want))
	}
}

func lines(_ testing.TB, data []byte) []string {
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}

// xmlTokens splits into tags and texts, without the white space between
// elements.
func xmlTokens(t testing.TB, data []byte) []string {
	t.Helper()
	var tokens []string
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return tokens
		}
		if err != nil {
			t.Fatalf("read XML: %v", err)
		}
		text, isText := token.(xml.CharData)
		if isText && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		tokens = append(tokens, fmt.Sprintf("%T %s", token, token))
	}
}

func jsonTokens(t testing.TB, data []byte) []string {
	t.Helper()
	var tokens []string
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return tokens
		}
		if err != nil {
			t.Fatalf("read JSON: %v", err)
		}
		tokens = append(tokens, fmt.Sprintf("%T %v", token, token))
	}
}
