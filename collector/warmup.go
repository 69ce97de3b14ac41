package collector

import (
	"sync/atomic"

	"github.com/pmta-exporter/pmta_exporter/collector/warmup"
	"github.com/pmta-exporter/pmta_exporter/logscan"
)

// warmupFamilies compare what VirtualMTAs with new source IPs sent today with
// their plans. Both are of the day of the newest record, and have the same
// label sets; where nothing was counted the latter are 0.
type warmupFamilies struct {
	plans atomic.Pointer[[]warmup.Plan]

	day, planned, actual *family
}

func newWarmupFamilies() *warmupFamilies {
	return &warmupFamilies{
		day: gaugeBy(warmup.MaxPlans, "pmta_warmup_plan_day",
			"Day of the warm-up plan, 1 is the first and those before it are below; by the date of the newest d or b accounting record.", "vmta"),
		planned: gaugeBy(warmup.MaxSeries, "pmta_warmup_planned_recipients",
			"Recipients that the warm-up plan of the configuration has for today, the date of the newest d or b accounting record.", "vmta", "provider"),
		actual: gaugeBy(warmup.MaxSeries, "pmta_warmup_actual_recipients",
			"Recipients delivered or bounced today, from d and b accounting records by the date part of timeLogged, of VirtualMTAs with a warm-up plan.", "vmta", "provider"),
	}
}

func (f *warmupFamilies) families() []*family { return []*family{f.day, f.planned, f.actual} }

// emit tells of all plans once a day is known.
func (f *warmupFamilies) emit(d logscan.Daily, out *samples) {
	plans := f.plans.Load()
	if plans == nil || d.Today == 0 {
		return
	}
	counts := d.OfToday()
	for _, p := range *plans {
		out.add(f.day, float64(p.Day(d.Today)), p.VMTA)
		for _, n := range p.Planned(d.Today) {
			out.add(f.planned, float64(n.Recipients), p.VMTA, n.Provider)
		}
		for _, n := range p.Actual(counts[p.VMTA]) {
			out.add(f.actual, float64(n.Recipients), p.VMTA, n.Provider)
		}
	}
}

// SetPlans compares with other warm-up plans, from the next scrape on. What
// is counted for them is the scanner's: see logscan.Scanner.SetRules.
func (e *Exporter) SetPlans(plans []warmup.Plan) {
	if e.scan != nil {
		e.scan.warmup.plans.Store(&plans)
	}
}
