package textlog

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzClassify holds the catalogue to the rows as they are written: all words
// of a line against all words of each row, in order. And whatever a line holds,
// only known words leave.
func FuzzClassify(f *testing.F) {
	for _, text := range samples(f) {
		for line := range strings.Lines(text) {
			f.Add(line)
		}
	}
	for _, line := range examples(f) {
		f.Add(string(line))
	}
	f.Add("2026-11-23 12:00:00 -Spool- .FAILED. \"disk full\" x@y \xe9fatal")
	c, rows := defaultCatalogue(f), embeddedRows(f)
	events := append(c.Events(), None)
	f.Fuzz(func(t *testing.T, line string) {
		level, event := c.Classify([]byte(line))
		if wantLevel, wantEvent := naive(rows, line); level != wantLevel || event != wantEvent {
			t.Fatalf("Classify(%q) = %q, %q, want %q, %q", line, level, event, wantLevel, wantEvent)
		}
		if !level.Valid() || !slices.Contains(events, event) {
			t.Fatalf("Classify(%q) = %q, %q, want known words", line, level, event)
		}
	})
}

var run = regexp.MustCompile(`[A-Za-z0-9._@-]+`)

// naive is Classify without anything that makes it fast.
func naive(rows []Row, line string) (Level, Event) {
	raw, timed := textOf([]byte(line))
	level, text := Other, string(raw)
	if timed {
		level = Info
	}
	if isForeign(raw) {
		return level, None
	}
	if parts := strings.Split(text, `"`); len(parts) > 2 {
		text = parts[0] + `"` + parts[len(parts)-1]
	}
	var words []string
	for _, word := range run.FindAllString(text, -1) {
		words = append(words, strings.ToLower(strings.Trim(word, "._@-")))
	}
	event := None
	for _, r := range rows {
		if !slices.ContainsFunc(r.Words, func(group string) bool { return !holdsOne(words, group) }) {
			level, event = r.Level, r.Event
			break
		}
	}
	for _, word := range words {
		if named, ok := map[string]Level{"fatal": Fatal, "panic": Fatal, "error": Error, "warning": Warning, "warn": Warning}[word]; ok {
			level = named
			break
		}
	}
	switch event {
	case None:
		event = map[Level]Event{Error: "error", Fatal: "fatal"}[level]
	case silent:
		event = None
	}
	return level, event
}

// holdsOne reports whether one of the words of a group is among the words.
func holdsOne(words []string, group string) bool {
	return slices.ContainsFunc(strings.Split(group, "|"), func(word string) bool { return slices.Contains(words, word) })
}
