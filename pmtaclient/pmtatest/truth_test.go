package pmtatest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readLedger adds to a Ledger what the records say, by the rules of the
// exporter's contract and without a look at the fields that hold the truth:
// provider by the host or else by the domain, class by a clear text, or else by
// enhanced status code, or else by category. The reason of a reply is its
// author's word alone: no rule here reads it.
func readLedger(t testing.TB, l Ledger, attempts []Attempt) {
	t.Helper()
	for _, a := range attempts {
		l.Records[a.Type]++
		provider := readProvider(a)
		if a.Type == "b" || a.Type == "t" || a.Type == "tq" && a.DSNDiag != "" {
			l.Replies[Key{Provider: provider, Reason: a.Reason, Permanence: readPermanence(t, a)}]++
			l.VMTAReplies[Key{VMTA: a.VMTA, Reason: a.Reason}]++
		}
		source := a.SourceIP
		if source == "" || source == "0.0.0.0" {
			source = "none"
		}
		switch a.Type {
		case "t":
			l.Deferrals[Key{Provider: provider, VMTA: a.VMTA}]++
			l.SourceDeferrals[Key{SourceIP: source, Provider: provider}]++
		case "d", "b":
			outcome := readOutcome(t, a)
			_, sender, _ := strings.Cut(a.Orig, "@")
			l.Outcomes[Key{Provider: provider, VMTA: a.VMTA, Outcome: outcome}]++
			l.SourceOutcomes[Key{SourceIP: source, Provider: provider, Outcome: outcome}]++
			l.SenderOutcomes[Key{SenderDomain: sender, Outcome: outcome}]++
			switch outcome {
			case "delivered":
				l.DeliveredBytes[Key{Provider: provider, VMTA: a.VMTA}] += int64(a.Size)
				l.DelaySeconds[Key{Provider: provider}] += int64(a.Logged.Sub(a.Queued).Seconds())
				l.DelayDeliveries[Key{Provider: provider}]++
			case "hard_bounce", "block_bounce", "soft_bounce":
				class := Class(strings.TrimSuffix(string(outcome), "_bounce"))
				l.Bounces[Key{Provider: provider, Category: a.BounceCat, Class: class}]++
			}
			if outcome != "deleted" {
				l.Daily[Key{Day: a.Logged.UTC().String()[:len("2026-11-23")], VMTA: a.VMTA, Provider: provider}]++
			}
		default:
			readOther(t, l, a, Key{Provider: provider, SourceIP: source})
		}
	}
}

// readLog does so for lines of the text log, by their first words.
func readLog(l Ledger, lines []LogLine) {
	for _, line := range lines {
		level, event := "error", ""
		switch {
		case strings.HasPrefix(line.Text, "Unable to parse serial number"):
			event = "license_invalid"
		case strings.HasPrefix(line.Text, "Error writing to "):
			event = "pipe_error"
		default:
			level = "info"
		}
		l.LogLines[Key{Log: "pmta.log", Level: level}]++
		if event != "" {
			l.LogEvents[Key{Log: "pmta.log", Event: event}]++
		}
	}
}

// readOther adds a record that is about no attempt at one recipient, with the
// provider and source of by.
func readOther(t testing.TB, l Ledger, a Attempt, by Key) {
	t.Helper()
	switch a.Type {
	case "tq":
		l.QueueErrors[Key{Provider: by.Provider, VMTA: a.VMTA, Cause: readCause(t, a)}]++
	case "rb":
		code, _, _ := strings.Cut(a.DSNStatus, " ")
		l.RemoteBounces[Key{Category: a.BounceCat, Class: readClass(t, code, a.BounceCat, a.DSNDiag)}]++
	case "r":
		l.Received[Key{VMTA: a.VMTA}]++
	case "f":
		l.Feedback[Key{Provider: by.Provider, FeedbackType: a.FeedbackType}]++
		l.SourceFeedback[by]++
	}
}

// firstDigit is that of a refusal, in "dsnDiag;dsnStatus".
var firstDigit = regexp.MustCompile(`(?:^|;)([45])[0-9.]{2}`)

func readPermanence(t testing.TB, a Attempt) string {
	t.Helper()
	switch match := firstDigit.FindStringSubmatch(a.DSNDiag + ";" + a.DSNStatus); {
	case match == nil:
		t.Errorf("no digit in %q and %q", a.DSNDiag, a.DSNStatus)
		return ""
	case match[1] == "4":
		return "transient"
	}
	return "permanent"
}

func readCause(t testing.TB, a Attempt) Cause {
	t.Helper()
	switch {
	case strings.HasPrefix(a.DSNDiag, "smtp;4"):
		return "remote_throttle"
	case strings.HasPrefix(a.DSNStatus, "4.4.4 "):
		return "dns"
	case strings.HasPrefix(a.DSNStatus, "4.4.1 "), strings.HasPrefix(a.DSNStatus, "4.4.2 "):
		return "connection"
	}
	t.Errorf("no cause for the queue error %q %q", a.DSNStatus, a.DSNDiag)
	return ""
}

func readProvider(a Attempt) string {
	host, _, _ := strings.Cut(a.DSNMta, " ")
	if a.Type == "f" {
		host = a.DSNReportingMta
	}
	_, domain, _ := strings.Cut(a.Rcpt, "@")
	if domain == "" {
		domain, _, _ = strings.Cut(a.Queue, "/")
	}
	suffixes := []struct{ suffix, provider string }{
		{"gmail-smtp-in.l.google.com", "gmail"},
		{"aspmx.l.google.com", "google_workspace"},
		{".olc.protection.outlook.com", "outlook"},
		{".mail.protection.outlook.com", "microsoft_365"},
		{"mx-aol.mail.gm0.yahoodns.net", "aol"},
		{".yahoodns.net", "yahoo"},
		{".mail.icloud.com", "icloud"},
		{".comcast.net", "comcast"},
		{".orange.fr", "orange"},
		{".gmx.net", "gmx"},
		{".pphosted.com", "proofpoint"},
	}
	for _, s := range suffixes {
		if strings.HasSuffix(host, s.suffix) || host == "" && strings.HasSuffix(s.suffix, domain) {
			return s.provider
		}
	}
	return "other"
}

func readOutcome(t testing.TB, a Attempt) Outcome {
	t.Helper()
	if a.Type == "d" {
		return "delivered"
	}
	if a.DSNDiag == "x-pmta;deleted by administrator" {
		return "deleted"
	}
	code, _, _ := strings.Cut(a.DSNStatus, " ")
	return Outcome(readClass(t, code, a.BounceCat, a.DSNDiag) + "_bounce")
}

// readClass is section 7 of the contract. Of the model's replies only the wish
// for TLS has a class that its code and its category do not tell.
func readClass(t testing.TB, code, category, text string) Class {
	t.Helper()
	hardCodes := []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
	hard := []string{"bad-mailbox", "bad-domain", "inactive-mailbox"}
	block := []string{
		"spam-related", "policy-related", "content-related", "virus-related", "relaying-issues", "invalid-sender",
	}
	switch {
	case strings.Contains(text, "Must issue a STARTTLS command first"):
		return "soft"
	case slices.Contains(hardCodes, code):
		return "hard"
	case strings.HasPrefix(code, "5.7.") && code != "5.7.10":
		return "block"
	case strings.HasPrefix(code, "4."):
		return "soft"
	case slices.Contains(hard, category):
		return "hard"
	case slices.Contains(block, category):
		return "block"
	default:
		return "soft"
	}
}
