package collector

import (
	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// itemList emits a list whose items have one name: the largest by recipients
// one by one, the rest added up under other.
type itemList struct {
	shortlist *shortlist[string]
	columns   []column
}

// column is one family of the list.
type column struct {
	family *family
	// folds is set where the sum over the items that are not shown means
	// something.
	folds bool
}

// maxColumns is the most columns of a list.
const maxColumns = 4

// item is one item of the list; its values are in the order of the columns,
// the recipients first.
type item struct {
	name   string
	values [maxColumns]number
}

// page tells the items of a list.
func (l *itemList) page(name string, list *pmtaclient.List, items []item) *page {
	out := newSamples()
	recipients := 0.0
	candidates := make([]candidate[string], len(items))
	for i := range items {
		items[i].name = logscan.Label(items[i].name)
		size := items[i].values[0].Value
		recipients += size
		candidates[i] = candidate[string]{key: items[i].name, size: size}
	}
	shown := l.shortlist.choose(candidates)
	rows := newTable[string, [maxColumns]number]()
	for i := range items {
		l.add(rows, &items[i], shown[items[i].name])
	}
	for r, name := range rows.keys {
		for c := range l.columns {
			out.addNumber(l.columns[c].family, rows.rows[r][c], name)
		}
	}
	for _, c := range l.columns {
		out.fold(c.family, max(0, len(items)-len(shown)))
	}
	return &page{samples: out, answer: list.Answer, list: &listed{
		name: name, list: list, items: len(items), recipients: recipients, shown: len(shown),
		duplicates: duplicates(candidates),
	}}
}

// add adds an item to its row. An item that is called other shares the row
// with those that are not shown.
func (l *itemList) add(rows *table[string, [maxColumns]number], i *item, shown bool) {
	name := i.name
	if !shown {
		name = logscan.Other
	}
	row := rows.at(name)
	for c := range l.columns {
		if shown || l.columns[c].folds {
			row[c] = plus(row[c], i.values[c])
		}
	}
}

func (l *itemList) families() []*family {
	families := make([]*family, len(l.columns))
	for i, c := range l.columns {
		families[i] = c.family
	}
	return families
}

// plus adds figures; what is missing adds nothing.
func plus(a, b number) number {
	return number{Value: a.Value + b.Value, OK: a.OK || b.OK}
}
