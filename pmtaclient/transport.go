package pmtaclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

// A transport carries questions to PowerMTA: over HTTP to its web monitor, or
// to the command line tool on the same host.
type transport interface {
	// exchange asks for one document and lets read consume the answer. Every
	// error is an *Error.
	exchange(ctx context.Context, q query, read func(*source) error) error
	// offers reports whether the page can be asked for at all, or what to
	// configure so that it can.
	offers(p Page) error
	close()
}

// errTooLarge ends the reading of an answer at Options.MaxBodyBytes.
var errTooLarge = errors.New("the answer is too large")

// explain finds the kind of what went wrong while an answer was awaited or
// read; nil when that is for the transport to tell.
func explain(ctx context.Context, err error) *Error {
	var known *Error
	var timeout net.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, errTooLarge):
		return &Error{Kind: KindTooLarge, Err: err, Fix: "raise --pmta.max-body-bytes if the list is really that long"}
	case errors.Is(err, errFailed):
		return &Error{Kind: KindRefused, Err: err, Fix: "check that PowerMTA itself runs, not only its web monitor"}
	case ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Kind: KindTimeout, Err: errors.New("no complete answer in time"), Fix: "check that PowerMTA is not overloaded, or raise --pmta.timeout and the scrape timeout"}
	case errors.Is(err, errCut) || errors.Is(err, errMalformed):
		return &Error{Kind: KindCut, Err: err, Fix: "nothing of this page is reported; if it stays so, check what stands between the exporter and PowerMTA, such as a proxy"}
	}
	return nil
}

// limitedReader fails, rather than ends, at its limit.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var one [1]byte
		if n, err := l.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errCut, err)
	}
	return n, err
}
