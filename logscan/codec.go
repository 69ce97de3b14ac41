package logscan

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// codec writes a state or reads one. Each of its methods does one value, in
// the direction of the codec: a list of such calls is encoder and decoder at
// once, so the two cannot drift apart.
//
// Numbers are varints as in encoding/binary. Texts and lists have their length
// before them. Memory is taken for what was read, never for a length that is
// only claimed.
//
// It is not encoding/gob, which for 60,000 series takes three times as long and
// 10 MB of memory, see BenchmarkEncode, and believes the lengths of maps.
type codec struct {
	reading bool
	version int    // of the state that is read; 0 for the present one
	b       []byte // what was written, or what is left to read
	err     error  // after the first there is nothing left to read
}

var errCutOff = errors.New("it ends too early")

// knows reports whether the state has what a version added.
func (c *codec) knows(version int) bool { return c.version == 0 || c.version >= version }

func (c *codec) fail() { c.b, c.err = nil, errCutOff }

func (c *codec) uint(v *uint64) {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, *v)
		return
	}
	value, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.fail()
		return
	}
	*v, c.b = value, c.b[size:]
}

func (c *codec) int(v *int64) {
	value := uint64(*v)<<1 ^ uint64(*v>>63) // small numbers of either sign are short
	c.uint(&value)
	*v = int64(value>>1) ^ -int64(value&1)
}

func (c *codec) size(v *int) {
	value := int64(*v)
	c.int(&value)
	*v = int(value)
}

func (c *codec) byte(v *uint8) {
	value := uint64(*v)
	c.uint(&value)
	*v = uint8(value)
}

func (c *codec) bool(v *bool) {
	value := uint64(0)
	if *v {
		value = 1
	}
	c.uint(&value)
	*v = value != 0
}

func (c *codec) float(v *float64) {
	value := math.Float64bits(*v)
	c.uint(&value)
	*v = math.Float64frombits(value)
}

func (c *codec) time(v *time.Time) {
	value := v.UnixNano()
	c.int(&value)
	*v = time.Unix(0, value)
}

// length does the number of the elements to follow. Each takes one byte at
// least, so that more than there are bytes left is a lie.
func (c *codec) length(n int) int {
	value := uint64(n)
	c.uint(&value)
	if c.reading && value > uint64(len(c.b)) {
		c.fail()
		return 0
	}
	return int(value)
}

// text does a label, a path or a line.
func text[T ~string | ~[]byte](c *codec, v *T) {
	n := c.length(len(*v))
	if !c.reading {
		c.b = append(c.b, *v...)
		return
	}
	*v, c.b = T(string(c.b[:n])), c.b[n:]
}

// list does all elements, each by the same method.
func list[T any](c *codec, all *[]T, one func(*codec, *T)) {
	for i := range c.length(len(*all)) {
		if c.err != nil {
			return
		}
		if c.reading {
			*all = append(*all, *new(T))
		}
		one(c, &(*all)[i])
	}
}

// buckets does counts by number, in order.
func (c *codec) buckets(v *map[int]uint64) {
	numbers := slices.Sorted(maps.Keys(*v))
	list(c, &numbers, (*codec).size)
	if c.reading {
		*v = make(map[int]uint64, len(numbers))
	}
	for _, number := range numbers {
		n := (*v)[number]
		c.uint(&n)
		(*v)[number] = n
	}
}
