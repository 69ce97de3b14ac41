package logscan

import (
	"slices"
	"strings"
	"testing"
)

// TestFailures counts single records of each type that tells of something that
// went wrong, and one of mail that came in. The replies are those of the
// catalogue's examples; the rows are synthetic.
func TestFailures(t *testing.T) {
	const columns = "type,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvSourceIp,vmta,queue,feedbackType,reportingMta\n"
	besides := []string{"records", "outcomes", "source_ip_outcomes", "source_ips"}
	for _, c := range []struct {
		name, row string
		want      []string
	}{
		{
			"a bounce by its reply", "b,u@gmail.com,5.1.1 (bad),smtp;550-5.1.1 The email account that you tried to reach does not exist.,gmail-smtp-in.l.google.com (192.0.2.1),,192.0.2.9,v1,gmail.com/v1,,",
			[]string{"bounces{gmail none hard} 1", "replies{gmail unknown_user permanent} 1", "vmta_replies{v1 unknown_user} 1"},
		},
		{
			"a bounced queue is told by the reply within", "b,u@hotmail.com,5.7.1 (x),\"x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).\",,,,v1,hotmail.com/v1,,",
			[]string{"bounces{outlook none block} 1", "replies{outlook blocked_ip permanent} 1", "vmta_replies{v1 blocked_ip} 1"},
		},
		{
			"a bounced queue without an exchanger is asked for the provider of its rollup", "b,redacted,5.0.0 (undefined status),x-pmta;bounce-queue;reply:550 Connection frequency limited,,,,v1,qq.rollup/v1,,",
			[]string{"bounces{qq none soft} 1", "replies{qq throttled permanent} 1", "vmta_replies{v1 throttled} 1"},
		},
		{
			"what an operator deletes is no bounce", "b,u@gmail.com,5.0.0 (undefined status),x-pmta;deleted by administrator,,other,,v1,gmail.com/v1,,",
			[]string{"outcomes{gmail v1 deleted} 1", "replies{gmail deleted_by_operator permanent} 1", "vmta_replies{v1 deleted_by_operator} 1"},
		},
		{
			"a deferral", "t,u@yahoo.com,4.7.0 (x),smtp;421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1,mta5.am0.yahoodns.net (192.0.2.1),,192.0.2.9,v1,yahoo.com/v1,,",
			[]string{"deferrals{yahoo v1} 1", "replies{yahoo throttled transient} 1", "source_ip_deferrals{192.0.2.9 yahoo} 1", "vmta_replies{v1 throttled} 1"},
		},
		{
			"a queue without a connection holds no reply", "tq,,4.4.1 (no answer from host),,,,0.0.0.0,v1,gmail.com/v1,,",
			[]string{"queue_errors{gmail v1 connection} 1"},
		},
		{
			"a queue with a reply", "tq,,4.0.0 (undefined status),smtp;421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1,mta5.am0.yahoodns.net (192.0.2.1),,,,yahoo.rollup/v1,,",
			[]string{"queue_errors{yahoo v1 remote_throttle} 1", "replies{yahoo throttled transient} 1", "vmta_replies{v1 throttled} 1"},
		},
		{
			"a queue of an unknown domain", "tq,,4.4.4 (unable to route: dns lookup failure),,,,,,example.com/v1,,",
			[]string{"queue_errors{other v1 dns} 1"},
		},
		{
			"a queue that failed for no known cause is not throttled", "tq,,4.0.0 (undefined status),,mta5.am0.yahoodns.net (192.0.2.1),,,v1,yahoo.com/v1,,",
			[]string{"queue_errors{yahoo v1 none} 1"},
		},
		{
			"nor one whose only trace is a temporary status", "tq,,4.3.0 (other mail system status),,,,,v1,yahoo.com/v1,,",
			[]string{"queue_errors{yahoo v1 remote_error} 1"},
		},
		{
			"a reply that is refused for now and not known", "tq,,4.0.0 (undefined status),smtp;421 xyz,,,,v1,example.com/v1,,",
			[]string{"queue_errors{other v1 remote_throttle} 1", "replies{other remote_error transient} 1", "vmta_replies{v1 remote_error} 1"},
		},
		{
			"a limit of the configuration", "tq,,4.0.0 (undefined status),x-pmta;message rate limit reached,,,,v1,gmail.com/v1,,",
			[]string{"queue_errors{gmail v1 own_rate_limit} 1", "replies{gmail local_limit transient} 1", "vmta_replies{v1 local_limit} 1"},
		},
		{"a queue that says nothing", "tq,,,,,,,,example.com,,", []string{"queue_errors{other none none} 1"}},
		{"a bounce that came as mail", "rb,u@gmail.com,5.1.1 (bad destination mailbox address),,,bad-mailbox,,,,,", []string{"remote_bounces{bad-mailbox hard} 1"}},
		{"mail that came in", "r,u@gmail.com,,,,,,pool1,,,", []string{"received{pool1} 1"}},
		{"a complaint", "f,u@yahoo.com,,,,,192.0.2.9,,,abuse,", []string{"feedback{yahoo abuse} 1", "source_ip_feedback{192.0.2.9 yahoo} 1"}},
		{"a complaint about a redacted address", "f,redacted,,,,,,,,Opt-Out,hotmail.com", []string{"feedback{outlook other} 1", "source_ip_feedback{none outlook} 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := feed(t, columns+c.row+"\n")
			var got []string
			for line := range strings.Lines(describe(commitNow(s))) {
				line = strings.TrimSpace(line)
				if !slices.ContainsFunc(besides, func(family string) bool { return strings.HasPrefix(line, family+"{") }) || slices.Contains(c.want, line) {
					got = append(got, line)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("counted %q, want %q", got, c.want)
			}
		})
	}
}
