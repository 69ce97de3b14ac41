package logscan

import "time"

// move is one kind of move. It reports whether it was possible, and with any
// effect.
type move struct {
	kind   string
	weight int // how often it comes, beside the others
	make   func(m *model, p play) bool
}

// moveTable returns all moves.
func moveTable() []move {
	return []move{
		// What PowerMTA writes.
		{"write", 10, func(m *model, p play) bool { return m.write(m.stream(p), 1+p.n) }},
		{"half", 4, func(m *model, p play) bool { return m.writeHalf(m.stream(p), p.n) }},
		{"late", 4, func(m *model, p play) bool { return m.write(m.old(p, anywhere), 1+p.other) }},
		{"noise", 1, func(m *model, p play) bool { return m.writeNoise(m.stream(p), p.n) }},
		// How files are rotated.
		{"rename", 3, func(m *model, _ play) bool { return m.rename() }},
		{"next", 3, func(m *model, _ play) bool { return m.next() }},
		{"switch", 3, func(m *model, p play) bool { return m.switchLink(p) }},
		{"archive", 2, func(m *model, p play) bool { return m.archive(m.old(p, inSight)) }},
		{"away", 1, func(m *model, p play) bool { return m.moveAway(m.old(p, inSight)) }},
		{"back", 1, func(m *model, p play) bool { return m.moveBack(m.old(p, away)) }},
		// How files are spoiled.
		{"truncate", 2, func(m *model, p play) bool { return m.truncate(m.anyFile(p), 0, false) }},
		{"refill", 3, func(m *model, p play) bool { return m.truncate(m.anyFile(p), 1+5*p.n, false) }},
		{"hole", 1, func(m *model, p play) bool { return m.truncate(m.anyFile(p), p.n, true) }},
		{"shorten", 2, func(m *model, p play) bool { return m.shorten(m.anyFile(p), p.n) }},
		{"delete", 3, func(m *model, p play) bool { return m.delete(m.old(p, anywhere)) }},
		{"recreate", 2, func(m *model, p play) bool { return m.recreate(p.other % streamCount) }},
		{"gzip", 2, func(m *model, p play) bool { return m.compress(m.old(p, inSight), p.other > 0) }},
		{"ungzip", 1, func(m *model, p play) bool { return m.deleteCompressed(p) }},
		// What may be in the way.
		{"deny", 2, func(m *model, _ play) bool { return m.refuse() }},
		{"hide", 2, func(m *model, _ play) bool { return m.hide() }},
		{"allow", 8, func(m *model, _ play) bool { return m.allow() }},
		{"full", 1, func(m *model, _ play) bool { return m.fill(true) }},
		{"room", 4, func(m *model, _ play) bool { return m.fill(false) }},
		{"pause", 3, func(m *model, p play) bool { return m.pause(time.Duration(1+p.n) * time.Second) }},
		{"longpause", 3, func(m *model, p play) bool { return m.pause(grace + time.Duration(p.n)*time.Second) }},
		// What the scanner does.
		{"poll", 12, func(m *model, _ play) bool { m.poll(m.Context()); m.commit(); return true }},
		{"read", 6, func(m *model, _ play) bool { m.poll(m.Context()); return true }},
		{"commit", 2, func(m *model, _ play) bool { m.commit(); return true }},
		{"scrape", 2, func(m *model, _ play) bool { m.start(); m.s.Snapshot(); m.look(false); return true }},
		{"cut", 3, func(m *model, p play) bool { m.interruptedPoll(p.n+3*p.other, false, true); return true }},
		{"within", 3, func(m *model, p play) bool { m.interruptedPoll(p.n+3*p.other, true, p.n%2 == 0); return true }},
		{"stop", 3, func(m *model, _ play) bool { m.commit(); return m.halt() }},
		{"kill", 6, func(m *model, _ play) bool { return m.halt() }},
		{"start", 3, func(m *model, _ play) bool { return m.start() }},
	}
}

// moveOf finds a move by its kind.
var moveOf = func() map[string]move {
	all := map[string]move{}
	for _, m := range moveTable() {
		all[m.kind] = m
	}
	return all
}()

// weighted returns each kind as often as its weight says.
func weighted() []string {
	var kinds []string
	for _, m := range moveTable() {
		for range m.weight {
			kinds = append(kinds, m.kind)
		}
	}
	return kinds
}

// stream chooses a file that is being written to.
func (m *model) stream(p play) *modelFile { return m.streams[p.other%streamCount] }

// old chooses a file that has a successor and is at that place; nil when there
// is none.
func (m *model) old(p play, at place) *modelFile {
	var fit []*modelFile
	for _, f := range m.finished {
		if at == anywhere || f.place == at {
			fit = append(fit, f)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[p.n%len(fit)]
}

// anyFile chooses a file of either kind, rather one that is written to.
func (m *model) anyFile(p play) *modelFile {
	if f := m.old(p, anywhere); f != nil && p.other == streamCount {
		return f
	}
	return m.stream(p)
}
