package reply

import (
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

func TestNormalise(t *testing.T) {
	for _, tc := range []struct{ situation, diag, want string }{
		{"one line", "smtp;550 5.1.1 User Unknown", "550 5.1.1 user unknown"},
		{"blank behind the kind", "smtp; 550 User Unknown", "550 user unknown"},
		{"kind in capital letters", "SMTP;550 User Unknown", "550 user unknown"},
		{"without a kind", "550 User Unknown", "550 user unknown"},
		{"PowerMTA's own words", "x-pmta;deleted by administrator", "deleted by administrator"},
		{"reply that bounced the queue", "x-pmta;bounce-queue;reply:550 5.7.1 Blocked", "550 5.7.1 blocked"},
		{"bounced queue without a reply", "x-pmta;bounce-queue", "bounce-queue"},
		{"kinds in another order", "reply:smtp;550 Blocked", "smtp;550 blocked"},
		{"two lines", "smtp;550-User 550 Unknown", "550 user unknown"},
		{"two lines with enhanced codes", "smtp;550-5.1.1 User 550 5.1.1 Unknown", "550 5.1.1 user unknown"},
		{"enhanced code in the first line only", "550-5.1.1 User 550 Unknown", "550 5.1.1 user unknown"},
		{"enhanced code in the last line only", "550-User 550 5.1.1 Unknown", "550 user 5.1.1 unknown"},
		{"lines as sent", "550-5.1.1 User\r\n550 5.1.1 Unknown\r\n", "550 5.1.1 user unknown"},
		{"another code within", "550 said: 554 Blocked", "550 said: 554 blocked"},
		{"the code in a word", "550 see 550-1 and 5500", "550 see 1 and 5500"},
		{"no code for want of a digit", "5x0 User 5x0 Unknown", "5x0 user 5x0 unknown"},
		{"only the code", "smtp;550", "550"},
		{"hyphen behind the code and no more", "550-", "550"},
		{"white space", " \t550\t5.1.1 \v User\n\n Unknown ", "550 5.1.1 user unknown"},
		{"no code", "User Unknown", "user unknown"},
		{"enhanced code alone", "5.1.1 (bad destination mailbox address)", "5.1.1 (bad destination mailbox address)"},
		{"positive reply", "250 OK", "250 ok"},
		{"letters beyond ASCII", "550 COMPTE BLOQUÉ 拒绝", "550 compte bloquÉ 拒绝"},
		{"broken UTF-8", "550 \xff\xfeX", "550 \xff\xfex"},
		{"empty", "", ""},
		{"only a kind", "smtp;", ""},
		{"only blanks", " \r\n", ""},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			var buf [maxText]byte
			if got := string(normalise(buf[:], []byte(tc.diag)).bytes); got != tc.want {
				t.Errorf("normalise(%q) = %q, want %q", tc.diag, got, tc.want)
			}
		})
	}
}

func TestNormaliseFindsCodes(t *testing.T) {
	var buf [maxText]byte
	got := normalise(buf[:], []byte("x-pmta;bounce-queue;reply:550-5.7.26 Blocked"))
	if string(got.code) != "550" || got.enhanced != (bounce.StatusCode{5, 7, 26}) || !got.wrapped {
		t.Errorf("normalise() = %q, %v, wrapped %v, want 550, [5 7 26], true", got.code, got.enhanced, got.wrapped)
	}
}

// TestNormaliseBounds makes sure that nothing is written behind the buffer,
// whatever is read.
func TestNormaliseBounds(t *testing.T) {
	for _, unit := range []string{"x", "x ", " ", "550 ", "550-5.1.1 x ", "x\t"} {
		for size := maxText - 3; size <= maxText+3; size++ {
			var buf [maxText]byte
			diag := strings.Repeat(unit, size/len(unit)+1)[:size]
			if got := normalise(buf[:], []byte(diag)).bytes; len(got) > maxText {
				t.Errorf("normalise(%d bytes of %q) gives %d bytes, want at most %d", size, unit, len(got), maxText)
			}
		}
	}
}
