package pmtaclient

import (
	"strings"
	"time"
)

// Answer says of an answer what no metric about mail can say: how long it was
// and how much of it was strange. It is part of every document.
type Answer struct {
	Bytes int64
	// Unknown counts leaves that this package does not know: after an upgrade
	// of PowerMTA, look here.
	Unknown int
	// Unparsable counts known leaves whose text was not of their type.
	Unparsable int
}

// note stores one leaf; a nil target is an unknown leaf.
func (a *Answer) note(target any, value []byte) {
	switch {
	case target == nil:
		a.Unknown++
	case !set(target, value):
		a.Unparsable++
	}
}

// List is what the four lists have in common. PowerMTA cuts them to the top N
// by recipients (over HTTP: http-default-max-items) and leaves out empty
// items, but its totals cover all.
type List struct {
	Answer
	Recipients Number // totalRcp: recipients of all items, listed or not
	Items      Number // total…WithRcp: all items that have recipients
}

// row is one item of a list while it is read: the leaves of all four kinds of
// item, of which each kind fills some.
type row struct {
	figures
	name, mode []byte // in memory that the next row uses again
	retry      time.Time
	newest     rawEvent
}

// figures are the leaves of an item that hold no pointer. They are apart since
// they can be emptied without a word to the garbage collector.
type figures struct {
	recipients, kb, conn, domains Number
	paused                        Flag
}

// begin empties r for the next item.
func (r *row) begin() {
	r.figures = figures{}
	r.name, r.mode = r.name[:0], r.mode[:0]
	r.retry = time.Time{}
	r.newest.begin()
}

// listVisitor reads one of the list pages. Items may stand side by side or in
// an element with the plural's name, and may be a lone object where a list
// belongs (interface notes §12); an item is an element of the singular's or
// plural's name that has a name itself.
type listVisitor struct {
	list   *List
	item   string // queue, domain, vmta, job
	totals string // totalQueuesWithRcp, …
	add    func(*row)
	all    func() // stores what was added

	row   row
	event rawEvent
	path  []listElement // kinds of the open elements
}

// listElement is a kind of open element.
type listElement int

const (
	otherElement listElement = iota
	itemElement
	eventElement
	eventsElement
)

func (v *listVisitor) inner() (listElement, bool) {
	if len(v.path) == 0 {
		return otherElement, true
	}
	return v.path[len(v.path)-1], false
}

func (v *listVisitor) open(name []byte) {
	inner, _ := v.inner()
	element := otherElement
	switch {
	case string(name) == v.item || isPlural(name, v.item):
		element = itemElement
		v.row.begin()
	case (inner == itemElement || inner == eventElement) && isEvent(name):
		if inner == eventElement { // that is a list around it
			v.path[len(v.path)-1] = eventsElement
		}
		element = eventElement
		v.event.begin()
	case inner == eventsElement && isEvent(name):
		element = eventElement
		v.event.begin()
	}
	v.path = append(v.path, element)
}

func (v *listVisitor) close() {
	inner, _ := v.inner()
	v.path = v.path[:len(v.path)-1]
	switch inner {
	case itemElement:
		if len(v.row.name) > 0 {
			v.add(&v.row)
		}
		v.row.begin()
	case eventElement:
		v.row.newest.replaceBy(&v.event)
	}
}

func (v *listVisitor) leaf(name, value []byte) {
	inner, top := v.inner()
	switch {
	case inner == itemElement:
		v.list.note(v.row.field(name), value)
	case inner == eventElement:
		v.list.note(v.event.field(name), value)
	case top:
		v.list.note(v.total(name), value)
	default:
		v.list.note(nil, value)
	}
}

func (v *listVisitor) finish() { v.all() }

func (v *listVisitor) total(name []byte) any {
	switch string(name) {
	case "title":
		return ignored{}
	case "totalRcp":
		return &v.list.Recipients
	case v.totals:
		return &v.list.Items
	}
	return nil
}

func (r *row) field(name []byte) any {
	switch string(name) {
	case "name", "id":
		return &r.name
	case "rcp":
		return &r.recipients
	case "kb":
		return &r.kb
	case "conn":
		return &r.conn
	case "dom":
		return &r.domains
	case "paused":
		return &r.paused
	case "mode":
		return &r.mode
	case "retryTime":
		return &r.retry
	case "pctOfTotal":
		return ignored{}
	}
	return nil
}

func isPlural(name []byte, item string) bool {
	n := len(name) - 1
	return n == len(item) && name[n] == 's' && string(name[:n]) == item
}

// isEvent knows the names of error events: event in XML and DOM, errors in
// JSON of 5.x.
func isEvent(name []byte) bool {
	switch string(name) {
	case "event", "events", "error", "errors":
		return true
	}
	return false
}

// splitQueue parts domain/VMTA at the first slash. Domains come in lower case
// and without a final dot; a name that has none or a wildcard is no queue.
func splitQueue(name string) (string, string, bool) {
	domain, vmta, _ := strings.Cut(name, "/")
	domain = normalDomain(domain)
	return domain, vmta, domain != "" && domain != "*" && vmta != "*"
}

func normalDomain(domain string) string {
	return strings.ToLower(strings.TrimSuffix(domain, "."))
}
