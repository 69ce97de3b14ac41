package pmtaclient

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// decodeXMLQueues decodes items as the list of an XML answer.
func decodeXMLQueues(t *testing.T, items string) *Queues {
	t.Helper()
	q, err := DecodeQueues(strings.NewReader("<rsp><data>"+items+"</data><succ/></rsp>"), XML)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQueueListTolerance(t *testing.T) {
	want := []Queue{{Domain: "a.example", VMTA: "v", Recipients: num(7), Mode: ModeOther, Newest: Event{Cause: CauseNone}}}
	const item = "<name>a.example/v</name><rcp>7</rcp>"
	for name, c := range map[string]struct {
		format Format
		text   string
	}{
		"XML side by side":      {XML, "<rsp><data><queue>" + item + "</queue></data><succ/></rsp>"},
		"XML in an element":     {XML, "<rsp><data><queues><queue>" + item + "</queue></queues></data><succ/></rsp>"},
		"XML plural alone":      {XML, "<rsp><data><queues>" + item + "</queues></data><succ/></rsp>"},
		"XML beside data":       {XML, "<rsp><queue>" + item + "</queue><succ/></rsp>"},
		"JSON array":            {JSON, `{"data":{"queues":[{"name":"a.example/v","rcp":7}]},"status":"success"}`},
		"JSON singular array":   {JSON, `{"data":{"queue":[{"name":"a.example/v","rcp":7}]},"status":"success"}`},
		"JSON lone object":      {JSON, `{"data":{"queues":{"name":"a.example/v","rcp":7}},"status":"success"}`},
		"JSON string for count": {JSON, `{"data":{"queues":[{"name":"a.example/v","rcp":"7"}]},"status":"success"}`},
		"DOM":                   {DOM, "queue[0].name=\"a.example/v\"\nqueue[0].rcp=\"7\"\n"},
	} {
		q, err := DecodeQueues(strings.NewReader(c.text), c.format)
		if err != nil || !reflect.DeepEqual(q.Queues, want) || q.Unknown != 0 {
			t.Errorf("%s: %+v, error %v, want %+v", name, q, err, want)
		}
	}
	for name, text := range map[string]string{
		"empty":   `{"data":{"queues":[]},"status":"success"}`,
		"null":    `{"data":{"queues":null},"status":"success"}`,
		"missing": `{"data":{},"status":"success"}`,
	} {
		if q, err := DecodeQueues(strings.NewReader(text), JSON); err != nil || len(q.Queues) != 0 {
			t.Errorf("%s list: %+v, error %v, want none", name, q, err)
		}
	}
}

func TestQueueNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"a.example/v":             {"a.example", "v"},
		"A.Example./V":            {"a.example", "V"},
		"foo.com/{default}":       {"foo.com", "{default}"},
		"yahoo.rollup/vmta18":     {"yahoo.rollup", "vmta18"},
		"bücher.de/vmta29":        {"bücher.de", "vmta29"},
		"中文邮箱.网络/v":               {"中文邮箱.网络", "v"},
		"a.example/192.0.2.1":     {"a.example", "192.0.2.1"},
		"a.example/v/w":           {"a.example", "v/w"},
		"{gmImprinter}/{default}": {"{gmimprinter}", "{default}"},
		"a.example":               {"a.example", ""},
	} {
		q := decodeXMLQueues(t, "<queue><name>"+name+"</name></queue>")
		if len(q.Queues) != 1 || [2]string{q.Queues[0].Domain, q.Queues[0].VMTA} != want {
			t.Errorf("queue %q is %+v, want %v", name, q.Queues, want)
		}
	}
	for _, name := range []string{"*/*", "*/v", "a.example/*", "/v", "", "."} {
		if q := decodeXMLQueues(t, "<queue><name>"+name+"</name></queue>"); len(q.Queues) != 0 {
			t.Errorf("queue %q is %+v, want none", name, q.Queues)
		}
	}
}

func TestQueueFields(t *testing.T) {
	yes, no := Flag{Value: true, OK: true}, Flag{OK: true}
	for leaf, want := range map[string]Queue{
		"<paused>yes</paused>":                       {Paused: yes},
		"<paused>1</paused>":                         {Paused: yes},
		"<paused>TRUE</paused>":                      {Paused: yes},
		"<paused>no</paused>":                        {Paused: no},
		"<paused>0</paused>":                         {Paused: no},
		"<paused>false</paused>":                     {Paused: no},
		"<paused>maybe</paused>":                     {},
		"<paused/>":                                  {},
		"<mode>Backoff</mode>":                       {Mode: ModeBackoff},
		"<mode>normal</mode>":                        {Mode: ModeNormal},
		"<mode>special</mode>":                       {Mode: ModeOther},
		"<retryTime/>":                               {},
		"<retryTime>18:25:32</retryTime>":            {},
		"<retryTime>2014-09-20 18:25:32</retryTime>": {Retry: wallClock(t, "2014-09-20 18:25:32")},
	} {
		want.Domain, want.VMTA = "a.example", "v"
		if want.Mode == "" {
			want.Mode = ModeOther
		}
		want.Newest.Cause = CauseNone
		q := decodeXMLQueues(t, "<queue><name>a.example/v</name>"+leaf+"</queue>")
		if len(q.Queues) != 1 || q.Queues[0] != want {
			t.Errorf("%s gives %+v, want %+v", leaf, q.Queues, want)
		}
	}
}

func TestNewestEvent(t *testing.T) {
	event := func(kind, at, text string) string {
		return fmt.Sprintf("<event>%s<time>%s</time><text>%s</text></event>", kind, at, text)
	}
	const error4, limit = "452 Too busy", "connect rate limit reached"
	for name, c := range map[string]struct {
		events string
		want   Event
	}{
		"none": {"", Event{Cause: CauseNone}},
		"newest first": {
			event("", "2014-09-20 18:24:33", limit) + event("", "2014-09-20 18:24:32", error4),
			Event{wallClock(t, "2014-09-20 18:24:33"), CauseOwnRateLimit},
		},
		"newest last": {
			event("", "2014-09-20 18:24:32", limit) + event("", "2014-09-20 18:24:33", error4),
			Event{wallClock(t, "2014-09-20 18:24:33"), CauseRemoteThrottle},
		},
		"in one second the first listed": {
			event("", "2014-09-20 18:24:33", limit) + event("", "2014-09-20 18:24:33", error4),
			Event{wallClock(t, "2014-09-20 18:24:33"), CauseOwnRateLimit},
		},
		"only errors": {
			event("<type>delivery</type>", "2014-09-20 18:24:33", error4) + event("<type>error</type>", "2014-09-20 18:24:32", limit),
			Event{wallClock(t, "2014-09-20 18:24:32"), CauseOwnRateLimit},
		},
		"without a time": {event("", "", error4), Event{Cause: CauseRemoteThrottle}},
	} {
		q := decodeXMLQueues(t, "<queue><name>a.example/v</name>"+c.events+"</queue>")
		if q.Queues[0].Newest != c.want {
			t.Errorf("%s: %+v, want %+v", name, q.Queues[0].Newest, c.want)
		}
	}
}

func TestCauses(t *testing.T) {
	want := map[string]Cause{
		"ETIMEDOUT": CauseConnection, "ECONNREFUSED": CauseConnection, "EDISCON": CauseConnection, "WSAETIMEDOUT": CauseConnection,
		"StatusDnsQueryFailed": CauseDNS, "domain doesn't exist": CauseDNS,
		"421": CauseRemoteThrottle, "452": CauseRemoteThrottle, "skip of MX": CauseRemoteThrottle,
		"connect rate": CauseOwnRateLimit, "message rate": CauseOwnRateLimit,
		"All SMTP": CauseSourceDisabled, "Error: \"521": CauseRemoteError, "EHLO failed": CauseRemoteError,
	}
	texts := []string{
		"WSAETIMEDOUT connecting to mail.example.com (198.51.100.1)",
	}
	for _, file := range []string{"samples/errors-common-5.0.txt", "samples-logs/queue-events.txt"} {
		texts = append(texts, lines(t, filepath.Join("..", "testdata", file))...)
	}
	for _, text := range texts {
		if strings.Contains(text, "mode") {
			continue // mode change events are no errors
		}
		matched := false
		for prefix, cause := range want {
			if !strings.HasPrefix(text, prefix) {
				continue
			}
			matched = true
			if got := causeOf([]byte(text)); got != cause {
				t.Errorf("causeOf(%q) = %v, want %v", text, got, cause)
			}
		}
		if !matched {
			t.Errorf("no expectation for %q", text)
		}
	}
	for text, cause := range map[string]Cause{
		`skip of MX requested: "421 4.7.0 TLS required for RCPT domain" received from mx.example.com`: CauseTLS,
		`Error: "454 4.7.0 TLS not available" while connected`:                                        CauseTLS,
		`Error: "550 see http://tls.example/" while connected`:                                        CauseRemoteError,
		"": CauseNone,
	} {
		if got := causeOf([]byte(text)); got != cause {
			t.Errorf("causeOf(%q) = %v, want %v", text, got, cause)
		}
	}
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

func TestQueueStates(t *testing.T) {
	now := wallClock(t, "2014-09-20 18:24:50")
	for name, c := range map[string]struct {
		queue Queue
		want  State
	}{
		"connected":                {Queue{Conn: num(1), Retry: now.Add(time.Minute)}, StateActive},
		"waits for its next try":   {Queue{Retry: now.Add(time.Second)}, StateDeferred},
		"due":                      {Queue{Retry: now}, StateReady},
		"never tried":              {Queue{}, StateReady},
		"paused":                   {Queue{Paused: Flag{Value: true, OK: true}, Conn: num(1)}, StatePaused},
		"explicitly not on pause":  {Queue{Paused: Flag{OK: true}, Conn: num(0)}, StateReady},
		"connections not reported": {Queue{Conn: Number{}, Retry: now.Add(time.Second)}, StateDeferred},
	} {
		if got := c.queue.State(now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestOtherLists(t *testing.T) {
	const items = "<title>x</title><%[1]s><%[2]s>One.</%[2]s><rcp>3</rcp><kb>1.5</kb><conn>2</conn><dom>4</dom><pctOfTotal>1</pctOfTotal></%[1]s>" +
		"<%[1]s><%[2]s>*</%[2]s><rcp>3</rcp></%[1]s><totalRcp>9</totalRcp><total%[3]sWithRcp>7</total%[3]sWithRcp>"
	text := func(item, key, total string) *source {
		return newSource(strings.NewReader("<rsp><data>" + fmt.Sprintf(items, item, key, total) + "</data><succ/></rsp>"))
	}
	list := List{Recipients: num(9), Items: num(7)}
	var d Domains
	if err := decode(text("domain", "name", "Domains"), XML, newDomainsVisitor(&d)); err != nil {
		t.Fatal(err)
	}
	if want := (Domains{list, []Domain{{"one", num(3), num(1.5), num(2)}}}); !reflect.DeepEqual(d, want) {
		t.Errorf("domains %+v, want %+v", d, want)
	}
	var m VMTAs
	if err := decode(text("vmta", "name", "Vmtas"), XML, newVMTAsVisitor(&m)); err != nil {
		t.Fatal(err)
	}
	if want := (VMTAs{list, []VMTA{{"One.", num(3), num(1.5), num(2), num(4)}}}); !reflect.DeepEqual(m, want) {
		t.Errorf("VMTAs %+v, want %+v", m, want)
	}
	for _, key := range []string{"id", "name"} {
		var j Jobs
		if err := decode(text("job", key, "Jobs"), XML, newJobsVisitor(&j)); err != nil {
			t.Fatal(err)
		}
		if want := (Jobs{list, []Job{{"One.", num(3), num(1.5)}, {"*", num(3), Number{}}}}); !reflect.DeepEqual(j, want) {
			t.Errorf("jobs with %s %+v, want %+v", key, j, want)
		}
	}
}

func TestStatusTolerance(t *testing.T) {
	const status = `"status":{"status":"running","timeNow":"2019-02-19 23:00:46","queue":{"smtp":{"rcp":5},"httpDelivery":{"rcp":1,"kb":2}}}`
	want := []Backlog{{Delivery: "smtp", Recipients: num(5)}, {Delivery: "httpDelivery", Recipients: num(1), KB: num(2)}}
	for name, text := range map[string]string{
		"beside mta":      `{"data":{"mta":{"fullHostName":"h"},` + status + `},"status":"success"}`,
		"within mta":      `{"data":{"mta":{"fullHostName":"h",` + status + `}},"status":"success"}`,
		"outside of data": `{"data":{"mta":{"fullHostName":"h"}},` + status + `,"status":"success"}`,
	} {
		s, err := DecodeStatus(strings.NewReader(text), JSON)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !s.Running() || s.Now.IsZero() || s.Hostname != "h" || s.Unknown != 0 || !reflect.DeepEqual(s.Backlogs, want) {
			t.Errorf("%s: %+v, want it running, with backlogs %+v", name, s, want)
		}
	}
}

// TestH16OddLeaves proves that what is missing or unreadable stays absent.
func TestH16OddLeaves(t *testing.T) {
	s, err := DecodeStatus(strings.NewReader(`<rsp><data><status>
		<conn><smtpIn><cur>-1</cur><max>many</max></smtpIn><smtpOut><cur/><new>1</new></smtpOut></conn>
		<resolver><namesCached>1,234</namesCached></resolver><status>starting</status>
		<queue><smtp><rcp>1</rcp><age>3</age></smtp></queue></status></data><succ/></rsp>`), XML)
	if err != nil {
		t.Fatal(err)
	}
	if s.Inbound != (Connections{}) || s.Outbound != (Connections{}) {
		t.Errorf("connections %+v and %+v, want none", s.Inbound, s.Outbound)
	}
	if s.Resolver.CachedNames != num(1234) {
		t.Errorf("cached names %v, want 1234", s.Resolver.CachedNames)
	}
	if s.Unknown != 2 || s.Unparsable != 2 {
		t.Errorf("%d unknown and %d unparsable leaves, want 2 and 2", s.Unknown, s.Unparsable)
	}
	if _, ok := s.Uptime(); ok || s.Running() {
		t.Errorf("uptime known %v, running %v, want false", ok, s.Running())
	}
}

// TestStrangeNeighbours: an element with dots in its name, and blanks around
// a word, cost nothing else.
func TestStrangeNeighbours(t *testing.T) {
	s, err := DecodeStatus(strings.NewReader("<rsp><data><ext><x.y><z>1</z></x.y></ext><mta><os.x/></mta>"+
		"<status><status> running\n</status><conn><smtpIn><cur> 3 </cur></smtpIn></conn></status></data><succ/></rsp>"), XML)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Running() || s.Inbound.Current != num(3) || s.Unknown != 2 {
		t.Errorf("running %v, %v connections, %d unknown leaves, want true, 3, 2", s.Running(), s.Inbound.Current, s.Unknown)
	}
}

func TestStatusBoundsDeliveries(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "status.queue.t%d.rcp=\"1\"\n", i)
	}
	s, err := DecodeStatus(strings.NewReader(b.String()), DOM)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Backlogs) != maxBacklogs || s.Unknown != 1000-maxBacklogs {
		t.Errorf("%d backlogs, %d unknown, want %d and %d", len(s.Backlogs), s.Unknown, maxBacklogs, 1000-maxBacklogs)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "7": 7, " 12 ": 12, "5.0": 5, "1370100.3": 1370100.3, "1e6": 1e6, "1.5E+2": 150, "1e-1": 0.1,
		"1,234": 1234, "12,345,678.5": 12345678.5, "99%": 99, "9007199254740993": 9007199254740992,
	} {
		var n Number
		if ok := set(&n, []byte(text)); !ok || n != num(want) {
			t.Errorf("set(%q) = %v, %v, want %v", text, n, ok, want)
		}
	}
	for _, text := range []string{
		"-1", "x", "1x", "0x10", "1_000", "inf", "NaN", "1e999", "1,2", ",123", "1234,567", "1..2", "%", "--", "e", "1e-", "1e-x",
	} {
		var n Number
		if ok := set(&n, []byte(text)); ok || n.OK {
			t.Errorf("set(%q) = %v, %v, want nothing", text, n, ok)
		}
	}
}
