package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const columns = 19

// splitFile reads a file in large pieces, finds the columns of each row, and
// does nothing with them but count the rows by type.
func splitFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	records := map[string]int{}
	var row [columns][]byte
	r := bufio.NewReaderSize(f, 256<<10)
	for {
		line, err := r.ReadSlice('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		splitRow(line, &row)
		records[string(row[0])]++
	}
	print(records)
	return nil
}

// splitRow cuts a row at its commas.
func splitRow(line []byte, row *[columns][]byte) {
	for i := range row {
		if len(line) > 0 && line[0] == '"' {
			end := 1
			for {
				end += bytes.IndexByte(line[end:], '"') + 1
				if line[end] != '"' {
					break
				}
				end++ // a doubled quote
			}
			row[i], line = line[1:end-1], line[min(end+1, len(line)):]
			continue
		}
		comma := bytes.IndexByte(line, ',')
		if comma < 0 {
			row[i], line = bytes.TrimRight(line, "\r\n"), nil
			continue
		}
		row[i], line = line[:comma], line[comma+1:]
	}
}

// countWithRegexps is the usual way: encoding/csv, and for each reply a list of
// expressions, tried in order. It counts what mtail counts.
func countWithRegexps(name string) error {
	truth, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	out, err := parseOutput(truth)
	if err != nil {
		return err
	}
	var list []*regexp.Regexp
	for _, p := range out.patterns {
		list = append(list, regexp.MustCompile("(?i)"+p[1]))
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReaderSize(f, 256<<10))
	r.ReuseRecord, r.LazyQuotes, r.FieldsPerRecord = true, true, -1
	c := newCounts()
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if c.add(row) {
			for i, re := range list {
				if re.MatchString(row[7]) {
					c.replies[out.patterns[i][0]]++
					break
				}
			}
		}
	}
	c.print()
	return nil
}

// counts are those of count.mtail.
type counts struct {
	records, replies, senders map[string]int
	results, addresses, bytes map[[3]string]int
}

func newCounts() counts {
	return counts{
		map[string]int{},
		map[string]int{},
		map[string]int{},
		map[[3]string]int{},
		map[[3]string]int{},
		map[[3]string]int{},
	}
}

// add counts a row, and reports whether it is that of a failure.
func (c counts) add(row []string) bool {
	kind := row[0]
	c.records[kind]++
	if kind != "d" && kind != "b" && kind != "t" {
		return false
	}
	host, _, _ := strings.Cut(row[8], " ")
	_, sender, _ := strings.Cut(row[3], "@")
	c.results[[3]string{kind, host, row[15]}]++
	c.addresses[[3]string{kind, row[11], host}]++
	c.senders[kind+sender]++
	if kind == "d" {
		size, _ := strconv.Atoi(row[14])
		c.bytes[[3]string{host, row[15]}] += size
	}
	return kind != "d"
}

func (c counts) print() {
	print(c.records)
	for reason, n := range c.replies {
		fmt.Printf("total\treplies %s\t%d\n", reason, n)
	}
	bytes := 0
	for _, n := range c.bytes {
		bytes += n
	}
	if bytes > 0 {
		fmt.Printf("total\tdelivered_bytes\t%d\ntotal\tdelivered_bytes series\t%d\n", bytes, len(c.bytes))
	}
}

func print(records map[string]int) {
	for kind, n := range records {
		fmt.Printf("total\trecords %s\t%d\n", kind, n)
	}
}
