package acct

import (
	"slices"
	"testing"
)

func TestHeader(t *testing.T) {
	for _, line := range []string{
		"type,orig\n", "TYPE,orig\r\n", "\ufefftype,orig", "#type,orig", "# Type,orig", "type",
		"\"type\",\"orig\"\r\n", "\ufeff\"Type\",orig", "#\"type\"",
	} {
		if !IsHeader([]byte(line)) {
			t.Errorf("IsHeader(%q) = false, want true", line)
		}
	}
	for _, line := range []string{
		"", "d,orig", "t,ype", "types,orig", "typ", "x type,", "tq,type", "{\"type\": 1}",
		"\"type", "\"type,orig", "type\",orig", "\"\"type\"\",orig", "\"d\",\"type\"", "\"\",",
	} {
		if IsHeader([]byte(line)) {
			t.Errorf("IsHeader(%q) = true, want false", line)
		}
	}
	for _, line := range []string{
		"# type,TIMELOGGED, vmta ,header_X,dlvsourceip\r\n",
		"\"type\",\"timeLogged\",\" vmta \",\"a \"\"name\"\", with a comma\",\"dlvSourceIp\"\r\n",
	} {
		h := ParseHeader([]byte(line))
		for f := range ignored {
			want := f == TimeLogged || f == VMTA || f == DlvSourceIP
			if h.has[f] != want {
				t.Errorf("header %q has field %d: %v, want %v", line, f, h.has[f], want)
			}
		}
	}
}

func TestRecordColumns(t *testing.T) {
	h := ParseHeader([]byte("type,queue,unknown,vmta,vmta,dsnDiag"))
	cases := []struct {
		name, line         string
		typ                Type
		queue, vmta, diag  string
		isShort, isTooLong bool
	}{
		{"plain", "d,q/v,u,v1,v2,x\n", Delivered, "q/v", "v1", "x", false, false},
		{"quoted", "b,\"q,v\",\"u\"\"u\",\"v\",,\"say \"\"x\"\", \"\"y\"\"\"\r\n", Bounced, "q,v", "v", `say "x", "y"`, false, false},
		{"empty", "t,,,,,\n", Transient, "", "", "", false, false},
		{"R11 short", "tq,q/v,u\n", TransientQueue, "q/v", "", "", true, false},
		{"R11 long", "rb,q,u,v,,x,more,and more\n", RemoteBounce, "q", "v", "x", false, true},
		{"R10 unknown type", "p,q,u,v,,x", Other, "q", "v", "x", false, false},
	}
	var r Record
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.Parse(h, []byte(c.line))
			got := []string{string(r.Type), string(r.Field(Queue)), string(r.Field(VMTA)), string(r.Field(DSNDiag))}
			if want := []string{string(c.typ), c.queue, c.vmta, c.diag}; !slices.Equal(got, want) {
				t.Errorf("Parse(%q) = %q, want %q", c.line, got, want)
			}
			if r.Short != c.isShort || r.Long != c.isTooLong {
				t.Errorf("Parse(%q): short %v, long %v, want %v, %v", c.line, r.Short, r.Long, c.isShort, c.isTooLong)
			}
		})
	}
}

func TestTypesHaveCodes(t *testing.T) {
	got := []Type{}
	for _, code := range []string{"d", "b", "t", "tq", "rb", "rs", "r", "f", "p"} {
		got = append(got, ParseType([]byte(code)))
	}
	if !slices.Equal(got, Types()) {
		t.Errorf("types by code %q, want %q", got, Types())
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	h := ParseHeader([]byte("type,timeLogged,dsnDiag,vmta"))
	line := []byte("b,2019-02-08 21:54:05+0000,\"say \"\"no\"\", he said\",vmta1\r\n")
	var r Record
	s := Splitter{Max: 1000, headed: true}
	run := func() {
		if piece := s.Next(line, false); piece.Size != len(line) {
			t.Fatalf("Next() = %+v, want %d bytes", piece, len(line))
		}
		r.Parse(h, line)
		if _, ok := ParseTime(r.Field(TimeLogged)); !ok {
			t.Fatal("no time")
		}
	}
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations per record, want 0", n)
	}
}
