package logscan

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// What is in the scanner's way: files and a directory that are refused, a full
// disk, and time.

func (m *model) refusal() error {
	if m.denied {
		return syscall.EACCES
	}
	return nil
}

// refuse lets files be refused; those that are open are not concerned.
func (m *model) refuse() bool {
	changed := !m.denied
	m.denied = true
	m.obey()
	return changed
}

// hide lets the directory be refused. A loop is what root cannot read either.
func (m *model) hide() bool {
	if m.blind {
		return false
	}
	m.remove("logs")
	m.symlink("logs", "logs")
	m.blind = true
	return true
}

// allow ends both. What could not be reached for another reason than a refusal
// need not be tried again at once.
func (m *model) allow() bool {
	changed := m.denied || m.blind
	if m.blind {
		m.remove("logs")
		m.symlink("real", "logs")
		pass(grace)
	}
	m.denied, m.blind = false, false
	m.obey()
	return changed
}

func (m *model) obey() {
	if !m.down {
		m.deny(m.refusal())
	}
}

func (m *model) pause(d time.Duration) bool {
	pass(d)
	return true
}

// fill lets the disk of the state be full, or not any more.
func (m *model) fill(full bool) bool {
	changed := m.full != full
	m.full = full
	m.block(full)
	return changed
}

// block puts a directory where the next state is to be written, or takes it away.
func (m *model) block(blocked bool) {
	inTheWay := filepath.Join(m.options.StateDirectory, temporary)
	m.must(os.RemoveAll(inTheWay))
	if blocked {
		m.must(os.Mkdir(inTheWay, 0o755))
	}
}
