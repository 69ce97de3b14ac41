package pmtaclient

import (
	"bytes"
	"strings"
	"time"
)

// Status is the status document: guide section 5.3, the only one that is
// documented leaf by leaf. What PowerMTA did not report is empty or not OK.
type Status struct {
	Answer
	Product  Product
	Hostname string // mta.fullHostName
	OS       string // mta.os.name, such as Linux
	Platform string // mta.cpu.type, such as x86_64

	// State is PowerMTA's own word; only "running" has been seen.
	State        string
	ShuttingDown Flag
	// Now and Started are wall clocks of PowerMTA's host: see Uptime.
	Now, Started time.Time

	Received, Sent           Traffic // since start or "reset counters"
	BouncesProcessed         Number
	FeedbackReportsProcessed Number
	Inbound, Outbound        Connections
	Resolver                 Resolver
	Backlogs                 []Backlog // by delivery, in PowerMTA's order
	Spool                    Spool
}

// Product is what runs.
type Product struct {
	Name, Version, Revision string
}

// Traffic is an amount of mail. KB is in units of 1,024 bytes; the guide does
// not say so, see docs/metrics.md.
type Traffic struct {
	Recipients, Messages, KB Number
}

// Connections are SMTP connections of one direction: now, at most allowed,
// and most ever at once.
type Connections struct {
	Current, Limit, Peak Number
}

// Resolver is the state of PowerMTA's own DNS resolver.
type Resolver struct {
	CachedNames, PendingQueries, ActiveQueries Number
}

// Backlog is what is queued for one delivery type, such as smtp or discard.
type Backlog struct {
	Delivery                string // PowerMTA's element name, verbatim
	Recipients, Domains, KB Number
}

// Spool is the state of the spool directories.
type Spool struct {
	InitializedPercent          Number // 100 = read completely
	Directories                 Number
	FilesInUse, FilesRecycled   Number
	Recipients, RecipientsLimit Number // recipients can exceed their limit
}

// Running reports whether PowerMTA calls itself running.
func (s *Status) Running() bool { return strings.EqualFold(s.State, "running") }

// Uptime is the time from start to this answer. It is not OK when either end
// is missing or the clock was set back.
func (s *Status) Uptime() (time.Duration, bool) {
	if s.Now.IsZero() || s.Started.IsZero() || s.Now.Before(s.Started) {
		return 0, false
	}
	return s.Now.Sub(s.Started), true
}

// fields maps the path of each known leaf to its place. The children of
// status.queue differ between versions and are not here: see backlog.
func (s *Status) fields() map[string]any {
	f := map[string]any{
		"mta.product.name":     &s.Product.Name,
		"mta.product.version":  &s.Product.Version,
		"mta.product.revision": &s.Product.Revision,
		"mta.fullHostName":     &s.Hostname,
		"mta.os.name":          &s.OS,
		"mta.cpu.type":         &s.Platform,

		"status.status":       &s.State,
		"status.shuttingDown": &s.ShuttingDown,
		"status.timeNow":      &s.Now,
		"status.startupTime":  &s.Started,

		"status.traffic.total.in.rcp":                &s.Received.Recipients,
		"status.traffic.total.in.msg":                &s.Received.Messages,
		"status.traffic.total.in.kb":                 &s.Received.KB,
		"status.traffic.total.out.rcp":               &s.Sent.Recipients,
		"status.traffic.total.out.msg":               &s.Sent.Messages,
		"status.traffic.total.out.kb":                &s.Sent.KB,
		"status.traffic.total.bounceProcessed":       &s.BouncesProcessed,
		"status.traffic.total.feedbackLoopProcessed": &s.FeedbackReportsProcessed,

		"status.conn.smtpIn.cur":  &s.Inbound.Current,
		"status.conn.smtpIn.max":  &s.Inbound.Limit,
		"status.conn.smtpIn.top":  &s.Inbound.Peak,
		"status.conn.smtpOut.cur": &s.Outbound.Current,
		"status.conn.smtpOut.max": &s.Outbound.Limit,
		"status.conn.smtpOut.top": &s.Outbound.Peak,

		"status.resolver.namesCached":    &s.Resolver.CachedNames,
		"status.resolver.queriesPending": &s.Resolver.PendingQueries,
		"status.resolver.queriesActive":  &s.Resolver.ActiveQueries,

		"status.spool.initPct":        &s.Spool.InitializedPercent,
		"status.spool.dirs":           &s.Spool.Directories,
		"status.spool.files.inUse":    &s.Spool.FilesInUse,
		"status.spool.files.recycled": &s.Spool.FilesRecycled,
		"status.spool.totalRcp":       &s.Spool.Recipients,
		"status.spool.maxRcp":         &s.Spool.RecipientsLimit,
	}
	for _, path := range ignoredStatusLeaves() {
		f[path] = ignored{}
	}
	return f
}

// ignoredStatusLeaves are known and not kept: windows and high-water marks
// that PromQL derives better from the totals, and facts about the host.
func ignoredStatusLeaves() []string {
	paths := []string{
		"mta.product.buildDate", "mta.product.bits", "mta.product.variant",
		"mta.lak.serial", "mta.lak.instances", "mta.os.version", "mta.os.build",
		"mta.cpu.count", "mta.ram.real", "mta.userString", "mta.hostId", "mta.webUI.protocol",
		"status.spool.files.total",
	}
	for _, leaf := range []string{"count", "mailFromTime", "dataTime", "totalTime"} {
		paths = append(paths, "status.traffic.perf.lastMin.in."+leaf)
	}
	for _, window := range []string{"lastHr", "lastMin", "topPerHr", "topPerMin"} {
		for _, leaf := range []string{
			"in.rcp", "in.msg", "in.kb", "out.rcp", "out.msg", "out.kb",
			"bounceProcessed", "feedbackLoopProcessed",
		} {
			paths = append(paths, "status.traffic."+window+"."+leaf)
		}
	}
	return paths
}

// statusVisitor fills a Status. The object that is called status stands
// beside mta, within it, or outside of data: all three are accepted.
type statusVisitor struct {
	status *Status
	fields map[string]any
	path   []byte // names of the open elements, each with a dot after it
	outer  []int  // for each open element, the length of the path without it
}

func newStatusVisitor(s *Status) *statusVisitor {
	return &statusVisitor{status: s, fields: s.fields()}
}

func (v *statusVisitor) open(name []byte) {
	v.outer = append(v.outer, len(v.path))
	v.path = append(append(v.path, name...), '.')
}

func (v *statusVisitor) close() {
	last := len(v.outer) - 1
	v.path, v.outer = v.path[:v.outer[last]], v.outer[:last]
}

func (v *statusVisitor) leaf(name, value []byte) {
	outer := len(v.path)
	v.path = append(v.path, name...)
	path := v.path
	if inner, ok := bytes.CutPrefix(path, []byte("mta.status.")); ok {
		path = path[len(path)-len(inner)-len("status."):]
	}
	target, known := v.fields[string(path)]
	if !known {
		target = v.status.backlog(path)
	}
	v.status.note(target, value)
	v.path = v.path[:outer]
}

// maxBacklogs bounds the delivery types. At most eight have been seen.
const maxBacklogs = 32

// backlog finds the place of status.queue.TYPE.{rcp,dom,kb}; nil when the path
// is not of that form.
func (s *Status) backlog(path []byte) any {
	rest, ok := bytes.CutPrefix(path, []byte("status.queue."))
	delivery, leaf, found := bytes.Cut(rest, []byte("."))
	if !ok || !found || len(delivery) == 0 {
		return nil
	}
	switch string(leaf) {
	case "rcp", "dom", "kb":
	default:
		return nil
	}
	n := len(s.Backlogs)
	if n == 0 || s.Backlogs[n-1].Delivery != string(delivery) {
		if n == maxBacklogs {
			return nil
		}
		s.Backlogs = append(s.Backlogs, Backlog{Delivery: string(delivery)})
		n++
	}
	b := &s.Backlogs[n-1]
	switch string(leaf) {
	case "rcp":
		return &b.Recipients
	case "dom":
		return &b.Domains
	}
	return &b.KB
}
