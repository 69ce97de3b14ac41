package logtest

// Series is a label set of one of the figures that Truth keeps.
type Series struct {
	Figure string
	Labels [3]string
}

// Truth is what Traffic wrote, counted while writing. The figures are named as
// the metrics are, without prefix and unit. A nil Truth keeps nothing, for those
// who only want the bytes.
type Truth map[Series]int64

func (t Truth) add(n int64, figure string, labels ...string) {
	if t == nil {
		return
	}
	s := Series{Figure: figure}
	copy(s.Labels[:], labels)
	t[s] += n
}

// result counts the final result of one recipient.
func (t Truth) result(m mail, outcome string) {
	t.add(1, "outcomes", m.at.Provider, m.vmta, outcome)
	t.add(1, "source_ip_outcomes", m.from, m.at.Provider, outcome)
	t.add(1, "sender_domain_outcomes", m.sender, outcome)
	t.add(1, "source_ips", m.from, m.vmta)
}

// replied counts a reply. As long as a server refuses only for now, missing
// authentication is a warning.
func (t Truth) replied(m mail, r reply, permanence string) {
	if r.Permanence != "" {
		permanence = r.Permanence
	}
	reason := r.Reason
	if permanence == "transient" && reason == "auth_failed" {
		reason = "auth_warning"
	}
	t.add(1, "smtp_replies", m.at.Provider, reason, permanence)
	t.add(1, "vmta_smtp_replies", m.vmta, reason)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Sum adds up a figure over all of its label sets.
func (t Truth) Sum(figure string) int64 {
	sum := int64(0)
	for s, n := range t {
		if s.Figure == figure {
			sum += n
		}
	}
	return sum
}
