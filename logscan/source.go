package logscan

// source says what a file is read as. The pattern that finds it decides: one
// that patterns of both sources find is an accounting file. All but what is
// taken of the bytes at a position is the same for both: see Scanner.consume.
type source uint8

const (
	accounting source = iota // records, see position.split
	textLog                  // lines, see position.lines
	sources    = 2           // how many there are
)

// String returns the name that metrics and this program's log have for it.
func (s source) String() string {
	if s == textLog {
		return "log"
	}
	return "accounting"
}

// pattern is a glob of files of one source.
type pattern struct {
	glob   string
	source source
}

// globs returns the patterns of a source.
func (t *tracker) globs(of source) []string {
	var globs []string
	for _, p := range t.patterns {
		if p.source == of {
			globs = append(globs, p.glob)
		}
	}
	return globs
}

// Follows reports whether there are files to look for.
func (o Options) Follows() bool { return len(o.Accounting)+len(o.Logs) > 0 }

// patterns returns all that is looked for, accounting files first.
func (o Options) patterns() []pattern {
	var all []pattern
	for _, glob := range o.Accounting {
		all = append(all, pattern{glob, accounting})
	}
	for _, glob := range o.Logs {
		all = append(all, pattern{glob, textLog})
	}
	return all
}
