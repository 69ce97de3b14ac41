package logscan

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// stateOf returns the state file of a version, as a program of that version
// wrote it: those of released versions never change.
func stateOf(t testing.TB, version int) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "states", fmt.Sprint(version)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// startWith starts a scanner in a directory with these files.
func startWith(t testing.TB, o Options, files map[string][]byte) *Scanner {
	t.Helper()
	o.StateDirectory = t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(o.StateDirectory, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newScanner(t, o)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// describeAll lists what a scanner has, also of files.
func describeAll(s *Scanner) string {
	var b strings.Builder
	c := commitNow(s)
	h := c.Accounting
	fmt.Fprintf(&b, "since %s, %d records, %d bytes, %d rotations, %d truncations, newest %s\n",
		h.Created.UTC(), h.Records, h.Bytes, h.Rotations, h.Truncations, h.LastRecord.UTC())
	_, state := s.capture(time.Now())
	slices.SortFunc(state.Files, func(a, b storedFile) int { return cmp.Compare(a.Inode, b.Inode) })
	for _, f := range state.Files {
		header := string(f.Header)
		f.Header, f.Seen = nil, 0 // the latter depends on now
		fmt.Fprintf(&b, "%+v %q\n", f, header)
	}
	fmt.Fprintf(&b, "looked %v\n%s", state.Looked, describe(c))
	return b.String()
}

// TestM15Upgrade starts a program with the state of each version that there
// was: it has all that was kept, and keeps it in the present version.
func TestM15Upgrade(t *testing.T) {
	const golden = "testdata/states/golden"
	if *update {
		state, err := decodeState(stateOf(t, stateVersion-1))
		if err == nil {
			err = os.WriteFile(fmt.Sprint("testdata/states/", stateVersion), encodeState(nil, state), 0o644)
		}
		if err == nil {
			err = os.WriteFile(golden, []byte(describeAll(startWith(t, testOptions(t), map[string][]byte{stateName: stateOf(t, 1)}))), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= stateVersion; version++ {
		s := startWith(t, testOptions(t), map[string][]byte{stateName: stateOf(t, version)})
		if got := describeAll(s); got != string(want) || !s.Snapshot().Durability.Loaded {
			t.Errorf("version %d: loaded %v,\n%swant\n%s", version, s.Snapshot().Durability.Loaded, got, want)
		}
		kept, err := os.ReadFile(s.store.path(stateName))
		if err != nil || !bytes.HasPrefix(kept, fmt.Append(nil, magic, stateVersion, " ")) {
			t.Errorf("version %d became %.30q, %v, want version %d", version, kept, err, stateVersion)
		}
		again := startWith(t, testOptions(t), map[string][]byte{stateName: kept})
		if got := describeAll(again); got != string(want) {
			t.Errorf("version %d, saved and loaded:\n%swant\n%s", version, got, want)
		}
	}
}

// What the present version writes must not change unless its number does.
func TestM15EncodingStays(t *testing.T) {
	want := stateOf(t, stateVersion)
	state, err := decodeState(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := encodeState(nil, state); !bytes.Equal(got, want) {
		t.Errorf("the state of version %d is encoded in another way than when it was made", stateVersion)
	}
}

// TestM15Downgrade starts a program with the states of a newer one: they are
// put aside, and one that is known is gone on with.
func TestM15Downgrade(t *testing.T) {
	known := stateOf(t, stateVersion)
	newer := bytes.Replace(known, fmt.Append(nil, magic, stateVersion), fmt.Append(nil, magic, stateVersion+1), 1)
	for _, c := range []struct {
		previous []byte
		records  uint64
		aside    int
	}{{known, 64, 1}, {newer, 0, 2}, {nil, 0, 1}} {
		files := map[string][]byte{stateName: newer, previousName: c.previous}
		if c.previous == nil {
			delete(files, previousName)
		}
		s := startWith(t, testOptions(t), files)
		aside, err := filepath.Glob(s.store.path("*" + asideMark + "*"))
		if err != nil || len(aside) != c.aside {
			t.Errorf("put aside: %q, %v, want %d", aside, err, c.aside)
		}
		if got := s.Snapshot(); got.Accounting.Records != c.records || got.Durability.Loaded || !got.Durability.Enabled {
			t.Errorf("%d records, %+v, want %d, not loaded", got.Accounting.Records, got.Durability, c.records)
		}
	}
}

// fillValue gives every field below a value of its own.
func fillValue(v reflect.Value, n *int64) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(0, *n)))
			return
		}
		for _, field := range v.Fields() {
			fillValue(field, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fillValue(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[int]uint64{int(*n): uint64(*n + 1), -3: 7}))
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 3)
	case reflect.Int, reflect.Int64:
		v.SetInt(*n * (*n%2*2 - 1) << 40)
	default:
		v.SetUint(uint64(*n) & 0xff)
	}
}

// Whoever adds a field to the state and not to its encoding is told here.
func TestEncodingHasEveryField(t *testing.T) {
	want, got := new(stored), new(stored)
	fillValue(reflect.ValueOf(want).Elem(), new(int64))
	w := codec{}
	w.state(want)
	r := codec{reading: true, b: w.b}
	r.state(got)
	if r.err != nil || len(r.b) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nof %+v,\nerror %v, %d bytes left over", got, want, r.err, len(r.b))
	}
}

// A state that ends anywhere but at its end is not read, whatever its checksum.
func TestEncodingEnds(t *testing.T) {
	state := new(stored)
	fillValue(reflect.ValueOf(state).Elem(), new(int64))
	w := codec{}
	w.state(state)
	for size := range w.b {
		r := codec{reading: true, b: w.b[:size]}
		if r.state(new(stored)); r.err == nil {
			t.Fatalf("%d of %d bytes were read", size, len(w.b))
		}
	}
}

// TestS03BitFlips: no bit can change without being noticed. Whether a digit of
// the checksum is a capital does not matter.
func TestS03BitFlips(t *testing.T) {
	want := hostileBase()
	good := encodeState(nil, want)
	for i := range 8 * len(good) {
		flipped := bytes.Clone(good)
		flipped[i/8] ^= 1 << (i % 8)
		if got, err := decodeState(flipped); err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("bit %d of byte %d: read %+v", i%8, i/8, got)
		}
	}
	_, body, err := openState(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeState(seal(stateVersion, append(body, 0))); err == nil {
		t.Error("a state with a byte more was read")
	}
}
