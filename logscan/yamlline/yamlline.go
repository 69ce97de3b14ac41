// Package yamlline tells where in a document a value stands, for errors about
// values that are valid YAML and yet wrong.
package yamlline

import (
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v2"
)

// Of returns the line on which a mapping begins, for the function that its
// UnmarshalYAML is given; 0 where that cannot be told. The library tells a line
// only in its complaints, so it is asked for something that no mapping is.
func Of(unmarshal func(any) error) int {
	var complaint *yaml.TypeError
	if !errors.As(unmarshal(new(int)), &complaint) || len(complaint.Errors) == 0 {
		return 0
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(complaint.Errors[0], "line "), ":")
	line, err := strconv.Atoi(number)
	if err != nil {
		return 0 // the library words it otherwise
	}
	return line
}
