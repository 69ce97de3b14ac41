package pmtatest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Command is a stand-in for the command line tool /usr/sbin/pmta: a script
// that prints the answers to the show commands of its State, and notes how it
// was called. It needs /bin/sh.
type Command struct {
	// Path is the script.
	Path string
	dir  string
}

// script looks its arguments up among the prepared answers. A prepared fault
// comes first.
const script = `#!/bin/sh
# Made by pmtatest: not PowerMTA's tool.
cd %s || exit 3
call=''
for word; do call="$call[$word]"; done
echo "$call" >> calls
if [ -r fault ]; then . ./fault; fi
if [ -r "answers/$*" ]; then exec cat "answers/$*"; fi
echo "unknown command" >&2
exit 1
`

// NewCommand makes the stand-in in a directory of its own, with lists cut at
// maxItems, which calls must name.
func NewCommand(dir string, s State, maxItems int) (*Command, error) {
	c := &Command{Path: filepath.Join(dir, "pmta"), dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "answers"), 0o755); err != nil {
		return nil, err
	}
	quoted := "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	if err := os.WriteFile(c.Path, fmt.Appendf(nil, script, quoted), 0o700); err != nil { //nolint:gosec // it must run
		return nil, err
	}
	return c, c.SetState(s, maxItems)
}

// SetState replaces what the commands print.
func (c *Command) SetState(s State, maxItems int) error {
	most := " --maxitems=" + strconv.Itoa(maxItems)
	documents := map[string]Document{
		"show status":                         s.StatusDocument(),
		"show version":                        s.VersionDocument(),
		"show topqueues" + most + " --errors": s.QueuesDocument(maxItems, QueueFilter{}),
		"show topdomains" + most:              s.DomainsDocument(maxItems),
		"show vmtas" + most:                   s.VMTAsDocument(maxItems),
		"show jobs" + most:                    s.JobsDocument(maxItems),
	}
	for _, d := range s.Domains() {
		documents["show queues "+d.Name+most+" --errors"] = s.QueuesDocument(maxItems, QueueFilter{Domain: d.Name})
	}
	err := errors.Join(
		c.SetAnswer("show version", s.VersionText()+"\n"),
		c.SetAnswer("show license", s.LicenseText()))
	for words, d := range documents {
		err = errors.Join(err,
			c.SetAnswer("--xml "+words, string(d.XML())),
			c.SetAnswer("--json "+words, string(d.JSON())),
			c.SetAnswer("--dom "+words, string(d.DOM())))
	}
	return err
}

// SetAnswer sets what the given words print.
func (c *Command) SetAnswer(words, text string) error {
	return os.WriteFile(filepath.Join(c.dir, "answers", words), []byte(text), 0o600)
}

// The faults of a Command, as lines of its script.
const (
	// CommandHangs: no answer, no end, deaf to SIGTERM, with a child that
	// holds the output open.
	CommandHangs = "trap '' TERM\nsleep 600 &\nwait\n"
	// CommandRefuses: what the user may not do ends in an error.
	CommandRefuses = "echo 'you must be root or a member of the group pmta' >&2\nexit 1\n"
	// CommandFloods: an answer without end.
	CommandFloods = "printf '<rsp><data>'\nexec cat /dev/zero\n"
	// CommandPrintsHelp: text where a document belongs.
	CommandPrintsHelp = "echo 'usage: pmta command'\nexit 0\n"
	// CommandBreaksOff: half of an answer, then an error.
	CommandBreaksOff = "printf '<rsp><data><status>'\necho 'connection to pmtad lost' >&2\nexit 2\n"
	// CommandCuts: half of an answer and nothing wrong by its own account.
	CommandCuts = "printf '<rsp><data><status>'\nexit 0\n"
)

// SetFault sets a fault, or ends it with an empty one.
func (c *Command) SetFault(fault string) error {
	return os.WriteFile(filepath.Join(c.dir, "fault"), []byte(fault), 0o600)
}

// Calls returns the arguments of each call, oldest first, each in brackets.
func (c *Command) Calls() ([]string, error) {
	calls, err := os.ReadFile(filepath.Join(c.dir, "calls"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(calls), "\n"), "\n"), err
}
