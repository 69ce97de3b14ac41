package dashboards

import (
	"fmt"
	"strings"
)

// expand puts the matchers of the variables in place of their names.
func expand(expr string) string {
	return strings.NewReplacer(
		"TARGET", `job=~"$job",instance=~"$instance"`,
		"PROVIDER", `provider=~"$provider"`,
		"VMTA", `vmta=~"$vmta"`,
	).Replace(expr)
}

// The selectors that many panels share. What an operator deleted is no result.
const (
	outcomes        = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome!="deleted"}`
	delivered       = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome="delivered"}`
	softBounces     = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome="soft_bounce"}`
	blockBounces    = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome="block_bounce"}`
	hardBounces     = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome="hard_bounce"}`
	anyBounces      = `pmta_outcomes_total{TARGET,PROVIDER,VMTA,outcome=~"soft_bounce|block_bounce|hard_bounce"}`
	deferrals       = `pmta_deferrals_total{TARGET,PROVIDER,VMTA}`
	delays          = `pmta_delivery_delay_seconds_bucket{TARGET,PROVIDER}`
	queued          = `pmta_queued_recipients{TARGET,PROVIDER,VMTA}`
	sourceOutcomes  = `pmta_source_ip_outcomes_total{TARGET,PROVIDER,outcome!="deleted"}`
	sourceDelivered = `pmta_source_ip_outcomes_total{TARGET,PROVIDER,outcome="delivered"}`
	sourceBounces   = `pmta_source_ip_outcomes_total{TARGET,PROVIDER,outcome=~"soft_bounce|block_bounce|hard_bounce"}`
	senderOutcomes  = `pmta_sender_domain_outcomes_total{TARGET,outcome!="deleted"}`
	senderBounces   = `pmta_sender_domain_outcomes_total{TARGET,outcome=~"soft_bounce|block_bounce|hard_bounce"}`
	senderHard      = `pmta_sender_domain_outcomes_total{TARGET,outcome="hard_bounce"}`
)

// perSecond is the unit of what happens to recipients, or of attempts.
const perSecond = "si:rcpt/s"

// sum adds up what a function makes of a selector, by labels or in all.
func sum(by, expr string) string {
	if by == "" {
		return "sum(" + expr + ")"
	}
	return "sum by (" + by + ") (" + expr + ")"
}

// rate is what happens per second.
func rate(by, selector string) string {
	return sum(by, "rate("+selector+"[$__rate_interval])")
}

// counted is what happened in the time that is shown.
func counted(by, selector string) string {
	return sum(by, "increase("+selector+"[$__range])")
}

// ratio is absent where there is nothing to compare with.
func ratio(part, whole string) string { return part + " / (" + whole + " > 0)" }

// maxLines is how many lines a panel of the top names has. It may have two
// queries.
const maxLines = 10

// topRate are the rates by a label with the largest counts over the time that
// is shown. A plain topk would choose anew at every step, and so draw many more
// lines than it was asked for.
func topRate(by, selector string) string {
	return rate(by, selector) + " and " + topCounted(by, selector)
}

// topRatio are ratios of rates for the largest wholes.
func topRatio(by, part, whole string) string {
	return ratio(rate(by, part), rate(by, whole)) + " and " + topCounted(by, whole)
}

func topCounted(by, selector string) string {
	return fmt.Sprintf("topk(%d, %s > 0)", maxLines, sum(by, "increase("+selector+"[$__range] @ end())"))
}

// topGauge are the sums by a label that were the largest at some time.
func topGauge(by, selector string) string {
	return sum(by, selector) + " and " + topSummed(by, selector)
}

func topSummed(by, selector string) string {
	return fmt.Sprintf("topk(%d, %s > 0)", maxLines, sum(by, "max_over_time("+selector+"[$__range] @ end())"))
}

// topRows are the largest rows of a table.
func topRows(expr string) string { return "topk(20, (" + expr + ") > 0)" }

// quantile is a quantile of the delivery delay, absent where nothing was
// delivered.
func quantile(q float64, by string) string {
	group := strings.TrimPrefix(by+", le", ", ")
	return fmt.Sprintf("histogram_quantile(%v, %s) and %s > 0", q, rate(group, delays), rate(by, strings.Replace(delays, "_bucket", "_count", 1)))
}

// flow are the results of mail per second, by the words that have colours.
func flow() []query {
	return []query{
		{expr: rate("", delivered), legend: "delivered"},
		{expr: rate("", deferrals), legend: "deferred"},
		{expr: rate("", softBounces), legend: "soft"},
		{expr: rate("", blockBounces), legend: "block"},
		{expr: rate("", hardBounces), legend: "hard"},
	}
}

// flowColumns are the same in the time that is shown, one row for each value of
// a label.
func flowColumns(by string) []query {
	return []query{
		{expr: counted(by, delivered), legend: "delivered"},
		{expr: counted(by, deferrals), legend: "deferred"},
		{expr: counted(by, softBounces), legend: "soft"},
		{expr: counted(by, blockBounces), legend: "block"},
		{expr: counted(by, hardBounces), legend: "hard"},
		{expr: ratio(counted(by, delivered), counted(by, outcomes)), legend: "delivered of results", unit: "percentunit"},
	}
}

// sourceColumns are the results of source IPs in the time that is shown.
func sourceColumns() []query {
	outcome := func(name string) string {
		return `pmta_source_ip_outcomes_total{TARGET,PROVIDER,outcome="` + name + `"}`
	}
	return []query{
		{expr: counted("source_ip", sourceDelivered), legend: "delivered"},
		{expr: counted("source_ip", `pmta_source_ip_deferrals_total{TARGET,PROVIDER}`), legend: "deferred"},
		{expr: counted("source_ip", outcome("soft_bounce")), legend: "soft"},
		{expr: counted("source_ip", outcome("block_bounce")), legend: "block"},
		{expr: counted("source_ip", outcome("hard_bounce")), legend: "hard"},
		{expr: ratio(counted("source_ip", sourceDelivered), counted("source_ip", sourceOutcomes)), legend: "delivered of results", unit: "percentunit"},
	}
}

// ofTop keeps the rows of a table that have most of something.
func ofTop(by, selector string, queries []query) []query {
	var all []query
	for _, q := range queries {
		q.expr += " and " + topRows(counted(by, selector))
		all = append(all, q)
	}
	return all
}

// topQuantile are quantiles of the providers with most deliveries.
func topQuantile(q float64) string {
	return quantile(q, "provider") + " and " + topCounted("provider", strings.Replace(delays, "_bucket", "_count", 1))
}
