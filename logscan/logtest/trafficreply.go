package logtest

import (
	"regexp"
	"strconv"
	"strings"
)

// Reply is a reply of a mail server, and what it must be counted as.
type Reply struct {
	Provider   string // who gives it; empty for anybody
	Text       string // of dsnDiag
	Reason     string
	Class      string // hard, block or soft; empty where the text leaves it open
	Permanence string // transient or permanent; empty where the text has no digit
	Final      bool   // the text must end as it does
}

// reply is a Reply, cut where ids and addresses change from record to record.
type reply struct {
	Reply
	parts []string
}

// cutReply finds the documentation's addresses and mailboxes in a text.
func cutReply(r Reply) reply {
	changing := regexp.MustCompile(`\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+\b|\buser@`)
	return reply{r, splitBetween(changing, r.Text)}
}

// splitBetween cuts a text before each match: each part but the first begins
// with one.
func splitBetween(re *regexp.Regexp, text string) []string {
	var parts []string
	start := 0
	for _, place := range re.FindAllStringIndex(text, -1) {
		parts = append(parts, text[start:place[0]])
		start = place[0]
	}
	return append(parts, text[start:])
}

// appendReply adds a reply with other addresses, and with an id of its own at
// its end.
func (t *Traffic) appendReply(b []byte, r reply) []byte {
	for i, part := range r.parts {
		if i == 0 {
			b = append(b, part...)
			continue
		}
		if rest, ok := strings.CutPrefix(part, "user@"); ok {
			b = append(append(b, "user"...), '0'+byte(t.random.IntN(10)))
			b = append(append(b, '@'), rest...)
			continue
		}
		b = append(b, "192.0.2."...)
		b = strconv.AppendInt(b, int64(1+t.random.IntN(250)), 10)
		b = append(b, strings.TrimLeft(part, "0123456789.")...)
	}
	if r.Final {
		return b
	}
	return t.appendID(append(b, ' '))
}

// appendID adds what no other record has.
func (t *Traffic) appendID(b []byte) []byte {
	b = strconv.AppendUint(b, t.random.Uint64(), 16)
	return append(b, ".prod-20"...)
}

// verdict is what a bounce with a reply must be counted as, and the fields
// beside the reply that lead there.
type verdict struct {
	status, category           string
	permanence, class, outcome string
}

// verdictOf decides about a bounce. Where the reply leaves the class open, or
// condemns an address only for now, the message expired.
func verdictOf(r reply) verdict {
	class, permanence := r.Class, r.Permanence
	if permanence == "transient" && class == "hard" {
		class = ""
	}
	v := verdict{status: "5.0.0 (undefined status)", permanence: "permanent", class: class, outcome: class + "_bounce"}
	switch class {
	case "hard":
		v.category = "bad-mailbox"
	case "block":
		v.category = "policy-related"
	case "soft":
		v.category = "quota-issues"
	default:
		v = verdict{"4.4.7 (delivery time expired)", "message-expired", "transient", "soft", "soft_bounce"}
	}
	if permanence != "" {
		v.permanence = permanence
	}
	if strings.HasPrefix(r.Text, "x-pmta;deleted by administrator") {
		v.outcome = "deleted"
	}
	return v
}
