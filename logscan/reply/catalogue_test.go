package reply

import (
	"math"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
)

func defaultCatalogue(tb testing.TB) *Catalogue {
	tb.Helper()
	c, err := Default()
	if err != nil {
		tb.Fatalf("Default() error = %v, want none", err)
	}
	return c
}

func TestClassify(t *testing.T) {
	c := defaultCatalogue(t)
	for _, tc := range []struct {
		situation, provider, status, diag string
		want                              Match
	}{
		{
			"text that needs no digit", "gmail", "5.1.1 (bad destination mailbox address)",
			"smtp;550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 double-checking",
			Match{UnknownUser, bounce.Hard, Permanent, "gmail_unknown", ByText},
		},
		{
			"digits of a dead mailbox for a rate limit", "qq", "5.0.0 (undefined status)",
			"smtp;550 Connection frequency limited",
			Match{Throttled, bounce.Soft, Permanent, "qq_frequency", ByText},
		},
		{
			"unauthenticated mail refused", "gmail", "5.7.26",
			"smtp;550-5.7.26 Your email has been blocked because the sender is unauthenticated.",
			Match{AuthFailed, bounce.Block, Permanent, "gmail_unauthenticated", ByText},
		},
		{
			"unauthenticated mail refused for now", "gmail", "4.7.26",
			"smtp;421-4.7.26 Your email has been rate limited because it is unauthenticated.",
			Match{AuthWarning, bounce.Block, Transient, "gmail_unauthenticated_warning", ByText},
		},
		{
			"pattern of another provider", "yahoo", "5.0.0",
			"smtp;550 Connection frequency limited",
			Match{Throttled, bounce.Soft, Permanent, "word_rate", ByText},
		},
		{
			"provider without patterns", "customer", "5.0.0",
			"smtp;550 Connection frequency limited",
			Match{Throttled, bounce.Soft, Permanent, "word_rate", ByText},
		},
		{
			"provider unknown", "", "5.0.0",
			"smtp;550 Connection frequency limited",
			Match{Throttled, bounce.Soft, Permanent, "qq_frequency", ByText},
		},
		{
			"reply behind bounce-queue", "outlook", "5.7.1",
			"x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. " +
				"Please contact your Internet service provider since part of their network is on our block list (S3150).",
			Match{BlockedIP, bounce.Block, Permanent, "ms_network_block", ByText},
		},
		{
			"unknown reply behind bounce-queue", "other", "5.0.0",
			"x-pmta;bounce-queue;reply:550 xyz",
			Match{BounceQueue, "", Permanent, "", ByNothing},
		},
		{
			"bounce-queue without a reply", "other", "5.0.0",
			"x-pmta;bounce-queue",
			Match{BounceQueue, "", Permanent, "pmta_bounce_queue", ByText},
		},
		{
			"bounce-queue and an empty reply", "other", "5.0.0 (user unknown)",
			"x-pmta;bounce-queue;reply:",
			Match{BounceQueue, "", Permanent, "", ByNothing},
		},
		{
			"deleted by an operator", "gmail", "5.0.0",
			"x-pmta;deleted by administrator",
			Match{DeletedByOperator, "", Permanent, "pmta_deleted", ByText},
		},
		{
			"no reply, PowerMTA's error", "other", "5.4.4 (unable to route: no mail hosts for domain)",
			"",
			Match{UnableToRoute, "", Permanent, "pmta_unable_to_route", ByText},
		},
		{
			"no reply, only a code", "other", "4.4.1",
			"",
			Match{ConnectionTimeout, "", Transient, "*.4.1", ByEnhancedCode},
		},
		{
			"enhanced code of the reply before that of dsnStatus", "other", "5.1.1",
			"smtp;552 5.2.2 xyz",
			Match{MailboxFull, "", Permanent, "*.2.2", ByEnhancedCode},
		},
		{
			"enhanced code of dsnStatus", "other", "5.1.1 (bad destination mailbox address)",
			"smtp;550 xyz",
			Match{UnknownUser, "", Permanent, "*.1.1", ByEnhancedCode},
		},
		{
			"enhanced code that is undefined, then dsnStatus", "other", "5.2.2",
			"smtp;550 5.0.0 xyz",
			Match{MailboxFull, "", Permanent, "*.2.2", ByEnhancedCode},
		},
		{
			"reply code", "other", "5.0.0 (undefined status)",
			"smtp;503 xyz",
			Match{Protocol, "", Permanent, "503", ByReplyCode},
		},
		{
			"digit of the reply before that of dsnStatus", "other", "5.0.0",
			"smtp;421 xyz",
			Match{RemoteError, "", Transient, "421", ByReplyCode},
		},
		{
			"authentication code of now", "other", "4.0.0",
			"smtp;451 4.7.23 xyz",
			Match{AuthWarning, "", Transient, "*.7.23", ByEnhancedCode},
		},
		{
			"no such user, for now", "other", "4.0.0",
			"smtp;450 User unknown",
			Match{UnknownUser, "", Transient, "word_unknown", ByText},
		},
		{
			"codes that say nothing", "other", "5.0.0 (undefined status)",
			"smtp;550 xyz",
			Match{Other, "", Permanent, "", ByNothing},
		},
		{
			"nothing but the digit of dsnStatus", "other", "4.0.0 (undefined status)",
			"smtp;xyz",
			Match{Other, "", Transient, "", ByNothing},
		},
		{
			"reply with an enhanced code alone", "other", "",
			"smtp;5.1.1 xyz",
			Match{UnknownUser, "", Permanent, "*.1.1", ByEnhancedCode},
		},
		{
			"dsnStatus that is none", "other", "5.1",
			"smtp;xyz",
			Match{Other, "", "", "", ByNothing},
		},
		{
			"a success", "other", "2.0.0 (success)",
			"smtp;250 2.0.0 OK",
			Match{Other, "", "", "", ByNothing},
		},
		{
			"nothing", "", "", "",
			Match{Other, "", "", "", ByNothing},
		},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			if got := c.Classify(tc.provider, []byte(tc.status), []byte(tc.diag)); got != tc.want {
				t.Errorf("Classify(%q, %q, %q) =\n%+v, want\n%+v", tc.provider, tc.status, tc.diag, got, tc.want)
			}
		})
	}
}

func TestClassifyReadsTheBeginning(t *testing.T) {
	c := defaultCatalogue(t)
	padding := make([]byte, maxText-len("550 user unknown")-1)
	for i := range padding {
		padding[i] = 'x'
	}
	for _, tc := range []struct {
		situation, diag string
		want            string
	}{
		{"words at the bound", "550 " + string(padding) + " user unknown", "word_unknown"},
		{"words across the bound", "550 x" + string(padding) + " user unknown", ""},
	} {
		if got := c.Classify("other", nil, []byte(tc.diag)).ID; got != tc.want {
			t.Errorf("%s: Classify() = %q, want %q", tc.situation, got, tc.want)
		}
	}
}

func TestLookup(t *testing.T) {
	c := defaultCatalogue(t)
	for _, id := range []string{"gmail_unknown", "word_policy", "*.1.1", "*.7.*", "421"} {
		p, ok := c.Lookup(id)
		if !ok || p.ID != id || p.Meaning == "" || p.Advice == "" || p.Link == "" {
			t.Errorf("Lookup(%q) = %+v, %v, want meaning, advice and link", id, p, ok)
		}
	}
	for _, id := range []string{"", "nobody"} {
		if p, ok := c.Lookup(id); ok {
			t.Errorf("Lookup(%q) = %+v, want nothing", id, p)
		}
	}
	patterns := c.Patterns()
	id := patterns[0].ID
	patterns[0].ID = "changed"
	if got := c.Patterns()[0].ID; got != id {
		t.Errorf("Patterns()[0].ID = %q after a caller changed its copy, want %q", got, id)
	}
}

func TestAbout(t *testing.T) {
	c := defaultCatalogue(t)
	for _, m := range []Match{
		{UnknownUser, bounce.Hard, Permanent, "gmail_unknown", ByText},
		{Policy, "", Permanent, "*.7.*", ByEnhancedCode},
		{Other, "", Permanent, "", ByNothing},
		{BounceQueue, "", Permanent, "", ByNothing},
	} {
		if p := c.About(m); p.ID != m.ID || p.Reason != m.Reason || p.Meaning == "" || p.Advice == "" || p.Link == "" {
			t.Errorf("About(%+v) = %+v, want its id and reason with meaning, advice and link", m, p)
		}
	}
}

// TestClassifyDoesNotAllocate counts the best of some runs: the race detector
// empties pools at random.
func TestClassifyDoesNotAllocate(t *testing.T) {
	c := defaultCatalogue(t)
	for _, diag := range []string{
		"smtp;550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 double-checking",
		"smtp;550 5.0.0 user xyz is currently suspended",
		"smtp;552 5.2.2 xyz",
		"",
	} {
		status, reply := []byte("5.0.0 (undefined status)"), []byte(diag)
		fewest := math.Inf(1)
		for range 50 {
			fewest = min(fewest, testing.AllocsPerRun(1, func() { c.Classify("gmail", status, reply) }))
		}
		if fewest != 0 {
			t.Errorf("Classify(%q) allocates %v times, want 0", diag, fewest)
		}
	}
}
