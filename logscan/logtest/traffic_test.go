package logtest

import (
	"bytes"
	"maps"
	"testing"
)

func someReplies() []Reply {
	return []Reply{
		{Text: `smtp;550 5.1.1 <user@example.com>, 192.0.2.7 says "no"`, Reason: "unknown_user", Class: "hard", Permanence: "permanent"},
		{Text: "smtp;421 4.7.0 later", Reason: "throttled", Class: "soft", Permanence: "transient"},
	}
}

func TestTrafficIsDeterministic(t *testing.T) {
	const records = 20_000
	generate := func(seed uint64) ([]byte, Truth) {
		traffic := NewTraffic(seed, BusyServer(), someReplies())
		var text []byte
		for range records {
			text = traffic.Append(text)
		}
		return text, traffic.Truth
	}
	text, truth := generate(1)
	again, truthAgain := generate(1)
	if !bytes.Equal(text, again) || !maps.Equal(truth, truthAgain) {
		t.Error("the same seed gives other bytes, or another truth")
	}
	if other, _ := generate(2); bytes.Equal(text, other) {
		t.Error("another seed gives the same bytes")
	}
	if size := len(text) / records; size < 450 || size > 530 {
		t.Errorf("%d bytes per record, want about 490", size)
	}
	if got := truth.Sum("records"); got != records {
		t.Errorf("Sum(%q) = %d, want %d", "records", got, records)
	}
	if got, want := truth.Sum("outcomes"), truth[Series{"records", [3]string{"d"}}]+truth[Series{"records", [3]string{"b"}}]; got != want {
		t.Errorf("Sum(%q) = %d, want %d", "outcomes", got, want)
	}
}

// TestTrafficIsCSV: every row has the columns of the header, and no reply
// occurs twice.
func TestTrafficIsCSV(t *testing.T) {
	text := []byte(TrafficColumns)
	traffic := NewTraffic(1, BusyServer(), someReplies())
	for range 20_000 {
		text = traffic.Append(text)
	}
	rows := readCSV(t, text)
	seen, shares := map[string]bool{}, map[string]int{}
	for _, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			t.Fatalf("%d columns in %q, want %d", len(row), row, len(rows[0]))
		}
		if row[7] != "" && seen[row[7]] {
			t.Fatalf("reply %q occurs twice", row[7])
		}
		seen[row[7]] = true
		shares[row[0]]++
	}
	for kind, percent := range map[string]float64{"d": 88, "t": 6, "b": 5} {
		if got := float64(shares[kind]) / 200; got < 0.9*percent || got > 1.1*percent {
			t.Errorf("%.1f %% of type %s, want %v %%", got, kind, percent)
		}
	}
}

func TestLogTrafficIsDeterministic(t *testing.T) {
	generate := func() ([]byte, *LogTraffic) {
		traffic := NewLogTraffic(1, []LogLine{{"spool error", "spool_error"}, {"license expired", "license_expired"}})
		var text []byte
		for range 10_000 {
			text = traffic.Append(text)
		}
		return text, traffic
	}
	text, traffic := generate()
	if again, _ := generate(); !bytes.Equal(text, again) {
		t.Error("the same seed gives other bytes")
	}
	if got, want := int64(bytes.Count(text, []byte("\n"))), traffic.Lines; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if got, want := int64(bytes.Count(text, []byte("spool error\n"))), traffic.Events["spool_error"]; got != want || got < 500 {
		t.Errorf("%d lines with an event, want %d, some 1000", got, want)
	}
}
