package logscan

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// How long and how many absent files are remembered. PowerMTA deletes its files
// after eight days, unless told otherwise.
const (
	absentFor  = 30 * 24 * time.Hour
	mostAbsent = 10_000
)

// absentFiles returns the files that an earlier run knew, for this one to
// recognise. Time without a run does not count: all that was there at its last
// look is as if seen now.
func absentFiles(files []storedFile, now time.Time) map[fileID]storedFile {
	last := int64(0)
	for _, f := range files {
		last = max(last, f.Seen)
	}
	absent := make(map[fileID]storedFile, len(files))
	for _, f := range files {
		f.Seen += now.Unix() - last
		absent[fileID{f.Device, f.Inode}] = f
	}
	return absent
}

// prune forgets the absent files that were not seen for long, and the longest
// unseen where there are too many.
func (t *tracker) prune(now time.Time) {
	oldest := now.Add(-absentFor).Unix()
	maps.DeleteFunc(t.absent, func(_ fileID, f storedFile) bool { return f.Seen < oldest })
	if len(t.absent) <= mostAbsent {
		return
	}
	ids := slices.SortedFunc(maps.Keys(t.absent), func(a, b fileID) int {
		return cmp.Compare(t.absent[a].Seen, t.absent[b].Seen)
	})
	for _, id := range ids[:len(ids)-mostAbsent] {
		delete(t.absent, id)
	}
}
