package pmtaclient

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestH05CutLists cuts each page of a small state (synthetic) at every byte: no
// part of it may be taken for an answer.
func TestH05CutLists(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	state := pmtatest.State{
		Host: pmtatest.Host{Name: "PowerMTA"}, TimeNow: at, StartupTime: at.Add(-time.Hour), Status: "running",
		Queues: []pmtatest.Queue{
			{Domain: "bücher.de", VMTA: "v", Rcp: 7, KB: 20.5, Conn: 2, Mode: pmtatest.ModeBackoff, RetryTime: at, Events: []pmtatest.Event{
				{Type: "error", Time: at, Text: `421 <busy> & "tired"`},
			}},
			{Domain: "a.example", VMTA: "{default}", Rcp: 5, KB: 19.5, Mode: pmtatest.ModeNormal, Paused: true},
		},
		Jobs: []pmtatest.Job{{ID: "weekly", Rcp: 12, KB: 40}},
	}
	for _, c := range []struct {
		page     Page
		document pmtatest.Document
		visitor  func() visitor
	}{
		{PageStatus, state.StatusDocument(), func() visitor { return newStatusVisitor(new(Status)) }},
		{PageQueues, state.QueuesDocument(0, pmtatest.QueueFilter{}), func() visitor { return newQueuesVisitor(new(Queues)) }},
		{PageDomains, state.DomainsDocument(0), func() visitor { return newDomainsVisitor(new(Domains)) }},
		{PageVMTAs, state.VMTAsDocument(0), func() visitor { return newVMTAsVisitor(new(VMTAs)) }},
		{PageJobs, state.JobsDocument(0), func() visitor { return newJobsVisitor(new(Jobs)) }},
	} {
		for format, whole := range map[Format][]byte{XML: c.document.XML(), JSON: c.document.JSON()} {
			if err := decode(newSource(bytes.NewReader(whole)), format, c.visitor()); err != nil {
				t.Errorf("%s in %s: %v", c.page, format, err)
			}
			for n := range whole {
				if err := decode(newSource(bytes.NewReader(whole[:n])), format, c.visitor()); !errors.Is(err, errCut) {
					t.Fatalf("%s in %s, cut at %d: error %v, want %v", c.page, format, n, err, errCut)
				}
			}
		}
	}
}

// TestH05CutLines: the DOM style has no envelope, so that a cut between two
// lines shows only in the exit code of the tool; one within a line is noticed.
func TestH05CutLines(t *testing.T) {
	whole := sample(t, "status-5.0r5.cli.dom.txt")
	for n := range whole {
		between := n > 0 && whole[n-1] == '\n' || whole[n] == '\n' || whole[n] == '\r'
		if _, err := DecodeStatus(bytes.NewReader(whole[:n]), DOM); !between && !errors.Is(err, errCut) {
			t.Fatalf("cut at %d, after %q: error %v, want %v", n, whole[max(0, n-20):n], err, errCut)
		}
	}
}
