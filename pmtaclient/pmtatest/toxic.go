package pmtatest

import "time"

// Toxic is one way in which a network goes wrong. The zero Toxic is none.
type Toxic struct {
	Kind ToxicKind
	// Upstream spoils what the client sends; otherwise what it receives.
	Upstream bool
	// Path restricts the toxic to requests for one page, whose first line the
	// proxy reads, so plain HTTP only; empty for everything.
	Path string
	// N is how many bytes of the request or of its answer pass before the toxic
	// strikes, of the last three kinds.
	N int
	// Every is how long ToxicDelay holds each piece back, and ToxicDrip each byte.
	Every time.Duration
}

// ToxicKind is a kind of Toxic.
type ToxicKind string

// The kinds of toxics.
const (
	ToxicDelay ToxicKind = "delay" // pieces come Every later
	ToxicDrip  ToxicKind = "drip"  // a byte comes each Every
	ToxicStall ToxicKind = "stall" // N bytes, then nothing and no end
	ToxicCut   ToxicKind = "cut"   // N bytes, then an orderly end (FIN)
	ToxicReset ToxicKind = "reset" // N bytes, then the connection is reset (RST)
)
