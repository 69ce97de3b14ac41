package acct

import (
	"bytes"
	"strings"
)

// Field is a column that this package knows by name.
type Field uint8

// The known columns. Which of them a file has depends on the version and on
// record-fields in PowerMTA's configuration.
const (
	TimeLogged Field = iota
	TimeQueued
	Orig
	Rcpt
	DSNStatus
	DSNDiag
	DSNMta
	BounceCat
	DlvType
	DlvSourceIP
	DlvSize
	DlvTLSProtocol
	VMTA
	Queue
	FeedbackType
	ReportingMTA

	ignored // takes the columns that nobody asks for
	fieldCount
)

// Fields returns the known columns.
func Fields() []Field {
	fields := make([]Field, ignored)
	for i := range fields {
		fields[i] = Field(i)
	}
	return fields
}

// String returns the name of the column as record-fields takes it.
func (f Field) String() string {
	if f >= ignored {
		return ""
	}
	return fieldNames()[f]
}

// fieldOf returns the field of a column name. Case is ignored, since PowerMTA's
// own tables spell the names in different ways.
func fieldOf(name []byte) Field {
	for field, known := range fieldNames() {
		if strings.EqualFold(known, string(name)) {
			return Field(field)
		}
	}
	return ignored
}

func fieldNames() [ignored]string {
	return [ignored]string{
		TimeLogged:     "timeLogged",
		TimeQueued:     "timeQueued",
		Orig:           "orig",
		Rcpt:           "rcpt",
		DSNStatus:      "dsnStatus",
		DSNDiag:        "dsnDiag",
		DSNMta:         "dsnMta",
		BounceCat:      "bounceCat",
		DlvType:        "dlvType",
		DlvSourceIP:    "dlvSourceIp",
		DlvSize:        "dlvSize",
		DlvTLSProtocol: "dlvTlsProtocol",
		VMTA:           "vmta",
		Queue:          "queue",
		FeedbackType:   "feedbackType",
		ReportingMTA:   "reportingMta",
	}
}

// Header says which field each column of a file holds.
type Header struct {
	columns []Field
	has     [fieldCount]bool
}

// Has reports whether the file has the column.
func (h *Header) Has(f Field) bool { return f < ignored && h.has[f] }

// IsHeader reports whether a line is a header: its first column is named type,
// in quotes or not. A byte order mark or a # may precede it.
func IsHeader(line []byte) bool {
	if len(line) < 4 || line[1] == ',' || line[2] == ',' {
		return false // what nearly every record says at once
	}
	return isTypeWord(firstColumn(trimMark(line)))
}

// ParseHeader reads a header line. Where a name occurs twice, the first column
// counts.
func ParseHeader(line []byte) *Header {
	h := &Header{}
	row := columns{row: trimEnd(trimMark(line))}
	for name, ok := row.cut(); ok; name, ok = row.cut() {
		field := fieldOf(bytes.TrimSpace(name))
		if h.has[field] {
			field = ignored
		}
		h.columns = append(h.columns, field)
		h.has[field] = true
	}
	return h
}

func isTypeWord(word []byte) bool { return bytes.EqualFold(word, []byte("type")) }

// firstColumn returns what precedes the first comma or the end of the line,
// without quotes.
func firstColumn(line []byte) []byte {
	if i := bytes.IndexAny(line, ",\r\n"); i >= 0 {
		line = line[:i]
	}
	return unquote(line)
}

// unquote drops the quotes around a word that has none within.
func unquote(word []byte) []byte {
	if last := len(word) - 1; last > 0 && word[0] == '"' && word[last] == '"' {
		return word[1:last]
	}
	return word
}

// trimMark drops a byte order mark and a comment sign before a header.
func trimMark(line []byte) []byte {
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	line = bytes.TrimPrefix(line, []byte("#"))
	return bytes.TrimLeft(line, " ")
}
