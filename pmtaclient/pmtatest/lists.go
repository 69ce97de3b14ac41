package pmtatest

import (
	"slices"
)

// maxEvents is max-events-recorded, PowerMTA's limit of remembered errors per
// domain.
const maxEvents = 10

// Domain is a row of the domain list: its queues summed over all VirtualMTAs.
type Domain struct {
	Name   string
	Rcp    int64
	KB     float64
	Conn   int
	Events []Event // newest first
}

// VMTA is a row of the VirtualMTA list: its queues summed over all domains.
type VMTA struct {
	Name string
	Rcp  int64
	KB   float64
	Conn int
	Dom  int
}

// Domains sums the queues by domain, most recipients first.
func (s State) Domains() []Domain {
	rows := newGroup[Domain]()
	for _, q := range s.withMail() {
		d := rows.at(q.Domain)
		d.Name = q.Domain
		d.Rcp += q.Rcp
		d.KB += q.KB
		d.Conn += q.Conn
		d.Events = append(d.Events, q.Events...)
	}
	for i := range rows.items {
		d := &rows.items[i]
		slices.SortStableFunc(d.Events, func(a, b Event) int { return b.Time.Compare(a.Time) })
		d.Events = d.Events[:min(len(d.Events), maxEvents)]
	}
	return top(rows.items, 0, func(d Domain) int64 { return d.Rcp })
}

// VMTAs sums the queues by VirtualMTA, most recipients first.
func (s State) VMTAs() []VMTA {
	rows := newGroup[VMTA]()
	for _, q := range s.withMail() {
		v := rows.at(q.VMTA)
		v.Name = q.VMTA
		v.Rcp += q.Rcp
		v.KB += q.KB
		v.Conn += q.Conn
		v.Dom++
	}
	return top(rows.items, 0, func(v VMTA) int64 { return v.Rcp })
}

// withMail leaves out empty queues, as PowerMTA's lists do.
func (s State) withMail() []Queue {
	return slices.DeleteFunc(slices.Clone(s.Queues), func(q Queue) bool { return q.Rcp == 0 })
}

// top sorts by recipients, keeps the order of equals, and cuts the list after
// limit items; 0 keeps all.
func top[T any](items []T, limit int, rcp func(T) int64) []T {
	slices.SortStableFunc(items, func(a, b T) int { return int(rcp(b) - rcp(a)) })
	if limit > 0 && limit < len(items) {
		return items[:limit]
	}
	return items
}

// sum adds up one figure of all items.
func sum[T any](items []T, figure func(T) int64) int64 {
	var n int64
	for _, item := range items {
		n += figure(item)
	}
	return n
}

// group collects rows by name in the order of their first appearance.
type group[T any] struct {
	items []T
	index map[string]int
}

func newGroup[T any]() *group[T] { return &group[T]{index: map[string]int{}} }

func (g *group[T]) at(name string) *T {
	i, ok := g.index[name]
	if !ok {
		i = len(g.items)
		g.index[name] = i
		g.items = append(g.items, *new(T))
	}
	return &g.items[i]
}
