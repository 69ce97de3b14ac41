package bounce

import "testing"

func TestParseCode(t *testing.T) {
	for _, tc := range []struct {
		text string
		want StatusCode
		ok   bool
	}{
		{"5.1.1 (bad destination mailbox address)", StatusCode{5, 1, 1}, true},
		{"5.1.1(bad destination mailbox address)", StatusCode{5, 1, 1}, true},
		{"5.7.515", StatusCode{5, 7, 515}, true},
		{"5.1.1. User unknown", StatusCode{5, 1, 1}, true},
		{"2.0.0 (success)", StatusCode{2, 0, 0}, true},
		{"3.0.0", StatusCode{}, false},
		{"5.1", StatusCode{}, false},
		{"5.1.", StatusCode{}, false},
		{"5.1.1234", StatusCode{}, false},
		{"4.16.55.2", StatusCode{}, false},
		{"192.0.2.1", StatusCode{}, false},
		{"(#5.1.1)", StatusCode{}, false},
		{"", StatusCode{}, false},
	} {
		got, ok := ParseCode([]byte(tc.text))
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("ParseCode(%q) = %v, %v, want %v, %v", tc.text, got, ok, tc.want, tc.ok)
		}
	}
}

func TestReplyCode(t *testing.T) {
	for _, tc := range []struct {
		situation, diag string
		want            StatusCode
		ok              bool
	}{
		{"as received", "smtp;550 5.1.1 no such local recipient", StatusCode{5, 1, 1}, true},
		{"capital letters and a space", "SMTP; 552-5.2.3 Your message exceeded Google's message size limits.", StatusCode{5, 2, 3}, true},
		{"folded lines", "smtp;421-4.7.0 Our system has detected 421 4.7.1 see", StatusCode{4, 7, 0}, true},
		{"code in the last line only", "smtp;550-Requested action not taken 550 5.1.1 unknown", StatusCode{5, 1, 1}, true},
		{"queue bounced by a pattern", "x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent.", StatusCode{5, 7, 1}, true},
		{"without a kind", "550 5.1.1 user; unknown", StatusCode{5, 1, 1}, true},
		{"host without enhanced codes", "smtp;550 Requested action not taken: mailbox user@example.com unavailable", StatusCode{}, false},
		{"code in prose", "smtp;550 sorry, user over quota [mx1] (#5.1.1)", StatusCode{}, false},
		{"address behind the reply code", "smtp;554 5.16.55.2 is blocked", StatusCode{}, false},
		{"local decision", "x-pmta;550 5.1.1 is no reply", StatusCode{}, false},
		{"reply code alone", "smtp;550 ", StatusCode{}, false},
		{"kind alone", "smtp;", StatusCode{}, false},
		{"empty", "", StatusCode{}, false},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			got, ok := replyCode([]byte(tc.diag))
			if ok != tc.ok || ok && got != tc.want {
				t.Errorf("replyCode(%q) = %v, %v, want %v, %v", tc.diag, got, ok, tc.want, tc.ok)
			}
		})
	}
}
