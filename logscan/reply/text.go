package reply

import (
	"bytes"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

// maxText bounds what is read of a reply: four lines of the longest that SMTP
// allows (512 bytes, RFC 5321, 4.5.3.1.5). Servers say what matters in the
// first two.
const maxText = 4 * 512

// text is a diagnostic made uniform, the form that patterns are matched
// against:
//
//   - the kinds that PowerMTA puts in front are gone (smtp; x-pmta;
//     bounce-queue; reply:);
//   - the codes that a server repeats on each line stand once, in front:
//     "550-5.1.1 No such user 550 5.1.1 here" is "550 5.1.1 no such user here";
//   - ASCII letters are small, and white space is one blank.
type text struct {
	bytes    []byte
	code     []byte            // the reply code, three digits; empty without one
	enhanced bounce.StatusCode // zero without one
	wrapped  bool              // PowerMTA bounced the whole queue because of this reply
}

// Uniform returns the text that patterns are matched against, for those who write
// patterns.
func Uniform(diag []byte) string {
	var buf [maxText]byte
	return string(normalise(buf[:], diag).bytes)
}

// normalise makes a diagnostic uniform. It writes into buf, which holds at least
// maxText bytes.
func normalise(buf, diag []byte) text {
	var t text
	diag, t.wrapped = cutKinds(diag[:min(len(diag), maxText)])
	if startsWithCode(diag) {
		t.code, diag = diag[:3], cutCode(diag)
	}
	var enhanced []byte
	if code, ok := bounce.ParseCode(diag); ok {
		t.enhanced, enhanced = code, firstWord(diag)
	}
	n := copy(buf, t.code)
	n = appendLower(buf, n, enhanced)
	t.bytes = appendWords(buf, n, diag[len(enhanced):], t.code, enhanced)
	return t
}

// cutKinds takes off what PowerMTA writes in front of a text, and tells whether
// the text is a reply because of which it bounced a queue.
func cutKinds(diag []byte) (rest []byte, wrapped bool) {
	for _, kind := range [...]string{"smtp;", "x-pmta;", "bounce-queue;", "reply:"} {
		diag = trimLeft(diag)
		if len(diag) >= len(kind) && bytes.EqualFold(diag[:len(kind)], []byte(kind)) {
			diag = diag[len(kind):]
			wrapped = wrapped || kind == "bounce-queue;"
		}
	}
	return trimLeft(diag), wrapped
}

// appendWords copies a reply word by word and leaves out the codes that begin
// each further line; n bytes of buf are in use.
func appendWords(buf []byte, n int, diag, code, enhanced []byte) []byte {
	for {
		diag = trimLeft(diag)
		switch {
		case len(diag) == 0:
			return buf[:n]
		case len(code) > 0 && bytes.HasPrefix(diag, code) && startsWithCode(diag):
			diag = cutCode(diag)
			if bytes.Equal(firstWord(diag), enhanced) {
				diag = diag[len(enhanced):]
			}
		default:
			word := firstWord(diag)
			n = appendLower(buf, n, word)
			diag = diag[len(word):]
		}
	}
}

// appendLower adds a word and the blank before it.
func appendLower(buf []byte, n int, word []byte) int {
	if n > 0 && len(word) > 0 {
		buf[n] = ' '
		n++
	}
	for _, b := range word {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		buf[n] = b
		n++
	}
	return n
}

// startsWithCode reports whether a line of a reply begins here: with a code of
// three digits and a blank, a hyphen or nothing behind it.
func startsWithCode(diag []byte) bool {
	return len(diag) >= 3 && (diag[0] == '4' || diag[0] == '5') && isDigit(diag[1]) && isDigit(diag[2]) &&
		(len(diag) == 3 || diag[3] == '-' || isBlank(diag[3]))
}

// cutCode takes off the code that diag starts with, and what parts it from the
// text.
func cutCode(diag []byte) []byte {
	return trimLeft(diag[min(len(diag), 4):])
}

func firstWord(diag []byte) []byte {
	end := 0
	for end < len(diag) && !isBlank(diag[end]) {
		end++
	}
	return diag[:end]
}

func trimLeft(diag []byte) []byte {
	for len(diag) > 0 && isBlank(diag[0]) {
		diag = diag[1:]
	}
	return diag
}

func isBlank(b byte) bool {
	return b == ' ' || '\t' <= b && b <= '\r'
}

func isDigit(b byte) bool {
	return '0' <= b && b <= '9'
}
