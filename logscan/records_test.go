package logscan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

func TestRecordsInPieces(t *testing.T) {
	t.Run("R01 one byte at a time", func(t *testing.T) {
		r := newRig(t)
		text := header + rows("a", "b")
		for i := range len(text) - 1 {
			r.append("acct", text[i:i+1])
			r.poll()
		}
		r.want("a")
		r.append("acct", "\n")
		r.want("a", "b")
	})
	t.Run("F12 empty file, then header, then record", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", "")
		r.want()
		r.append("acct", header)
		r.want()
		r.append("acct", rows("a"))
		r.want("a")
		r.wantTruncations(0)
	})
	t.Run("F13 small file grows past its fingerprint", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header)
		n := 2 * headBytes / len(rows("a"))
		for range n {
			r.append("acct", rows("a"))
			r.poll()
		}
		r.want(slices.Repeat([]string{"a"}, n)...)
		r.wantTruncations(0)
	})
}

func TestR03NoLineEnd(t *testing.T) {
	timed(t, "finished file", func(t *testing.T) {
		r := newRig(t)
		r.append("acct-2026-11-22-0000.csv", header+rows("a")+"d,b,,")
		r.append("acct-2026-11-22-0001.csv", header+"d,y,,")
		r.want("a")
		pass(grace - 1)
		r.want("a")
		pass(1)
		r.want("a", "b")
		pass(10 * grace)
		r.want("a", "b")
		r.append("acct-2026-11-22-0000.csv", "the rest of b\n"+rows("c")+"d,d,,")
		r.append("acct-2026-11-22-0001.csv", "\n")
		r.want("a", "b", "c", "y")
		pass(grace)
		r.want("a", "b", "c", "d", "y")
		if got := r.committed().Accounting.Records; got != 5 {
			t.Errorf("%d records, want 5: a rest is none", got)
		}
	})
	timed(t, "successor comes when all is quiet", func(t *testing.T) {
		r := newRig(t)
		r.append("acct-2026-11-22-0000.csv", header+"d,a,")
		r.want()
		pass(2 * grace)
		r.append("acct-2026-11-22-0001.csv", header)
		r.want()
		r.append("acct-2026-11-22-0000.csv", ",\n")
		r.want("a")
		r.wantMalformed(acct.ShortRow, 0)
	})
	timed(t, "long record", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+"d,a,"+strings.Repeat("x", 3*chunkBytes)+",")
		r.want()
		r.s.buffer = make([]byte, chunkBytes)
		r.remove("acct")
		r.want("a")
		r.wantMalformed(acct.ShortRow, 0)
	})
	timed(t, "renamed file", func(t *testing.T) {
		r := newRig(t)
		r.append("acct", header+"d,a,,")
		r.want()
		r.rename("acct", "acct.1")
		r.want()
		pass(grace)
		r.want("a")
	})
}

func TestR04HalfARecordThenRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, only("acct"))
		r.append("acct", header+rows("a")+"d,torn")
		r.want("a")
		r.rename("acct", "acct.1")
		r.append("acct", header+rows("x"))
		r.want("a", "x")
		pass(grace)
		r.want("a", "torn", "x")
		r.wantMalformed(acct.ShortRow, 1)
	})
}

func TestRecordForms(t *testing.T) {
	cases := []struct {
		name, text string
		want       string
	}{
		{"CRLF", strings.ReplaceAll(header+rows("a", "b"), "\n", "\r\n"), "a b"},
		{"R05 line break in a field", header + "d,a,2.0.0,\"smtp;250\r\nd,x,y,z\"\n" + rows("b"), "a b"},
		{"R10 unknown type", header + "p,x,,\n" + rows("a"), "a"},
		{"R11 new header in mid-file", header + rows("a") + "type,timeLogged,VMTA\nd,,b\n", "a b"},
		{"R11 header without the column", "type,queue\nd,example.com/a\nd,example.com\n", "a none"},
		{"R11 empty column", "type,queue,vmta\nd,example.com/a,\nd,example.com/a,b\n", "a b"},
		{"R11 short and long rows", header + "d,a\nd,b,,,,,\n", "a b"},
		{"R08 control characters", header + "d,\x1b[31ma,,\nd,\u202eb,,\n", "�[31ma �b"},
		{"R09 invalid UTF-8", header + "d,caf\xe9,,\n", "caf�"},
		{"F09 NUL hole", strings.Repeat("\x00", 100) + header + strings.Repeat("\x00", 9000) + rows("a"), "a"},
		{"R15 torn by NULs", header + rows("a") + "d,2019" + strings.Repeat("\x00", 300_000) + rows("b"), "a b"},
		{"R06 stray quote", header + "d,x,\"oops\n" + rows("a", "b"), "a b"},
		{"pipe, file and discard", "type,vmta,dlvType\nd,p,pipe\nd,f,file\nb,x,discard\nd,a,smtp\nd,b,SMTP\nd,c,\n", "a b c"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.append("acct", c.text)
			r.want(strings.Fields(c.want)...)
			if h := r.committed().Accounting; h.Bytes != uint64(len(c.text)) || h.LagBytes != 0 {
				t.Errorf("passed %d bytes, %d to go, want %d and 0", h.Bytes, h.LagBytes, len(c.text))
			}
		})
	}
}

func TestMalformedRecordsAreCounted(t *testing.T) {
	cases := []struct {
		name, text string
		reason     acct.Reason
		want       uint64
	}{
		{"R06 stray quote", header + "d,x,\"oops\n" + rows("a"), acct.Quote, 1},
		{"R15 torn", header + "d,2019\x00\x00" + rows("a"), acct.Torn, 1},
		{"R11 short", header + "d,a\nd,a\n" + rows("a"), acct.ShortRow, 2},
		{"R11 long", header + "d,x,,,,\n" + rows("a"), acct.LongRow, 1},
		{"R11 no header", rows("x", "y"), acct.NoHeader, 2},
		{"R14 JSON", "{\"type\":\"d\",\"vmta\":\"a\"}\nno object\n{ \"type\": \"b\" \n{}\n", acct.Syntax, 2},
		{"R14 XML", "<d><vmta>a</vmta></d>no element\n<b/><d></b>\n<b/>\n", acct.Syntax, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.append("acct", c.text)
			r.append("acct-2", c.text)
			r.poll()
			r.wantMalformed(c.reason, 2*c.want)
			r.wantLog("msg=\"Malformed records", 1)
			r.wantLog("reason="+string(c.reason), 1)
		})
	}
}

// TestR13UnknownCodes: whatever stands for category and status, the series are
// those of the known categories and the three classes.
func TestR13UnknownCodes(t *testing.T) {
	const records = 10_000
	r := newRig(t)
	var text strings.Builder
	text.WriteString("type,vmta,bounceCat,dsnStatus,dsnDiag\n")
	for i := range records {
		fmt.Fprintf(&text, "b,v,category-%d,%d.%d.%d (so %d),smtp;5%02d %d.%d.%d no\n", i, i%10, i%1000, i, i, i%100, i%10, i/100, i%100)
	}
	r.append("acct", text.String())
	r.want(slices.Repeat([]string{"v"}, records)...)
	s := r.committed()
	counted, series := uint64(0), 0
	for row := range s.Bounces.All() {
		counted += row.Value
		if row.Value > 0 {
			series++
			if row.Key.Category != Other || !row.Key.Class.Valid() {
				t.Errorf("%d bounces under %+v, want category %s and a class", row.Value, row.Key, Other)
			}
		}
	}
	if counted != records || series > len(classes()) || s.Bounces.Series > s.Bounces.Limit {
		t.Errorf("%d bounces in %d series, %d of %d in all, want %d in at most %d", counted, series, s.Bounces.Series, s.Bounces.Limit, records, len(classes()))
	}
}

func TestR07OversizedRecord(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxRecordBytes = 600 << 10 })
	long := strings.Repeat("x", 500<<10)
	r.append("acct", header+"d,a,,"+long+"\n"+rows("b")+"d,c,,"+long)
	r.want("a", "b")
	if got, want := len(r.s.buffer), 600<<10+chunkBytes; got <= chunkBytes || got > want {
		t.Errorf("buffer of %d bytes before a long record, want up to %d", got, want)
	}
	r.append("acct", long)
	r.want("a", "b")
	r.append("acct", strings.Repeat(long, 20)+"\n"+rows("d"))
	r.want("a", "b", "d")
	r.wantMalformed(acct.Oversize, 1)
	if got := len(r.s.buffer); got != chunkBytes {
		t.Errorf("buffer of %d bytes behind the long records, want %d again", got, chunkBytes)
	}
}

// What a remote server writes never reaches the log.
func TestLogHoldsNoRecord(t *testing.T) {
	r := newRig(t)
	r.append("acct", header+"d,SECRET,\"SECRET\"SECRET\nd,SECRET\nb,a,b,SECRET,SECRET,\x00\n")
	r.append("acct-2", "SECRET\n")
	r.poll()
	r.wantLog("level=warn", 4)
	r.wantLog("SECRET", 0)
}
