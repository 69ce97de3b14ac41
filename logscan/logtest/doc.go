// Package logtest writes accounting files and text logs as PowerMTA does, for
// tests and for the demo, and knows how many records it wrote.
//
// A Writer is one <acct-file> of PowerMTA's configuration: CSV with a header
// line and named columns, in files whose names carry a date and a sequence
// number. It can also do what goes wrong in the field: leave a record half
// written, have its file renamed, truncated or deleted. A TextLog is pmta.log,
// which is rotated by renaming. Traffic and LogTraffic make the records and lines
// of a busy server without end, for benchmarks.
//
// The package imports nothing of what it tests.
package logtest
