package logscan

import (
	"context"
	"time"
)

// start starts the scanner, if it is not running.
func (m *model) start() bool {
	if !m.down {
		return false
	}
	m.block(false) // a store may tidy up when it starts
	s, err := New(m.options)
	m.must(err)
	m.block(m.full)
	m.s, m.down = s, false
	if s.store == nil || !s.durability.Loaded {
		m.fail("what was kept cannot be read")
		return true
	}
	s.store.fs = unsynced{}
	s.buffer = make([]byte, headBytes) // so that files are read in several chunks
	m.deny(m.refusal())
	m.look(false)
	return true
}

// halt ends the scanner as SIGKILL would. What was not committed is forgotten.
func (m *model) halt() bool {
	if m.down {
		return false
	}
	m.s.tracker.closeAll()
	m.must(m.s.Close())
	m.down = true
	m.killed()
	return true
}

// poll lets the scanner read.
func (m *model) poll(ctx context.Context) {
	m.start()
	m.s.Poll(ctx)
	m.polled(true)
	m.look(false)
}

// interruptedPoll lets something happen in the middle of a poll: a commit, the
// end of the scanner, or both.
func (m *model) interruptedPoll(looks int, commit, stop bool) {
	m.start()
	ctx := &interruption{Context: m.Context(), looks: looks, stop: stop, do: func() {}}
	if commit {
		ctx.do = func() { m.s.commit(time.Now()) }
	}
	m.s.Poll(ctx)
	m.polled(!stop)
	m.look(true)
}

// interruption is a context that does something, and ends if it shall, when it
// was looked at so often.
type interruption struct {
	context.Context
	looks int
	do    func()
	stop  bool
}

func (c *interruption) Err() error {
	c.looks--
	if c.looks == -1 {
		c.do()
	}
	if c.stop && c.looks < 0 {
		return context.Canceled
	}
	return nil
}

func (m *model) commit() {
	m.start()
	m.s.commit(time.Now())
	m.look(false)
}

// look compares what is on show with the truth, if that is new. A commit in the
// middle of a poll has some of what that poll read.
func (m *model) look(within bool) {
	if m.s.last == m.shown {
		return
	}
	m.truth.committed(within)
	now := figuresOf(m.s.last)
	m.fail(steppedBack(m.figures, now))
	m.fail(m.contradicts(now))
	m.shown, m.figures = m.s.last, now
	m.tally.commits++
}
