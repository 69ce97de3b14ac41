package logscan

import (
	"maps"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// Outlets are what the mail of some files left through, by the labels of their
// results, and the newest date of those.
type Outlets struct {
	VMTAs, SourceIPs map[string]bool
	Newest           acct.Day // 0 when there is none
}

// NewOutlets returns empty ones.
func NewOutlets() Outlets { return Outlets{VMTAs: map[string]bool{}, SourceIPs: map[string]bool{}} }

// Add takes over what another file has.
func (o *Outlets) Add(other Outlets) {
	maps.Copy(o.VMTAs, other.VMTAs)
	maps.Copy(o.SourceIPs, other.SourceIPs)
	o.Newest = max(o.Newest, other.Newest)
}

// note notes a record.
func (o *Outlets) note(r *acct.Record) {
	if r.Type != acct.Delivered && r.Type != acct.Bounced {
		return
	}
	o.VMTAs[vmtaLabel(r.Field(acct.VMTA))] = true
	o.SourceIPs[addressLabel(r.Field(acct.DlvSourceIP))] = true
	if day, ok := acct.ParseDay(r.Field(acct.TimeLogged)); ok {
		o.Newest = max(o.Newest, day)
	}
}
