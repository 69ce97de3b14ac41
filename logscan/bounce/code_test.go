package bounce

import "testing"

func TestParseCode(t *testing.T) {
	for _, tc := range []struct {
		text string
		want statusCode
		ok   bool
	}{
		{"5.1.1 (bad destination mailbox address)", statusCode{5, 1, 1}, true},
		{"5.1.1(bad destination mailbox address)", statusCode{5, 1, 1}, true},
		{"5.7.515", statusCode{5, 7, 515}, true},
		{"5.1.1. User unknown", statusCode{5, 1, 1}, true},
		{"2.0.0 (success)", statusCode{2, 0, 0}, true},
		{"3.0.0", statusCode{}, false},
		{"5.1", statusCode{}, false},
		{"5.1.", statusCode{}, false},
		{"5.1.1234", statusCode{}, false},
		{"4.16.55.2", statusCode{}, false},
		{"192.0.2.1", statusCode{}, false},
		{"(#5.1.1)", statusCode{}, false},
		{"", statusCode{}, false},
	} {
		got, ok := parseCode([]byte(tc.text))
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("parseCode(%q) = %v, %v, want %v, %v", tc.text, got, ok, tc.want, tc.ok)
		}
	}
}

func TestReplyCode(t *testing.T) {
	for _, tc := range []struct {
		situation, diag string
		want            statusCode
		ok              bool
	}{
		{"as received", "smtp;550 5.1.1 no such local recipient", statusCode{5, 1, 1}, true},
		{"capital letters and a space", "SMTP; 552-5.2.3 Your message exceeded Google's message size limits.", statusCode{5, 2, 3}, true},
		{"folded lines", "smtp;421-4.7.0 Our system has detected 421 4.7.1 see", statusCode{4, 7, 0}, true},
		{"code in the last line only", "smtp;550-Requested action not taken 550 5.1.1 unknown", statusCode{5, 1, 1}, true},
		{"queue bounced by a pattern", "x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent.", statusCode{5, 7, 1}, true},
		{"without a kind", "550 5.1.1 user; unknown", statusCode{5, 1, 1}, true},
		{"host without enhanced codes", "smtp;550 Requested action not taken: mailbox user@example.com unavailable", statusCode{}, false},
		{"code in prose", "smtp;550 sorry, user over quota [mx1] (#5.1.1)", statusCode{}, false},
		{"address behind the reply code", "smtp;554 5.16.55.2 is blocked", statusCode{}, false},
		{"local decision", "x-pmta;550 5.1.1 is no reply", statusCode{}, false},
		{"reply code alone", "smtp;550 ", statusCode{}, false},
		{"kind alone", "smtp;", statusCode{}, false},
		{"empty", "", statusCode{}, false},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			got, ok := replyCode([]byte(tc.diag))
			if ok != tc.ok || ok && got != tc.want {
				t.Errorf("replyCode(%q) = %v, %v, want %v, %v", tc.diag, got, ok, tc.want, tc.ok)
			}
		})
	}
}
