package warmup

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v2"
)

//go:embed curves.yaml
var curvesYAML []byte

// Bounds of a curve: a year, and more than any one VirtualMTA sends.
const (
	maxDays   = 366
	maxNumber = 1_000_000_000
)

// Curve is how many recipients each day may have, as it is written: the name of
// a built-in one, a list of numbers, or what PowerMTA's configuration has after
// max-cold-virtual-mta-msg, such as 50/day,100/day.
type Curve struct {
	text    string
	numbers []uint64
}

// perDay ends each number of PowerMTA's list.
const perDay = "/day"

// UnmarshalYAML reads either form; what is wrong with a text shows later, when
// the line of the plan is known.
func (c *Curve) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&c.text) == nil {
		return nil
	}
	return unmarshal(&c.numbers)
}

// isPowerMTAs reports whether it is a list of PowerMTA's, which limits each
// domain by itself.
func (c Curve) isPowerMTAs() bool { return strings.Contains(c.text, perDay) }

// resolve returns the number for each day.
func (c Curve) resolve(builtIn []builtIn) ([]uint64, error) {
	numbers := c.numbers
	switch {
	case c.isPowerMTAs():
		var err error
		if numbers, err = parseList(c.text); err != nil {
			return nil, err
		}
	case c.text != "":
		return find(builtIn, c.text)
	}
	return numbers, checkNumbers(numbers)
}

// parseList reads a list of PowerMTA's.
func parseList(text string) ([]uint64, error) {
	var numbers []uint64
	for item := range strings.SplitSeq(text, ",") {
		digits, ok := strings.CutSuffix(strings.TrimSpace(item), perDay)
		n, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("curve: %q is no number per day: write a list such as 50/day,100/day", item)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// checkNumbers says what is wrong with the numbers of a curve.
func checkNumbers(numbers []uint64) error {
	if len(numbers) == 0 || len(numbers) > maxDays {
		return fmt.Errorf("curve: %d numbers: give a name, or 1 to %d numbers", len(numbers), maxDays)
	}
	for _, n := range numbers {
		if n > maxNumber {
			return fmt.Errorf("curve: %d recipients a day: give at most %d", n, maxNumber)
		}
	}
	if numbers[len(numbers)-1] == 0 {
		return errors.New("curve: the last number is 0 and would hold on: end with what is sent after the warm-up")
	}
	return nil
}

// builtIn is a curve of curves.yaml, whose head explains the keys.
type builtIn struct {
	Name    string   `yaml:"name"`
	Source  string   `yaml:"source"`
	Numbers []uint64 `yaml:"numbers"`
}

// builtIns reads the curves of this program.
func builtIns() ([]builtIn, error) {
	var file struct {
		Curves []builtIn `yaml:"curves"`
	}
	if err := yaml.UnmarshalStrict(curvesYAML, &file); err != nil {
		return nil, fmt.Errorf("parse curves: %w", err)
	}
	return file.Curves, nil
}

// find returns the numbers of a curve by its name.
func find(curves []builtIn, name string) ([]uint64, error) {
	var names []string
	for _, c := range curves {
		if c.Name == name {
			return c.Numbers, nil
		}
		names = append(names, c.Name)
	}
	return nil, fmt.Errorf("curve: unknown name %.40q: use one of %s, or list the numbers", name, strings.Join(names, ", "))
}

// cut makes no day have more than the target; 0 is for no target.
func cut(numbers []uint64, target uint64) []uint64 {
	if target == 0 {
		target = math.MaxUint64
	}
	short := make([]uint64, len(numbers))
	for i, n := range numbers {
		short[i] = min(n, target)
	}
	return short
}
