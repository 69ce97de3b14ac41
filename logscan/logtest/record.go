package logtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Record is one accounting record: values by column name, "type" among them. A
// value is a string, a number, or a time.Time, which the Writer formats by its
// options. Columns without a value are empty.
type Record map[string]any

// Type is the record's type, such as "d".
func (r Record) Type() string {
	kind, _ := r["type"].(string)
	return kind
}

// isoLayout is PowerMTA's form of times unless iso-times is off: no colon in
// the offset.
const isoLayout = "2006-01-02 15:04:05-0700"

// format turns records into lines. The header is the union of the columns of
// all types in the file; a record fills the columns of its own type and leaves
// the others empty.
type format struct {
	header  []string            // without "type"
	columns map[string][]string // by type
	epoch   bool
	newline string
}

func newFormat(o Options) format {
	f := format{columns: map[string][]string{}, epoch: o.Epoch, newline: "\r\n"}
	if o.LF {
		f.newline = "\n"
	}
	for _, kind := range o.Types {
		columns, ok := o.Columns[kind]
		if !ok {
			columns = DefaultColumns(o.Version, kind)
		}
		f.columns[kind] = columns
		for _, column := range columns {
			if !slices.Contains(f.header, column) {
				f.header = append(f.header, column)
			}
		}
	}
	return f
}

func (f format) headerLine() string {
	return f.line(append([]string{"type"}, f.header...))
}

func (f format) recordLine(r Record) (string, error) {
	columns, ok := f.columns[r.Type()]
	if !ok {
		return "", fmt.Errorf("record of type %q in a file without this type", r.Type())
	}
	fields := []string{r.Type()}
	for _, column := range f.header {
		field := ""
		if slices.Contains(columns, column) {
			field = f.field(r[column])
		}
		fields = append(fields, field)
	}
	return f.line(fields), nil
}

func (f format) field(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case time.Time:
		if f.epoch {
			return fmt.Sprint(v.Unix())
		}
		return v.Format(isoLayout)
	default:
		return fmt.Sprint(v)
	}
}

// line quotes as RFC 4180 asks for and no more, which is what all captured rows
// look like.
func (f format) line(fields []string) string {
	quoted := make([]string, len(fields))
	for i, field := range fields {
		if strings.ContainsAny(field, ",\"\r\n") {
			field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
		}
		quoted[i] = field
	}
	return strings.Join(quoted, ",") + f.newline
}
