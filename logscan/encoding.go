package logscan

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
)

// A state file begins with a line: magic, the version of what follows, its
// length and its checksum. Whatever else a version changes, the line begins
// with magic and the version. An older version is read; a newer one is
// refused, since guessing would count twice or lose.
//
// Version 1 was encoding/gob, version 2 is that of codec, version 3 has text
// logs, version 4 daily counts. What is added to a released version makes a new
// one, which reads it only when the state has it.
const (
	magic        = "pmta_exporter state "
	stateVersion = 4
	logsVersion  = 3 // the first one with text logs
	dailyVersion = 4 // the first one with daily counts
)

// mostLine is longer than any first line.
const mostLine = 256

// encodeState appends a state file to b.
func encodeState(b []byte, state *stored) []byte {
	begin := len(b)
	c := codec{b: appendLine(b, nil)} // of the length that the real one has
	body := len(c.b)
	c.state(state)
	appendLine(c.b[:begin], c.b[body:])
	return c.b
}

func appendLine(b, body []byte) []byte {
	return fmt.Appendf(b, "%s%d %012d %x\n", magic, stateVersion, len(body), sha256.Sum256(body))
}

// decodeState reads a state file. What it returns can be gone on with, however
// it came about.
func decodeState(content []byte) (*stored, error) {
	version, body, err := openState(content)
	if err != nil {
		return nil, err
	}
	state := new(stored)
	if version == 1 {
		err = decodeGob(body, state)
	} else {
		c := codec{reading: true, version: version, b: body}
		c.state(state)
		if err = c.err; err == nil && len(c.b) > 0 {
			err = fmt.Errorf("%d bytes are left over", len(c.b))
		}
	}
	if version < logsVersion {
		state.Logs.Created = state.Created
	}
	if err == nil {
		err = state.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return state, nil
}

// openState returns what a whole and undamaged state file holds.
func openState(content []byte) (version int, body []byte, err error) {
	end := bytes.IndexByte(content[:min(len(content), mostLine)], '\n')
	line, ok := bytes.CutPrefix(content[:max(end, 0)], []byte(magic))
	var length int
	var sum []byte
	n, err := fmt.Sscanf(string(line), "%d %d %x", &version, &length, &sum)
	switch body = content[end+1:]; {
	case !ok || n < 1:
		return 0, nil, errors.New("no state of this program")
	case version > stateVersion || version < 1:
		return 0, nil, fmt.Errorf("its version is %d, and this program knows those up to %d", version, stateVersion)
	case err != nil || length != len(body):
		return 0, nil, errors.New("it is damaged: its length is not what it says")
	}
	if actual := sha256.Sum256(body); !bytes.Equal(sum, actual[:]) {
		return 0, nil, errors.New("it is damaged: its checksum differs")
	}
	return version, body, nil
}

// decodeGob reads version 1. Gob makes room for as many entries of a map as a
// state claims to have, but counts them where it ignores them: so whoever lies
// fails the first pass.
func decodeGob(body []byte, state *stored) error {
	var ignored struct{ Looked bool }
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(&ignored); err != nil {
		return err
	}
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(&state.storedHealth); err != nil {
		return err
	}
	return gob.NewDecoder(bytes.NewReader(body)).Decode(state)
}
