package bounce

import "testing"

func TestDeleted(t *testing.T) {
	for _, tc := range []struct {
		diag string
		want bool
	}{
		{"x-pmta;deleted by administrator", true},
		{"X-PMTA;Deleted By Administrator", true},
		{"x-pmta;deleted by administrator (pmta delete)", true},
		{"x-pmta;deleted", false},
		{"x-pmta;bounce-queue;reply:550 5.7.1 deleted by administrator", false},
		{"smtp;550 x-pmta;deleted by administrator", false},
		{"", false},
	} {
		if got := Deleted([]byte(tc.diag)); got != tc.want {
			t.Errorf("Deleted(%q) = %v, want %v", tc.diag, got, tc.want)
		}
	}
}

func TestClassValid(t *testing.T) {
	for _, class := range []Class{Hard, Block, Soft} {
		if !class.Valid() {
			t.Errorf("Class(%q).Valid() = false, want true", class)
		}
	}
	for _, class := range []Class{"", "Hard", undecided, None, Other} {
		if class.Valid() {
			t.Errorf("Class(%q).Valid() = true, want false", class)
		}
	}
}
