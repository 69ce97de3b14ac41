package pmtatest

import (
	"fmt"
	"time"
)

// clockLayout is how PowerMTA writes clock times on its pages.
const clockLayout = time.DateTime

// StatusDocument is the page /status and the answer to `pmta show status`.
func (s State) StatusDocument() Document {
	status := branch("status",
		leaf("timeNow", clock(s.TimeNow)),
		leaf("startupTime", clock(s.StartupTime)),
		leaf("shuttingDown", s.ShuttingDown),
		s.Volumes.node(),
		branch("conn", s.Conns.In.node("smtpIn"), s.Conns.Out.node("smtpOut")),
		branch("resolver",
			leaf("namesCached", s.Resolver.NamesCached),
			leaf("queriesPending", s.Resolver.QueriesPending),
			leaf("queriesActive", s.Resolver.QueriesActive)),
		branch("queue", s.queueTypeNodes()...),
		s.Spool.node(),
		leaf("status", s.Status))
	return Document{nodes: []node{branch("mta", s.Host.nodes()...), status}}
}

// VersionDocument is the answer to `pmta show version`.
func (s State) VersionDocument() Document {
	return Document{nodes: s.Host.nodes(), message: s.VersionText()}
}

// QueueFilter restricts a list of queues to a domain or a VirtualMTA; an empty
// name takes all.
type QueueFilter struct{ Domain, VMTA string }

func (f QueueFilter) takes(q Queue) bool {
	return (f.Domain == "" || f.Domain == q.Domain) && (f.VMTA == "" || f.VMTA == q.VMTA)
}

// QueuesDocument is the page /queues and the answer to `pmta show topqueues
// --errors`. It lists at most limit queues that the filter takes; limit 0
// lists all.
func (s State) QueuesDocument(limit int, filter QueueFilter) Document {
	var queues []Queue
	for _, q := range s.withMail() {
		if filter.takes(q) {
			queues = append(queues, q)
		}
	}
	rcp := func(q Queue) int64 { return q.Rcp }
	total := sum(queues, rcp)
	nodes := nodesOf(top(queues, limit, rcp), Queue.node)
	return listDocument("queues", nodes, limit,
		leaf("totalRcp", total), leaf("totalQueuesWithRcp", len(queues)))
}

// DomainsDocument is the page /domains and the answer to `pmta show topdomains
// --errors`.
func (s State) DomainsDocument(limit int) Document {
	domains := s.Domains()
	rcp := func(d Domain) int64 { return d.Rcp }
	nodes := nodesOf(top(domains, limit, rcp), Domain.node)
	return listDocument("domains", nodes, limit,
		leaf("totalRcp", sum(domains, rcp)), leaf("totalDomainsWithRcp", len(domains)))
}

// VMTAsDocument is the page /vmtas and the answer to `pmta show vmtas`.
func (s State) VMTAsDocument(limit int) Document {
	vmtas := s.VMTAs()
	rcp := func(v VMTA) int64 { return v.Rcp }
	total := sum(vmtas, rcp)
	nodes := nodesOf(top(vmtas, limit, rcp), func(v VMTA) node {
		return branch("vmta",
			leaf("name", v.Name),
			leaf("rcp", v.Rcp),
			leaf("kb", decimal(v.KB)),
			leaf("pctOfTotal", (100*v.Rcp+total/2)/total),
			leaf("conn", v.Conn),
			leaf("dom", v.Dom))
	})
	return listDocument("vmtas", nodes, limit,
		leaf("totalRcp", total), leaf("totalVmtasWithRcp", len(vmtas)))
}

// JobsDocument is the page /jobs and the answer to `pmta show jobs`.
func (s State) JobsDocument(limit int) Document {
	var jobs []Job
	for _, j := range s.Jobs {
		if j.Rcp > 0 {
			jobs = append(jobs, j)
		}
	}
	rcp := func(j Job) int64 { return j.Rcp }
	nodes := nodesOf(top(jobs, limit, rcp), func(j Job) node {
		return branch("job", leaf("id", j.ID), leaf("rcp", j.Rcp), leaf("kb", decimal(j.KB)))
	})
	return listDocument("jobs", nodes, limit,
		leaf("totalRcp", sum(jobs, rcp)), leaf("totalJobsWithRcp", len(jobs)))
}

// listDocument is the common shape of the four lists. The title repeats the
// requested length, not the actual one.
func listDocument(plural string, items []node, limit int, totals ...node) Document {
	if limit == 0 {
		limit = len(items)
	}
	title := leaf("title", fmt.Sprintf("Top %d %s by number of recipients", limit, plural))
	return Document{nodes: append([]node{title, list(plural, items)}, totals...)}
}

func nodesOf[T any](items []T, build func(T) node) []node {
	nodes := make([]node, len(items))
	for i, item := range items {
		nodes[i] = build(item)
	}
	return nodes
}

func (q Queue) node() node {
	paused := "no"
	if q.Paused {
		paused = "yes"
	}
	return branch("queue",
		leaf("name", q.Name()),
		leaf("rcp", q.Rcp),
		leaf("kb", decimal(q.KB)),
		leaf("conn", q.Conn),
		eventList(q.Events),
		leaf("paused", paused),
		leaf("mode", string(q.Mode)),
		leaf("retryTime", clock(q.RetryTime)))
}

func (d Domain) node() node {
	return branch("domain",
		leaf("name", d.Name),
		leaf("rcp", d.Rcp),
		leaf("kb", decimal(d.KB)),
		leaf("conn", d.Conn),
		eventList(d.Events))
}

// eventList is called event in XML and DOM, and errors, without the type, in
// JSON.
func eventList(events []Event) node {
	return list("errors", nodesOf(events, func(e Event) node {
		kind := leaf("type", e.Type)
		kind.markup = true
		return branch("event", kind, leaf("time", clock(e.Time)), leaf("text", e.Text))
	}))
}

// clock writes a time of day, and nothing for no time.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(clockLayout)
}
