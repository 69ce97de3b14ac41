package collector

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

// item is a row of the list; its values are in the order of the columns, the
// recipients first.
type item struct {
	name   string
	values [4]number
}

// emit returns how many items are shown, and the recipients of all.
func (l *itemList) emit(items []item, e *emitter) (shown int, recipients float64) {
	for i := range items {
		items[i].name = clean(items[i].name)
		recipients += items[i].values[0].Value
	}
	chosen := l.shortlist.choose(len(items), func(i int) (string, float64) {
		return items[i].name, items[i].values[0].Value
	})
	rows := map[string]*item{}
	folded := item{name: otherValue}
	for i := range items {
		row := &folded
		if chosen[items[i].name] {
			row = rowOf(rows, items[i].name)
		}
		for c := range l.columns {
			row.values[c] = plus(row.values[c], items[i].values[c])
		}
	}
	shown = len(rows)
	if len(items) > 0 && shown < len(items) {
		l.addFolded(rowOf(rows, otherValue), &folded)
	}
	for _, row := range rows {
		for c := range l.columns {
			e.addNumber(l.columns[c].family, row.values[c], row.name)
		}
	}
	return shown, recipients
}

func rowOf(rows map[string]*item, name string) *item {
	row, ok := rows[name]
	if !ok {
		row = &item{name: name}
		rows[name] = row
	}
	return row
}

// addFolded adds what is not shown to the row of other, which an item of that
// name may share.
func (l *itemList) addFolded(row, folded *item) {
	for c := range l.columns {
		if l.columns[c].folds {
			row.values[c] = plus(row.values[c], folded.values[c])
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
