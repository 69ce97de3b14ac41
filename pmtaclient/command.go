package pmtaclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// command is the transport that runs PowerMTA's command line tool on this
// host, or a wrapper around it such as one that calls sudo. Its lists are as
// long as asked for (--maxitems), which no page of the web monitor is.
//
// No shell is involved and no word comes from outside: the arguments are those
// of query.words, and a watched domain among them is one that the operator
// configured. The process leads a group of its own, which is killed as a whole
// at the deadline, together with whatever a wrapper started.
type command struct {
	path     string
	format   Format
	limit    int64
	maxItems int
}

func newCommand(path string, o Options) *command {
	return &command{path: path, format: o.Format, limit: o.MaxBodyBytes, maxItems: o.MaxItems}
}

func (*command) close() {}

func (*command) offers(p Page) error {
	if !p.hasCommand() {
		return fmt.Errorf("no command tells the %s", p)
	}
	return nil
}

// afterKill is how long a killed process may keep its output open: a child
// that left the group could do so forever.
const afterKill = 200 * time.Millisecond

func (c *command) exchange(ctx context.Context, q query, read func(*source) error) error {
	if err := c.offers(q.page); err != nil {
		return &Error{Kind: KindForbidden, Page: string(q.page), Err: err}
	}
	words := q.words(c.maxItems)
	if !q.page.asText() {
		words = append([]string{"--" + string(c.format)}, words...)
	}
	err := c.run(ctx, words, read)
	if err == nil {
		return nil
	}
	known := explain(ctx, err)
	if known == nil {
		known = explainCommand(err)
	}
	if known.Kind == KindCut {
		known.Fix = "nothing of this answer is reported; if it stays so, run the command by hand"
	}
	known.Page = strings.Join(words, " ")
	return known
}

// run starts the tool, lets read consume what it prints, and waits for its
// end. What it printed counts only if it ends with code 0.
func (c *command) run(ctx context.Context, words []string, read func(*source) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends a tool that prints on after read gave up
	complaint := new(head)
	cmd := exec.CommandContext(ctx, c.path, words...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stderr = complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = afterKill
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	unblock := context.AfterFunc(ctx, func() { closeLater(output) })
	defer unblock()
	src := newSource(&limitedReader{r: output, left: c.limit})
	readErr := read(src)
	if readErr != nil {
		cancel()
	}
	return c.verdict(readErr, waitFor(ctx, cmd), src, complaint)
}

// waitFor waits for the end of the tool. One that cannot be killed, as what sudo
// runs for another user, is left to end in its own time, and is waited for in
// the background.
func waitFor(ctx context.Context, cmd *exec.Cmd) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(2 * afterKill):
		return errors.New("the command cannot be killed")
	}
}

// closeLater ends a read of output that outlives the process group.
func closeLater(output io.Closer) {
	time.AfterFunc(afterKill, func() { _ = output.Close() })
}

// verdict decides between what the answer says and how the tool ended. A tool
// that fails of its own accord explains itself better than its half of an
// answer does.
func (c *command) verdict(readErr, waitErr error, src *source, complaint *head) error {
	var exit *exec.ExitError
	failed := errors.As(waitErr, &exit) && exit.Exited()
	switch {
	case failed && !errors.Is(readErr, errTooLarge):
		return &Error{
			Kind: KindRefused,
			Err:  fmt.Errorf("%s ended with code %d%s", c.path, exit.ExitCode(), complaint.quoted()),
			Fix:  "check that PowerMTA runs, and that this user may run the command: as root, as member of group pmta, or through a wrapper that calls sudo",
			Head: src.head,
		}
	case errors.Is(readErr, errForeign):
		return &Error{
			Kind: KindNotPMTA,
			Err:  fmt.Errorf("%w%s", readErr, complaint.quoted()),
			Fix:  "check that the command of --pmta.uri is PowerMTA's and knows the format of --pmta.format",
			Head: src.head,
		}
	case readErr != nil:
		return readErr
	case errors.Is(waitErr, exec.ErrWaitDelay):
		return nil // something that the tool left behind keeps its error output open
	}
	return waitErr
}

// explainCommand describes why the tool could not be started.
func explainCommand(err error) *Error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &Error{Kind: KindForbidden, Err: err, Fix: "let this user run the command: as member of group pmta, or through a wrapper that calls sudo"}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Kind: KindUnreachable, Err: err, Fix: "set --pmta.uri=exec: with the path of PowerMTA's command line tool, usually /usr/sbin/pmta"}
	}
	return &Error{Kind: KindUnreachable, Err: err, Fix: "check the command of --pmta.uri"}
}

// head keeps the first bytes of what a tool complains about and drops the
// rest. A tool that cannot be killed may complain on.
type head struct {
	mu   sync.Mutex
	text []byte
}

const maxComplaint = 200

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(len(p), maxComplaint-len(h.text))]...)
	return len(p), nil
}

func (h *head) quoted() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.text) == 0 {
		return ""
	}
	return fmt.Sprintf(": %q", h.text)
}
