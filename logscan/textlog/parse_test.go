package textlog

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// userRows decodes rows as they stand in a configuration file.
func userRows(t *testing.T, text string) ([]Row, error) {
	t.Helper()
	var config struct {
		Rows []Row `yaml:"log_patterns"`
	}
	err := yaml.UnmarshalStrict([]byte(text), &config)
	return config.Rows, err
}

const goodRow = `# a comment
log_patterns:
  - event: disk_full
    level: fatal
    words: [volume, overflow]
    source: our log of 2026-11-20
    grade: A
    examples: ["2026-11-20 12:00:00 volume overflow"]
`

func extended(t *testing.T, text string) *Catalogue {
	t.Helper()
	rows, err := userRows(t, text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Extended(rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExtendedAsksRowsOfTheUserFirst(t *testing.T) {
	const line = "2026-11-20 12:00:00 Startup error: volume overflow"
	if _, event := defaultCatalogue(t).Classify([]byte(line)); event != "config_error" {
		t.Fatalf("Classify(%q) = %q without rows of the user, want config_error", line, event)
	}
	if _, event := extended(t, goodRow).Classify([]byte(line)); event != "disk_full" {
		t.Errorf("Classify(%q) = %q, want disk_full", line, event)
	}
}

func TestExtendedTakesExamplesAway(t *testing.T) {
	c := extended(t, strings.Replace(goodRow, "[volume, overflow]", "[volume|startup]", 1))
	const line = "2018-07-03 18:05:37 Startup error: No logging file specified"
	if _, event := c.Classify([]byte(line)); event != "disk_full" {
		t.Errorf("Classify(%q) = %q, want disk_full", line, event)
	}
}

func TestExtendedKnowsEventsOfTheUser(t *testing.T) {
	c := extended(t, strings.Replace(goodRow, "disk_full", "house_on_fire", 1))
	if _, event := c.Classify([]byte("volume overflow")); event != "house_on_fire" {
		t.Errorf(`Classify("volume overflow") = %q, want house_on_fire`, event)
	}
	events := c.Events()
	if want := len(defaultCatalogue(t).Events()) + 1; len(events) != want || events[0] != "house_on_fire" {
		t.Errorf("Events() = %q, want house_on_fire and all others", events)
	}
}

func TestExtendedSilencesLines(t *testing.T) {
	c := extended(t, strings.Replace(goodRow, "event: disk_full", "event: none", 1))
	const line = "2026-11-23 12:00:00 Error: volume overflow"
	if level, event := c.Classify([]byte(line)); level != Error || event != None {
		t.Errorf("Classify(%q) = %q, %q, want error and no event", line, level, event)
	}
	if got, want := len(c.Events()), len(defaultCatalogue(t).Events()); got != want {
		t.Errorf("%d events, want %d as before", got, want)
	}
}

func TestLongestWord(t *testing.T) {
	word := strings.Repeat("v", maxWord)
	c := extended(t, strings.ReplaceAll(goodRow, "volume", word))
	if _, event := c.Classify([]byte(word + " overflow")); event != "disk_full" {
		t.Errorf("Classify with a word of %d letters = %q, want disk_full", maxWord, event)
	}
}

func TestRowWithoutEvent(t *testing.T) {
	c := extended(t, strings.Replace(goodRow, "event: disk_full\n    ", "", 1))
	if level, event := c.Classify([]byte("volume overflow")); level != Fatal || event != EventFatal {
		t.Errorf(`Classify("volume overflow") = %q, %q, want fatal, fatal`, level, event)
	}
}

func TestBadRows(t *testing.T) {
	for _, tc := range []struct{ mistake, old, new, want string }{
		{"event", "disk_full", "Disk Full", "bad event: use 1 to 64"},
		{"event that follows from the level", "disk_full", "error", "the event follows from the level: give the level and leave the event out"},
		{"level", "level: fatal", "level: debug", `unknown level "debug": use info, warning, error or fatal`},
		{"level that only lines have", "level: fatal", "level: other", `unknown level "other"`},
		{"no words", "[volume, overflow]", "[]", "no words: list those that a line must have"},
		{"upper case", "[volume, overflow]", "[Volume]", `bad word "Volume"`},
		{"several words in one", "[volume, overflow]", "[volume overflow]", `bad word "volume overflow"`},
		{"empty alternative", "[volume, overflow]", "[volume|]", `bad word ""`},
		{"word with an end that no word has", "[volume, overflow]", "[volume.]", `bad word "volume."`},
		{"long word", "[volume, overflow]", "[" + strings.Repeat("v", maxWord+1) + "]", "bad word"},
		{"no source", "our log of 2026-11-20", `""`, "no source: say who has seen such a line"},
		{"grade", "grade: A", "grade: a", `unknown grade "a": use A`},
		{"no examples", `["2026-11-20 12:00:00 volume overflow"]`, "[]", "no examples: add a line"},
		{"example without a word", `volume overflow"]`, `volume flow"]`, "does not reach this row first: move the row up or correct the example"},
		{"example that is quoted", `2026-11-20 12:00:00 volume overflow`, `\"volume overflow\"`, "does not reach this row first"},
		{"example that others wrote", `2026-11-20 12:00:00 volume overflow`, `>>> volume overflow`, "does not reach this row first"},
	} {
		t.Run(tc.mistake, func(t *testing.T) {
			rows, err := userRows(t, strings.Replace(goodRow, tc.old, tc.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Extended(rows)
			if err == nil || !strings.HasPrefix(err.Error(), "line 3: log pattern of event ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Extended error = %v, want one about line 3 with %q", err, tc.want)
			}
		})
	}
}

// TestRowNamesItsLine is what an operator with a long file wants to know.
func TestRowNamesItsLine(t *testing.T) {
	second := strings.TrimPrefix(goodRow, "# a comment\nlog_patterns:\n")
	rows, err := userRows(t, goodRow+"\n\n"+second)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Extended(rows)
	if want := "line 11: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Extended error = %v, want one that begins with %q, where the same row stands again", err, want)
	}
}

func TestRowsOfWrongForm(t *testing.T) {
	for _, tc := range []struct{ mistake, old, new, want string }{
		{"unknown key", "grade: A", "grad: A", "line 7: field grad not found"},
		{"text for a list", "[volume, overflow]", "volume", "line 5: cannot unmarshal"},
		{"not a row", "event: disk_full\n", "7\n", "yaml"},
	} {
		if _, err := userRows(t, strings.Replace(goodRow, tc.old, tc.new, 1)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error = %v, want one with %q", tc.mistake, err, tc.want)
		}
	}
}

func TestTooManyGroups(t *testing.T) {
	row := Row{Event: "x", Level: Info, Source: "x", Grade: "A", Examples: []string{"0 1"}}
	for i := range maxGroups + 1 {
		row.Words = append(row.Words, fmt.Sprint(i))
	}
	if _, err := Extended([]Row{row}); err == nil || !strings.Contains(err.Error(), "more than 1024 different groups of words: drop rows") {
		t.Errorf("Extended error = %v, want one about too many groups", err)
	}
	row.Words = row.Words[:maxGroups]
	if _, err := Extended([]Row{row}); err == nil || strings.Contains(err.Error(), "groups") {
		t.Errorf("Extended error = %v, want one about the example", err)
	}
}
