package main

import (
	"strings"
	"testing"
	"time"
)

// TestSteps: time passes by what is read, and by nothing else.
func TestSteps(t *testing.T) {
	s := startTest(t, "--steps")
	begin := s.traffic.State().TimeNow
	var answers strings.Builder
	if err := s.obey(t.Context(), strings.NewReader("15s\n1m\n"), &answers); err != nil {
		t.Fatal(err)
	}
	if got := s.traffic.State().TimeNow.Sub(begin); got != 75*time.Second {
		t.Errorf("%s passed, want 75s", got)
	}
	if got := answers.String(); got != "ok\nok\n" {
		t.Errorf("answers %q, want two", got)
	}
	if err := s.obey(t.Context(), strings.NewReader("soon\n"), &answers); err == nil || !strings.Contains(err.Error(), `"soon"`) {
		t.Errorf("obey(soon) = %v, want an error that names it", err)
	}
}
