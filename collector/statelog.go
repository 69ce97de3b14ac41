package collector

import (
	"errors"
	"fmt"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// A stateLog writes a line when the state of a page changes, and is silent
// while it lasts: the metrics say that it does.
type stateLog struct {
	logger  log.Logger
	listFix func(items int64) string // says how to get a list of that length

	mu    sync.Mutex
	state map[string]string // by page; missing = well
}

func newStateLog(logger log.Logger, listFix func(int64) string) *stateLog {
	return &stateLog{logger: logger, listFix: listFix, state: map[string]string{}}
}

// changed notes the state of one thing and says what it was before.
func (l *stateLog) changed(thing, state string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.state[thing]
	l.state[thing] = state
	return before, before != state
}

// note logs what a scrape changed.
func (l *stateLog) note(status *pmtaclient.Status, first *outcome, lists []*outcome) {
	l.noteStatus(status, first.err)
	for _, o := range lists {
		l.noteList(o, first.err)
	}
}

// noteStatus logs whether PowerMTA can be read and runs.
func (l *stateLog) noteStatus(status *pmtaclient.Status, err error) {
	state := stateOf(err)
	if err == nil && !status.Running() {
		state = "not running"
	}
	before, changed := l.changed("status", state)
	switch {
	case !changed:
	case err != nil:
		l.failed("Cannot read PowerMTA", "status", err)
	case state == "not running":
		level.Warn(l.logger).Log("msg", "PowerMTA does not run", "status", fmt.Sprintf("%.40q", status.State),
			"hint", "start PowerMTA, or wait until it has started")
	case before != "":
		level.Info(l.logger).Log("msg", "PowerMTA answers again", "version", logscan.Label(status.Product.Version))
	}
}

// noteList logs whether a list can be read and is whole. A failure that the
// status page shares is one failure and was logged with it.
func (l *stateLog) noteList(o *outcome, statusErr error) {
	state := stateOf(o.err)
	if o.err != nil && state == stateOf(statusErr) {
		state = withStatus
	}
	before, changed := l.changed(o.name, state)
	switch {
	case !changed || state == withStatus:
	case o.err != nil:
		l.failed("Cannot read a page of PowerMTA", o.name, o.err)
	case before != withStatus && before != "":
		level.Info(l.logger).Log("msg", "A page of PowerMTA can be read again", "page", o.name)
	}
	if o.err == nil && o.page.list != nil {
		l.noteCut(o.page.list)
		l.noteUnwatched(o.name, o.page.unwatched)
	}
}

// noteUnwatched tells once that watched domains cannot be read.
func (l *stateLog) noteUnwatched(name string, err error) {
	_, changed := l.changed(name+" watched", stateOf(err))
	switch {
	case !changed:
	case err != nil:
		l.failed("Cannot read the queues of a watched domain; the list itself is reported", name, err)
	default:
		level.Info(l.logger).Log("msg", "The queues of all watched domains can be read again", "page", name)
	}
}

// withStatus is the state of a list that fails as the status page does.
const withStatus = "with status"

// noteCut tells once that a list is cut, and how to get all of it.
func (l *stateLog) noteCut(list *listed) {
	state := ""
	if list.truncated().Value == 1 {
		state = "cut"
	}
	if _, changed := l.changed(list.name+" length", state); !changed {
		return
	}
	if state == "" {
		level.Info(l.logger).Log("msg", "PowerMTA does not cut this list any more", "page", list.name)
		return
	}
	reported := int64(list.list.Items.Value)
	level.Warn(l.logger).Log("msg", "PowerMTA cuts a list", "page", list.name, "returned", list.items, "reported", reported,
		"hint", l.listFix(reported))
}

func (l *stateLog) failed(msg, page string, err error) {
	level.Warn(l.logger).Log("msg", msg, "page", page, "err", err)
	var e *pmtaclient.Error
	if errors.As(err, &e) && len(e.Head) > 0 {
		level.Debug(l.logger).Log("msg", "The answer begins so", "page", page, "head", fmt.Sprintf("%q", e.Head))
	}
	var p *panicError
	if errors.As(err, &p) {
		level.Error(l.logger).Log("msg", "The exporter has a fault; please report it", "page", page, "panic", fmt.Sprint(p.value), "stack", string(p.stack))
	}
}

// stateOf names a failure by its kind, so that texts with changing details do
// not count as changes.
func stateOf(err error) string {
	if err == nil {
		return ""
	}
	var e *pmtaclient.Error
	if errors.As(err, &e) {
		return string(e.Kind)
	}
	return err.Error()
}
