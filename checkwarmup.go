package main

import (
	"fmt"
	"strings"

	"github.com/pmta-exporter/pmta_exporter/collector/warmup"
	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// checkPlans tells for each warm-up plan which day of it is today, and whether
// mail was seen that counts for it.
func checkPlans(r *report, plans []warmup.Plan, seen logscan.Outlets) {
	for i := range plans {
		p := &plans[i]
		name := "warm-up " + p.VMTA
		switch missing := missingOf(p, seen); {
		case seen.Newest == 0:
			r.skip(name, "no record d or b with a time was found, so that nothing can be compared with the plan: see accounting")
		case missing != "":
			r.skip(name, "%s, but %s is in none of the d and b records looked at: check the name, unless it has sent nothing yet", dayOf(p, seen), missing)
		default:
			r.ok(name, "%s, and it sends", dayOf(p, seen))
		}
	}
}

// missingOf returns what the plan counts and no record has.
func missingOf(p *warmup.Plan, seen logscan.Outlets) string {
	for _, ip := range p.SourceIPs {
		if !seen.SourceIPs[ip] {
			return ip
		}
	}
	if len(p.SourceIPs) == 0 && !seen.VMTAs[p.VMTA] {
		return p.VMTA
	}
	return ""
}

// dayOf tells what the plan has for today.
func dayOf(p *warmup.Plan, seen logscan.Outlets) string {
	if p.Day(seen.Newest) < 1 {
		return fmt.Sprintf("it begins on %s, and the newest record is of %s", p.Start, seen.Newest)
	}
	var numbers []string
	for _, n := range p.Planned(seen.Newest) {
		numbers = append(numbers, fmt.Sprintf("%s %d", n.Provider, n.Recipients))
	}
	return fmt.Sprintf("%s is day %d with planned recipients: %s", seen.Newest, p.Day(seen.Newest), strings.Join(numbers, ", "))
}
