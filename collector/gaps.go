package collector

import (
	"slices"
	"strings"

	"github.com/go-kit/log/level"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// enoughRecords is how many records must be counted before the lack of a type,
// or of a value in all of one type, says something about PowerMTA's
// configuration and not only about the mail of the last minutes.
const enoughRecords = 1000

// gap is something that the accounting files do not have, and the family that
// is absent for that reason.
type gap struct{ lacks, absent string }

// gaps compares what was counted with what the families are made of. PowerMTA's
// configuration decides which record types and columns there are, so nobody but
// the operator can tell a gap from a wish: each is told once.
func (c *scanCollector) gaps(s *logscan.Snapshot) []gap {
	records, all := map[acct.Type]uint64{}, uint64(0)
	for row := range s.Records.All() {
		records[row.Key] = row.Value
		all += row.Value
	}
	var found []gap
	for _, t := range NeededTypes() {
		if !t.Optional && records[t.Type] == 0 && all >= enoughRecords {
			found = append(found, gap{"records " + t.Code, t.Feeds})
		}
	}
	empty := c.empty(s)
	for _, n := range Needs() {
		if empty[n.Feeds] && records[n.Type] >= enoughRecords {
			found = append(found, gap{"column " + n.Field.String() + " of " + string(n.Type) + " records", n.Feeds})
		}
	}
	return found
}

// empty tells of the families that are made of one column whether nothing was
// counted in them.
func (c *scanCollector) empty(s *logscan.Snapshot) map[string]bool {
	return map[string]bool{
		c.sourceIPOutcomes.family.name:  nothing(s.SourceIPOutcomes),
		c.sourceIPDeferrals.family.name: nothing(s.SourceIPDeferrals),
		c.senderOutcomes.family.name:    nothing(s.SenderDomainOutcomes),
		c.deliveredBytes.family.name:    nothing(s.DeliveredBytes),
		c.tlsDeliveries.family.name:     nothing(s.TLSDeliveries),
		c.delay.name:                    len(s.Delays) == 0,
	}
}

// nothing reports whether a family is without counts; known combinations are in
// it from the start.
func nothing[K comparable](c logscan.Counts[K]) bool {
	for row := range c.All() {
		if row.Value > 0 {
			return false
		}
	}
	return true
}

// noteGaps tells which families stay absent for want of records or columns, in
// one line, and again only when there are others.
func (l *stateLog) noteGaps(gaps []gap) {
	var lacks, absent []string
	for _, g := range gaps {
		lacks = append(lacks, g.lacks)
		absent = append(absent, g.absent)
	}
	slices.Sort(absent)
	missing := strings.Join(lacks, ", ")
	if _, changed := l.changed(accountingName+" gaps", missing); !changed || missing == "" {
		return
	}
	level.Warn(l.logger).Log("msg", "Accounting files lack what some metrics are made of", "lacking", missing,
		"absent", strings.Join(slices.Compact(absent), ", "),
		"hint", "add them to records and record-fields in the acct-file directive if there should be any; pmta_exporter check tells more")
}
