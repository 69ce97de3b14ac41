package bounce

import "bytes"

// StatusCode is an enhanced status code (RFC 3463): class, subject and detail.
type StatusCode [3]int

// anyNumber stands for * in the pattern of a rule.
const anyNumber = -1

// Undefined reports whether the code carries no meaning beyond its class.
// PowerMTA writes such a code whenever the remote host did not announce
// ENHANCEDSTATUSCODES, whatever its reply says.
func (c StatusCode) Undefined() bool {
	return c[1] == 0 && c[2] == 0
}

// Matches reports whether the pattern covers the code, number by number.
func (c StatusCode) Matches(pattern StatusCode) bool {
	for i, number := range pattern {
		if number != anyNumber && number != c[i] {
			return false
		}
	}
	return true
}

// ParseCode reads the code that text starts with, as in "5.1.1 (bad destination
// mailbox address)".
func ParseCode(text []byte) (StatusCode, bool) {
	var code StatusCode
	for i := range code {
		if i > 0 {
			if !bytes.HasPrefix(text, []byte(".")) {
				return code, false
			}
			text = text[1:]
		}
		number, rest, ok := cutNumber(text)
		if !ok {
			return code, false
		}
		code[i], text = number, rest
	}
	isAddress := len(text) > 1 && text[0] == '.' && isDigit(text[1]) // 4.16.55.2
	return code, !isAddress && (code[0] == 2 || code[0] == 4 || code[0] == 5)
}

// cutNumber takes off the number that text starts with; more than three digits
// are no part of a code.
func cutNumber(text []byte) (int, []byte, bool) {
	number, digits := 0, 0
	for digits < min(len(text), 4) && isDigit(text[digits]) {
		number = 10*number + int(text[digits]-'0')
		digits++
	}
	return number, text[digits:], 1 <= digits && digits <= 3
}

// replyCode finds the first enhanced code of the remote reply in a diagnostic.
// It stands right behind a three-digit reply code (RFC 2034). Codes elsewhere
// are prose: "550 sorry, user over quota (#5.1.1)" says nothing about the
// address.
func replyCode(diag []byte) (StatusCode, bool) {
	reply := remoteReply(diag)
	for start := 0; ; {
		word := reply[start:]
		if len(word) > 4 && isDigit(word[0]) && isDigit(word[1]) && isDigit(word[2]) && (word[3] == ' ' || word[3] == '-') {
			if code, ok := ParseCode(word[4:]); ok {
				return code, true
			}
		}
		space := bytes.IndexByte(word, ' ')
		if space < 0 {
			return StatusCode{}, false
		}
		start += space + 1
	}
}

// remoteReply takes the reply out of a diagnostic: "smtp;REPLY" as received, or
// "x-pmta;bounce-queue;reply:REPLY" where PowerMTA bounced a whole queue
// because of it. Other x-pmta texts are local decisions without a reply.
func remoteReply(diag []byte) []byte {
	kind, text, _ := bytes.Cut(diag, []byte(";"))
	switch {
	case bytes.EqualFold(kind, []byte("smtp")):
		return text
	case bytes.EqualFold(kind, []byte("x-pmta")):
		_, reply, _ := bytes.Cut(text, []byte("reply:"))
		return reply
	default:
		return diag
	}
}

func isDigit(b byte) bool {
	return '0' <= b && b <= '9'
}
