package logscan

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

var update = flag.Bool("update", false, "write the golden file anew")

// deliveryColumns are those of the guide's sample rows, which have no header.
const deliveryColumns = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta," +
	"dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool,dlvTlsProtocol,dlvTlsCipher,unknown\n"

// describe lists all series that are not 0, sorted.
func describe(s *Snapshot) string {
	var lines []string
	add := func(family string, key any, value uint64) {
		if value > 0 {
			lines = append(lines, fmt.Sprintf("  %s%v %d\n", family, key, value))
		}
	}
	each(s.Records, func(k acct.Type, n uint64) { add("records", "{"+string(k)+"}", n) })
	each(s.Outcomes, func(k OutcomeKey, n uint64) { add("outcomes", k, n) })
	each(s.SourceIPOutcomes, func(k SourceIPOutcomeKey, n uint64) { add("source_ip_outcomes", k, n) })
	each(s.SenderDomainOutcomes, func(k SenderDomainOutcomeKey, n uint64) { add("sender_domain_outcomes", k, n) })
	each(s.Bounces, func(k BounceKey, n uint64) { add("bounces", k, n) })
	each(s.Deferrals, func(k VMTAKey, n uint64) { add("deferrals", k, n) })
	each(s.SourceIPDeferrals, func(k SourceIPKey, n uint64) { add("source_ip_deferrals", k, n) })
	each(s.DeliveredBytes, func(k VMTAKey, n uint64) { add("delivered_bytes", k, n) })
	each(s.TLSDeliveries, func(k TLSKey, n uint64) { add("tls_deliveries", k, n) })
	each(s.SourceIPs, func(k SourceIPVMTAKey, n uint64) { add("source_ips", k, n) })
	each(s.Replies, func(k ReplyKey, n uint64) { add("replies", k, n) })
	each(s.VMTAReplies, func(k VMTAReplyKey, n uint64) { add("vmta_replies", k, n) })
	each(s.QueueErrors, func(k QueueErrorKey, n uint64) { add("queue_errors", k, n) })
	each(s.RemoteBounces, func(k RemoteBounceKey, n uint64) { add("remote_bounces", k, n) })
	each(s.Received, func(k ReceivedKey, n uint64) { add("received", k, n) })
	each(s.Feedback, func(k FeedbackKey, n uint64) { add("feedback", k, n) })
	each(s.SourceIPFeedback, func(k SourceIPKey, n uint64) { add("source_ip_feedback", k, n) })
	each(s.Accounting.Malformed, func(k acct.Reason, n uint64) { add("malformed", "{"+string(k)+"}", n) })
	for _, d := range s.Delays {
		add("delay", fmt.Sprintf("{%s} sum %v native %v of", d.Provider, d.Sum, d.Native()), d.Count)
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func each[K comparable](c Counts[K], f func(K, uint64)) {
	for series := range c.All() {
		f(series.Key, series.Value)
	}
}

func samples(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"samples/acct-*.csv", "samples-logs/*.csv", "samples-logs/acct-*.json", "tolerance-logs/*"} {
		paths, err := filepath.Glob(filepath.Join("../testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no samples like %s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(path)] = string(text)
			if !strings.HasPrefix(string(text), "type,") && strings.HasSuffix(path, ".csv") {
				found[filepath.Base(path)] = deliveryColumns + string(text)
			}
		}
	}
	return found
}

func TestPublishedSamples(t *testing.T) {
	const golden = "testdata/samples.golden"
	found := samples(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(found)) {
		r := newRig(t)
		r.append("acct", found[name])
		r.poll()
		b.WriteString(name + "\n" + describe(r.committed()))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("counted\n%s\nwant\n%s", b.String(), want)
	}
}

// counting is a file and what describe says of it, lines parted by |.
type counting struct{ name, text, want string }

func checkCounting(t *testing.T, cases []counting) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.append("acct", c.text)
			r.poll()
			got := describe(r.committed())
			if want := "  " + strings.ReplaceAll(c.want, "|", "\n  ") + "\n"; got != want {
				t.Errorf("counted\n%swant\n%s", got, want)
			}
		})
	}
}

func TestCountingByType(t *testing.T) {
	const status = "type,vmta,dsnStatus,dsnDiag,bounceCat\n"
	checkCounting(t, []counting{
		{
			"hard, block and soft", status +
				"b,a,5.1.1 (bad destination mailbox address),,bad-mailbox\nb,a,5.0.0 (undefined status),,spam-related\nb,a,4.4.1 (no answer),,quota-issues\n",
			"bounces{other bad-mailbox hard} 1|bounces{other quota-issues soft} 1|bounces{other spam-related block} 1|" +
				"outcomes{other a block_bounce} 1|outcomes{other a hard_bounce} 1|outcomes{other a soft_bounce} 1|records{bounced} 3|" +
				"replies{other connection_timeout transient} 1|replies{other other permanent} 1|replies{other unknown_user permanent} 1|" +
				"vmta_replies{a connection_timeout} 1|vmta_replies{a other} 1|vmta_replies{a unknown_user} 1",
		},
		{
			"deleted by administrator", status + "b,a,5.0.0 (undefined status),x-pmta;deleted by administrator,other\n",
			"outcomes{other a deleted} 1|records{bounced} 1|replies{other deleted_by_operator permanent} 1|vmta_replies{a deleted_by_operator} 1",
		},
		{
			"category empty and unknown", status + "b,a,,,\nb,a,,,made-up\n",
			"bounces{other none soft} 1|bounces{other other soft} 1|outcomes{other a soft_bounce} 2|records{bounced} 2|" +
				"replies{other other permanent} 2|vmta_replies{a other} 2",
		},
		{
			"deferral is no outcome", status + "t,a,4.2.2,,\n",
			"deferrals{other a} 1|records{transient} 1|replies{other mailbox_full transient} 1|vmta_replies{a mailbox_full} 1",
		},
		{
			"types with little in their columns", status + "tq,a,,,\nr,a,,,\nrb,a,,,\nrs,a,,,\nf,a,,,\nx,a,,,\n",
			"feedback{other none} 1|queue_errors{other a none} 1|received{a} 1|records{feedback} 1|records{other} 1|records{received} 1|" +
				"records{remote_bounce} 1|records{remote_status} 1|records{transient_queue} 1|remote_bounces{none soft} 1",
		},
	})
}

func TestCountingByColumn(t *testing.T) {
	const times = "type,vmta,timeLogged,timeQueued\n"
	checkCounting(t, []counting{
		{
			"source addresses", "type,vmta,dlvSourceIp\nd,a,192.0.2.1\nb,a,0.0.0.0\nt,a,\nt,b,2001:DB8:0::1\nd,a,::\nt,a,no address\n",
			"bounces{other none soft} 1|deferrals{other a} 2|deferrals{other b} 1|outcomes{other a delivered} 2|outcomes{other a soft_bounce} 1|" +
				"records{bounced} 1|records{delivered} 2|records{transient} 3|replies{other other permanent} 1|replies{other other transient} 3|" +
				"source_ip_deferrals{2001:db8::1 other} 1|source_ip_deferrals{none other} 1|source_ip_deferrals{other other} 1|" +
				"source_ip_outcomes{192.0.2.1 other delivered} 1|source_ip_outcomes{none other delivered} 1|source_ip_outcomes{none other soft_bounce} 1|" +
				"source_ips{192.0.2.1 a} 1|source_ips{2001:db8::1 b} 1|" +
				"vmta_replies{a other} 3|vmta_replies{b other} 1",
		},
		{
			"sending domains", "type,vmta,orig\nd,a,x@Example.COM.\nd,a,\nd,a,<>\nd,a,a@b c\nd,a,a@b/c\n",
			"outcomes{other a delivered} 5|records{delivered} 5|sender_domain_outcomes{b delivered} 1|" +
				"sender_domain_outcomes{example.com delivered} 1|sender_domain_outcomes{none delivered} 2|sender_domain_outcomes{other delivered} 1",
		},
		{
			"bytes, and sizes that are none", "type,vmta,dlvSize\nd,a,1000\nd,a,24\nd,a,\nd,a,-1\nb,a,77\nt,a,77\nd,a,1e3\n",
			"bounces{other none soft} 1|deferrals{other a} 1|delivered_bytes{other a} 1024|malformed{bad_value} 2|outcomes{other a delivered} 5|" +
				"outcomes{other a soft_bounce} 1|records{bounced} 1|records{delivered} 5|records{transient} 1|" +
				"replies{other other permanent} 1|replies{other other transient} 1|vmta_replies{a other} 2",
		},
		{
			"TLS", "type,vmta,dlvTlsProtocol\nd,a,TLSv1.2\nd,a,\nd,a,QUIC\nb,a,TLSv1.3\n",
			"bounces{other none soft} 1|outcomes{other a delivered} 3|outcomes{other a soft_bounce} 1|records{bounced} 1|records{delivered} 3|replies{other other permanent} 1|" +
				"tls_deliveries{other TLSv1.2} 1|tls_deliveries{other none} 1|tls_deliveries{other other} 1|vmta_replies{a other} 1",
		},
		{
			"R12 delays, and times that are none", times + "d,a,2019-02-08 21:54:05+0000,2019-02-08 21:54:00+0000\nd,a,2019-02-08 21:54:05+0000,2019-02-08 22:54:05+0100\n" +
				"d,a,100,103\nd,a,100,\nd,a,,100\nd,a,tomorrow,100\nb,a,200,100\n",
			"bounces{other none soft} 1|delay{other} sum 5 native map[19:1] of 3|malformed{bad_value} 1|outcomes{other a delivered} 6|outcomes{other a soft_bounce} 1|" +
				"records{bounced} 1|records{delivered} 6|replies{other other permanent} 1|vmta_replies{a other} 1",
		},
		{
			"providers", "type,vmta,rcpt,dsnMta,queue\nd,a,u@gmail.com,,\nd,a,,gmail-smtp-in.l.google.com (192.0.2.1),\nd,a,,,yahoo.rollup/a\nd,a,u@example.com,,\n",
			"outcomes{gmail a delivered} 2|outcomes{other a delivered} 1|outcomes{yahoo a delivered} 1|records{delivered} 4",
		},
	})
}

func TestNewestRecord(t *testing.T) {
	r := newRig(t)
	r.append("acct", "type,timeLogged\nr,\n")
	r.poll()
	if got := r.committed().Accounting.LastRecord; !got.IsZero() {
		t.Errorf("newest record %v, want none", got)
	}
	r.append("acct", "tq,1549662845\nd,1549662800\nd,99999999999\n")
	r.poll()
	if got, want := r.committed().Accounting.LastRecord, time.Unix(1549662845, 0); !got.Equal(want) {
		t.Errorf("newest record %v, want %v", got, want)
	}
}

func TestKnownCombinationsStartAtZero(t *testing.T) {
	o := testOptions(t)
	s := newScanner(t, o).Snapshot()
	providers, categories := o.Providers.Names(), o.Bounces.Categories()
	if got, want := s.Bounces.Series, len(providers)*len(categories); got != want {
		t.Errorf("%d bounce series, want %d", got, want)
	}
	each(s.Bounces, func(k BounceKey, n uint64) {
		if k.Class != o.Bounces.ClassOf(k.Category) || n != 0 {
			t.Errorf("bounces%v = %d, want 0 in the category's own class", k, n)
		}
	})
	if got, want := s.Records.Series, len(acct.Types()); got != want {
		t.Errorf("%d record series, want %d", got, want)
	}
	if s.Accounting.Malformed.Series == 0 || s.Accounting.SkippedBytes.Series == 0 {
		t.Error("reasons do not start at 0")
	}
	if s.Outcomes.Series+s.TLSDeliveries.Series+len(s.Delays) > 0 {
		t.Error("series of what was never seen")
	}
}
