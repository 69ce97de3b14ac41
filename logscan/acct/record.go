package acct

import "bytes"

// Record is one record of an accounting file. Its fields are slices of what was
// read or of a buffer of its own, and hold until the next one. One Record is
// meant to be used for all records of all files.
type Record struct {
	Type  Type
	Short bool // the CSV row has fewer columns than the header
	Long  bool // the row has more

	fields  [fieldCount][]byte
	columns columns
	names   names
	scratch []byte // fields of JSON and XML in which escapes were resolved
}

// Field returns the text of a field without quotes and escapes. It is nil, and
// not only empty, when the file or this record has no such column.
func (r *Record) Field(f Field) []byte { return r.fields[f] }

// Read reads one record of a file of the given format. The header is that of
// CSV, and nil elsewhere.
func (r *Record) Read(f Format, h *Header, record []byte) {
	if f != JSON && f != XML {
		r.Parse(h, record)
		return
	}
	clear(r.fields[:ignored])
	r.Short, r.Long, r.scratch = false, false, r.scratch[:0]
	if f == JSON {
		r.parseJSON(record)
	} else {
		r.parseXML(record)
	}
}

// Parse reads one row. Rows that are shorter or longer than the header are read
// as far as both go.
func (r *Record) Parse(h *Header, line []byte) {
	clear(r.fields[:ignored])
	r.columns = columns{row: trimEnd(line), scratch: r.columns.scratch[:0]}
	code, _ := r.columns.cut()
	r.Type = ParseType(code)
	count := 1
	for _, field := range h.columns[1:] {
		column, ok := r.columns.cut()
		if !ok {
			break
		}
		r.fields[field] = column
		count++
	}
	r.Short, r.Long = count < len(h.columns), r.columns.skipAll()
}

// columns cuts a row at its commas. It is given rows that Splitter found whole;
// of others it makes something, but never fails.
type columns struct {
	row     []byte
	next    int    // where the next column begins; behind the row when there is none
	scratch []byte // fields in which doubled quotes were undone
}

// cut returns the next column without its quotes. An empty row has one empty
// column.
func (c *columns) cut() ([]byte, bool) {
	if c.next > len(c.row) {
		return nil, false
	}
	column := c.row[c.next:]
	if len(column) > 0 && column[0] == '"' {
		return c.quoted(column[1:]), true
	}
	if comma := bytes.IndexByte(column, ','); comma >= 0 {
		column = column[:comma]
	}
	c.next += len(column) + 1
	return column, true
}

// skipAll passes the rest of the row, and reports whether there was any.
func (c *columns) skipAll() bool {
	_, any := c.cut()
	for more := any; more; {
		_, more = c.cut()
	}
	return any
}

// quoted returns the quoted field that text is the rest of, and goes on behind
// the comma that follows it.
func (c *columns) quoted(text []byte) []byte {
	start := len(c.scratch)
	for {
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			c.next = len(c.row) + 1
			return c.unescaped(start, text)
		}
		after := text[quote+1:]
		if len(after) == 0 || after[0] != '"' {
			comma := bytes.IndexByte(after, ',')
			if comma < 0 {
				comma = len(after)
			}
			c.next = len(c.row) - len(after) + comma + 1
			return c.unescaped(start, text[:quote])
		}
		c.scratch = append(c.scratch, text[:quote+1]...)
		text = after[1:]
	}
}

// unescaped returns the last part of a quoted field, together with the parts
// that were put into scratch before it.
func (c *columns) unescaped(start int, last []byte) []byte {
	if len(c.scratch) == start {
		return last
	}
	c.scratch = append(c.scratch, last...)
	return c.scratch[start:]
}

// trimEnd drops the line end.
func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}
