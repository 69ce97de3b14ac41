package yamlline

import (
	"errors"
	"slices"
	"testing"

	"go.yaml.in/yaml/v2"
)

// place is a value that notes only where it stands.
type place int

func (p *place) UnmarshalYAML(unmarshal func(any) error) error {
	*p = place(Of(unmarshal))
	return nil
}

func TestOf(t *testing.T) {
	const document = `# a comment
places:
  - key: value

  -
    key: value
    other: value
  - {key: value}
  - 17
`
	var got struct {
		Places []place `yaml:"places"`
	}
	if err := yaml.UnmarshalStrict([]byte(document), &got); err != nil {
		t.Fatal(err)
	}
	if want := []place{3, 6, 8, 0}; !slices.Equal(got.Places, want) {
		t.Errorf("Of() = %v for the items of the document, want %v", got.Places, want)
	}
}

func TestOfOtherComplaints(t *testing.T) {
	for _, complaint := range []error{
		errors.New("line 7: not of the type"),
		&yaml.TypeError{},
		&yaml.TypeError{Errors: []string{"in line 7: cannot unmarshal"}},
	} {
		if got := Of(func(any) error { return complaint }); got != 0 {
			t.Errorf("Of() = %d for %v, want 0", got, complaint)
		}
	}
}
