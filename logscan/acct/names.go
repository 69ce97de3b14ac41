package acct

import "bytes"

// typeColumn is the column type of a format that names the columns in each
// record. It is not a Field of Record.
const typeColumn = fieldCount

// names finds the fields by the names that JSON and XML records bring along.
// Records mostly name their columns in the order of the record before, so each
// place remembers what stood there last, and only another name is looked up.
type names struct {
	places []namedField
}

type namedField struct {
	name  []byte
	field Field
}

// Longer records and names are looked up each time.
const (
	mostPlaces  = 128
	longestName = 64
)

// field returns the field of a name in a place of its record.
func (n *names) field(place int, name []byte) Field {
	if place < len(n.places) && bytes.Equal(n.places[place].name, name) {
		return n.places[place].field
	}
	field := fieldOf(name)
	if isTypeWord(name) {
		field = typeColumn
	}
	if place < mostPlaces && len(name) <= longestName {
		for len(n.places) <= place {
			n.places = append(n.places, namedField{field: ignored})
		}
		was := &n.places[place]
		was.name, was.field = append(was.name[:0], name...), field
	}
	return field
}
