package pmtatest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// twoQueues is a state whose two queues share a VirtualMTA but not a domain.
func twoQueues() State {
	now := at("2026-11-23 12:00:00")
	return State{Queues: []Queue{
		{
			Domain: "bücher.de", VMTA: "news-1", Rcp: 1, KB: 2, Mode: ModeNormal,
			Events: []Event{{"error", now, `Error: "521 <a> & b" while connected`}},
		},
		{Domain: "example.com", VMTA: "news-1"},
		{Domain: "yahoo.rollup", VMTA: "news-1", Rcp: 3, KB: 4.5, Conn: 2, Paused: true, Mode: ModeBackoff, RetryTime: now},
	}}
}

func TestQueuesDocument(t *testing.T) {
	doc := twoQueues().QueuesDocument(10, QueueFilter{})
	tests := []struct{ name, got, want string }{
		{"XML", string(doc.XML()), "<rsp><data><title>Top 10 queues by number of recipients</title>" +
			"<queue><name>yahoo.rollup/news-1</name><rcp>3</rcp><kb>4.5</kb><conn>2</conn>" +
			"<paused>yes</paused><mode>backoff</mode><retryTime>2026-11-23 12:00:00</retryTime></queue>" +
			"<queue><name>bücher.de/news-1</name><rcp>1</rcp><kb>2.0</kb><conn>0</conn>" +
			"<event><type>error</type><time>2026-11-23 12:00:00</time>" +
			"<text>Error: &#34;521 &lt;a&gt; &amp; b&#34; while connected</text></event>" +
			"<paused>no</paused><mode>normal</mode><retryTime/></queue>" +
			"<totalRcp>4</totalRcp><totalQueuesWithRcp>2</totalQueuesWithRcp></data><succ/></rsp>"},
		{"JSON", string(doc.JSON()), `{"data":{"title":"Top 10 queues by number of recipients","queues":[` +
			`{"name":"yahoo.rollup/news-1","rcp":3,"kb":4.5,"conn":2,"errors":[],` +
			`"paused":"yes","mode":"backoff","retryTime":"2026-11-23 12:00:00"},` +
			`{"name":"bücher.de/news-1","rcp":1,"kb":2,"conn":0,"errors":[` +
			`{"time":"2026-11-23 12:00:00","text":"Error: \"521 \u003ca\u003e \u0026 b\" while connected"}],` +
			`"paused":"no","mode":"normal","retryTime":""}],` +
			`"totalRcp":4,"totalQueuesWithRcp":2},"status":"success","message":""}`},
		{"DOM", string(doc.DOM()), `title="Top 10 queues by number of recipients"
queue[0].name="yahoo.rollup/news-1"
queue[0].rcp="3"
queue[0].kb="4.5"
queue[0].conn="2"
queue[0].paused="yes"
queue[0].mode="backoff"
queue[0].retryTime="2026-11-23 12:00:00"
queue[1].name="bücher.de/news-1"
queue[1].rcp="1"
queue[1].kb="2.0"
queue[1].conn="0"
queue[1].event[0].type="error"
queue[1].event[0].time="2026-11-23 12:00:00"
queue[1].event[0].text="Error: "521 <a> & b" while connected"
queue[1].paused="no"
queue[1].mode="normal"
queue[1].retryTime=""
totalRcp="4"
totalQueuesWithRcp="2"
`},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s =\n%s\nwant\n%s", test.name, test.got, test.want)
		}
	}
}

func TestOtherLists(t *testing.T) {
	state := twoQueues()
	state.Jobs = []Job{{"small", 1, 2}, {"none", 0, 0}, {"large", 3, 4.5}}
	tests := []struct {
		name      string
		got, want string
	}{
		{"domains", string(state.DomainsDocument(1).XML()), "<rsp><data><title>Top 1 domains by number of recipients</title>" +
			"<domain><name>yahoo.rollup</name><rcp>3</rcp><kb>4.5</kb><conn>2</conn></domain>" +
			"<totalRcp>4</totalRcp><totalDomainsWithRcp>2</totalDomainsWithRcp></data><succ/></rsp>"},
		{"vmtas", string(state.VMTAsDocument(0).XML()), "<rsp><data><title>Top 1 vmtas by number of recipients</title>" +
			"<vmta><name>news-1</name><rcp>4</rcp><kb>6.5</kb><pctOfTotal>100</pctOfTotal><conn>2</conn><dom>2</dom></vmta>" +
			"<totalRcp>4</totalRcp><totalVmtasWithRcp>1</totalVmtasWithRcp></data><succ/></rsp>"},
		{"jobs", string(state.JobsDocument(10).XML()), "<rsp><data><title>Top 10 jobs by number of recipients</title>" +
			"<job><id>large</id><rcp>3</rcp><kb>4.5</kb></job><job><id>small</id><rcp>1</rcp><kb>2.0</kb></job>" +
			"<totalRcp>4</totalRcp><totalJobsWithRcp>2</totalJobsWithRcp></data><succ/></rsp>"},
		{"empty", string(State{}.VMTAsDocument(10).JSON()), `{"data":{"title":"Top 10 vmtas by number of recipients","vmtas":[],` +
			`"totalRcp":0,"totalVmtasWithRcp":0},"status":"success","message":""}`},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s =\n%s\nwant\n%s", test.name, test.got, test.want)
		}
	}
}

func TestDomainsSumTheirQueues(t *testing.T) {
	var state State
	for i := range 3 {
		q := Queue{Domain: "example.com", VMTA: string(rune('a' + i)), Rcp: 1, KB: 0.5, Conn: 2}
		for j := range 4 {
			q.Events = append(q.Events, Event{"error", time.Unix(int64(100*i-j), 0), q.VMTA})
		}
		state.Queues = append(state.Queues, q)
	}
	domain := state.Domains()[0]
	if domain.Rcp != 3 || domain.KB != 1.5 || domain.Conn != 6 || len(state.Domains()) != 1 {
		t.Errorf("Domains() = %+v, want one with 3 recipients, 1.5 kb and 6 connections", state.Domains())
	}
	var vmtas []string
	for _, e := range domain.Events {
		vmtas = append(vmtas, e.Text)
	}
	if got, want := strings.Join(vmtas, ""), "ccccbbbbaa"; got != want {
		t.Errorf("events of the domain come from queues %q, want %q", got, want)
	}
}

func TestListsDoNotDisturbTheState(t *testing.T) {
	state := twoQueues()
	state.QueuesDocument(1, QueueFilter{})
	state.Domains()
	if want := twoQueues(); !slices.EqualFunc(state.Queues, want.Queues, func(a, b Queue) bool { return a.Name() == b.Name() }) {
		t.Errorf("queues after listing = %v, want the order of before", state.Queues)
	}
}
