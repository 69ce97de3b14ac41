package collector

import "github.com/pmta-exporter/pmta_exporter/pmtaclient"

// listFamilies say how honest a list is. PowerMTA cuts its lists to the top N
// (over HTTP: http-default-max-items, 10 unless configured), and the exporter
// shows the largest of what it got; the sums stay exact over what it got.
type listFamilies struct {
	reportedRecipients, returnedRecipients *family
	reportedItems, returnedItems           *family
	truncated, shownItems, duplicateItems  *family
}

// lists is the number of values of the label list: queues, domains, vmtas,
// jobs.
const lists = 4

func newListFamilies() *listFamilies {
	return &listFamilies{
		reportedRecipients: gaugeBy(lists, "pmta_list_reported_recipients",
			"Recipients of all items by PowerMTA's own count, from the list's totalRcp.", "list"),
		returnedRecipients: gaugeBy(lists, "pmta_list_returned_recipients",
			"Recipients of the items that PowerMTA listed, the sum of their rcp.", "list"),
		reportedItems: gaugeBy(lists, "pmta_list_reported_items",
			"Items with recipients by PowerMTA's own count, from the list's totalQueuesWithRcp and its like.", "list"),
		returnedItems: gaugeBy(lists, "pmta_list_returned_items",
			"Items that PowerMTA listed.", "list"),
		truncated: gaugeBy(lists, "pmta_list_truncated",
			"Whether PowerMTA listed fewer items than it reports in totalQueuesWithRcp and its like.", "list"),
		shownItems: gaugeBy(lists, "pmta_list_shown_items",
			"Items that have series of their own; the others of the list are added up under other.", "list"),
		duplicateItems: gaugeBy(lists, "pmta_list_duplicate_items",
			"Items of the list whose name was listed before; they are added up.", "list"),
	}
}

// listed is what came of one list.
type listed struct {
	name       string
	list       *pmtaclient.List
	items      int
	recipients float64
	shown      int
	duplicates int
}

// truncated is not OK where PowerMTA gave no total.
func (l *listed) truncated() number {
	return number{Value: oneIf(float64(l.items) < l.list.Items.Value), OK: l.list.Items.OK}
}

func (f *listFamilies) emit(l *listed, out *samples) {
	out.addNumber(f.reportedRecipients, l.list.Recipients, l.name)
	out.addNumber(f.reportedItems, l.list.Items, l.name)
	out.addNumber(f.truncated, l.truncated(), l.name)
	out.add(f.returnedRecipients, l.recipients, l.name)
	out.add(f.returnedItems, float64(l.items), l.name)
	out.add(f.shownItems, float64(l.shown), l.name)
	out.add(f.duplicateItems, float64(l.duplicates), l.name)
}

// duplicates counts the items whose labels an item before them had. Domains
// come without case and final dot.
func duplicates[K comparable](items []candidate[K]) int {
	seen := make(map[K]struct{}, len(items))
	for i := range items {
		seen[items[i].key] = struct{}{}
	}
	return len(items) - len(seen)
}

func (f *listFamilies) families() []*family {
	return []*family{
		f.reportedRecipients, f.returnedRecipients, f.reportedItems, f.returnedItems, f.truncated, f.shownItems,
		f.duplicateItems,
	}
}
