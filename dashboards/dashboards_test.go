package dashboards

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the dashboards anew")

// TestFilesAreCurrent holds the files to the code: the dashboards, and beside
// the test that asks Prometheus, on which day each panel has something to show.
func TestFilesAreCurrent(t *testing.T) {
	for _, d := range All() {
		want, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		current(t, d.File(), want)
	}
	want, err := json.MarshalIndent(Proofs(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	current(t, filepath.Join("..", ".ci", "promtest", "testdata", "proofs.json"), append(want, '\n'))
	files, _ := filepath.Glob("*.json")
	if got, want := len(files), len(All()); got != want {
		t.Errorf("%d files %q, want %d", got, files, want)
	}
}

func current(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from the code: run make golden", file)
	}
}

// The rest reads the files as Grafana does, and knows nothing of the code that
// made them.
type (
	grafanaDashboard struct {
		UID           string         `json:"uid"`
		Title         string         `json:"title"`
		Description   string         `json:"description"`
		Tags          []string       `json:"tags"`
		SchemaVersion int            `json:"schemaVersion"`
		Editable      bool           `json:"editable"`
		Refresh       string         `json:"refresh"`
		Panels        []grafanaPanel `json:"panels"`
		Links         []grafanaLink  `json:"links"`
		Templating    struct {
			List []grafanaVariable `json:"list"`
		} `json:"templating"`
		Annotations struct {
			List []struct {
				Name       string        `json:"name"`
				Datasource grafanaSource `json:"datasource"`
				Expr       string        `json:"expr"`
			} `json:"list"`
		} `json:"annotations"`
	}
	grafanaPanel struct {
		ID          int             `json:"id"`
		Type        string          `json:"type"`
		Title       string          `json:"title"`
		Description string          `json:"description"`
		Datasource  grafanaSource   `json:"datasource"`
		GridPos     grid            `json:"gridPos"`
		Targets     []grafanaTarget `json:"targets"`
		FieldConfig struct {
			Defaults struct {
				Unit       string `json:"unit"`
				NoValue    string `json:"noValue"`
				Thresholds struct {
					Steps []struct {
						Value *float64 `json:"value"`
						Color string   `json:"color"`
					} `json:"steps"`
				} `json:"thresholds"`
			} `json:"defaults"`
			Overrides []struct {
				Matcher    struct{ ID, Options string } `json:"matcher"`
				Properties []struct {
					ID    string          `json:"id"`
					Value json.RawMessage `json:"value"`
				} `json:"properties"`
			} `json:"overrides"`
		} `json:"fieldConfig"`
		Transformations []struct {
			Options struct {
				RenameByName map[string]string `json:"renameByName"`
			} `json:"options"`
		} `json:"transformations"`
	}
	grid          struct{ X, Y, W, H int }
	grafanaSource struct{ Type, UID string }
	grafanaTarget struct {
		RefID        string        `json:"refId"`
		Datasource   grafanaSource `json:"datasource"`
		Expr         string        `json:"expr"`
		LegendFormat string        `json:"legendFormat"`
		Format       string        `json:"format"`
		Instant      bool          `json:"instant"`
	}
	grafanaLink struct {
		Type        string   `json:"type"`
		Tags        []string `json:"tags"`
		IncludeVars bool     `json:"includeVars"`
		KeepTime    bool     `json:"keepTime"`
	}
	grafanaVariable struct {
		Name       string        `json:"name"`
		Type       string        `json:"type"`
		Definition string        `json:"definition"`
		Datasource grafanaSource `json:"datasource"`
		Multi      bool          `json:"multi"`
		IncludeAll bool          `json:"includeAll"`
		AllValue   string        `json:"allValue"`
		Refresh    int           `json:"refresh"`
	}
)

func load(t *testing.T) map[string]grafanaDashboard {
	t.Helper()
	all := map[string]grafanaDashboard{}
	files, err := filepath.Glob("*.json")
	if err != nil || len(files) != 6 {
		t.Fatalf("files %q, %v; want six", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d grafanaDashboard
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[file] = d
	}
	return all
}

// each calls a test for every panel that is no row.
func each(t *testing.T, test func(*testing.T, grafanaPanel)) {
	t.Helper()
	for _, d := range load(t) {
		for _, p := range d.Panels {
			if p.Type != "row" {
				t.Run(d.UID+"/"+p.Title, func(t *testing.T) { test(t, p) })
			}
		}
	}
}

func TestDashboards(t *testing.T) {
	for file, d := range load(t) {
		if d.UID+".json" != file || !regexp.MustCompile(`^pmta-[a-z]{5,20}$`).MatchString(d.UID) {
			t.Errorf("%s has the uid %q", file, d.UID)
		}
		if d.Title == "" || !strings.Contains(d.Description, ".") && !strings.Contains(d.Description, "?") || d.Refresh == "" {
			t.Errorf("%s: title %q, description %q, refresh %q", file, d.Title, d.Description, d.Refresh)
		}
		if d.SchemaVersion != 39 || d.Editable || !slices.Equal(d.Tags, []string{"powermta", "mail"}) {
			t.Errorf("%s: schema version %d, editable %v, tags %q", file, d.SchemaVersion, d.Editable, d.Tags)
		}
		if len(d.Links) != 1 || d.Links[0].Type != "dashboards" || !d.Links[0].IncludeVars || !d.Links[0].KeepTime ||
			!slices.Equal(d.Links[0].Tags, []string{"powermta"}) {
			t.Errorf("%s: links %+v, want one to all dashboards that keeps time and variables", file, d.Links)
		}
		var names []string
		for _, a := range d.Annotations.List[1:] {
			names = append(names, a.Name)
			if a.Datasource.UID != "${datasource}" || !strings.Contains(a.Expr, `job=~"$job",instance=~"$instance"`) {
				t.Errorf("%s: annotation %+v", file, a)
			}
		}
		if !slices.Equal(names, []string{"Restarts", "Backoff", "Alerts"}) {
			t.Errorf("%s: annotations %q", file, names)
		}
	}
}

// TestVariables wants the same five everywhere, or links would lose some.
func TestVariables(t *testing.T) {
	for file, d := range load(t) {
		var names []string
		for _, v := range d.Templating.List {
			names = append(names, v.Name)
			if v.Name == "datasource" {
				if v.Type != "datasource" {
					t.Errorf("%s: variable %+v", file, v)
				}
				continue
			}
			// Refresh 2: names are asked for anew when the time changes.
			if v.Type != "query" || !v.Multi || !v.IncludeAll || v.AllValue != ".+" || v.Refresh != 2 || v.Datasource.UID != "${datasource}" ||
				!strings.HasSuffix(v.Definition, ", "+v.Name+")") {
				t.Errorf("%s: variable %+v", file, v)
			}
		}
		if want := []string{"datasource", "job", "instance", "provider", "vmta"}; !slices.Equal(names, want) {
			t.Errorf("%s: variables %q, want %q", file, names, want)
		}
	}
}

// TestGrid wants panels side by side, none over another, none beyond the edge,
// and no gap that is not filled by a lower line.
func TestGrid(t *testing.T) {
	for file, d := range load(t) {
		ids, taken := map[int]bool{}, map[[2]int]string{}
		bottom := 0
		for _, p := range d.Panels {
			if ids[p.ID] || p.ID < 1 {
				t.Errorf("%s: id %d of %s is not unique", file, p.ID, p.Title)
			}
			ids[p.ID] = true
			g := p.GridPos
			if g.X < 0 || g.W < 3 || g.X+g.W > 24 || g.H < 1 {
				t.Errorf("%s: %s lies at %+v", file, p.Title, g)
			}
			for x := g.X; x < g.X+g.W; x++ {
				for y := g.Y; y < g.Y+g.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Fatalf("%s: %s lies over %s", file, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			bottom = max(bottom, g.Y+g.H)
		}
		if len(taken) != 24*bottom {
			t.Errorf("%s: %d of %d fields of the grid are used", file, len(taken), 24*bottom)
		}
	}
}

func TestPanels(t *testing.T) {
	each(t, func(t *testing.T, p grafanaPanel) {
		defaults := p.FieldConfig.Defaults
		if p.Title == "" || len(p.Description) < 20 || !strings.HasSuffix(p.Description, ".") {
			t.Errorf("description %q, want sentences", p.Description)
		}
		if defaults.Unit == "" || defaults.NoValue == "" || p.Datasource.UID != "${datasource}" {
			t.Errorf("unit %q, no value %q, data source %q", defaults.Unit, defaults.NoValue, p.Datasource.UID)
		}
		if len(defaults.Thresholds.Steps) == 0 || defaults.Thresholds.Steps[0].Value != nil {
			t.Errorf("thresholds %+v, want the lowest without a value", defaults.Thresholds.Steps)
		}
		for i, s := range defaults.Thresholds.Steps {
			if i > 1 && *s.Value <= *defaults.Thresholds.Steps[i-1].Value {
				t.Errorf("threshold %v is not above the one before", *s.Value)
			}
		}
		if p.Type == "stat" && len(defaults.Thresholds.Steps) < 2 {
			t.Error("a single figure without thresholds")
		}
		if !slices.Contains([]string{"stat", "timeseries", "table", "heatmap"}, p.Type) || len(p.Targets) == 0 {
			t.Errorf("type %q, %d queries", p.Type, len(p.Targets))
		}
	})
}

// openLabels have as many values as there are names.
var openLabels = regexp.MustCompile(`\b(provider|vmta|domain|source_ip|sender_domain|reason|category|family|record|event|instance|cause|delivery|protocol|feedback_type)\b`)

func TestQueries(t *testing.T) {
	each(t, func(t *testing.T, p grafanaPanel) {
		for i, q := range p.Targets {
			if want := string(rune('A' + i)); q.RefID != want || q.Datasource.UID != "${datasource}" {
				t.Errorf("refId %q, data source %q; want %q and the variable", q.RefID, q.Datasource.UID, want)
			}
			if q.Instant != (p.Type == "table") || (q.Format == "table") != q.Instant {
				t.Errorf("query %s: instant %v, format %q in a %s", q.RefID, q.Instant, q.Format, p.Type)
			}
			if strings.Contains(q.Expr, "rate(") && !strings.Contains(q.Expr, "[$__rate_interval]") {
				t.Errorf("a rate without $__rate_interval: %s", q.Expr)
			}
			if regexp.MustCompile(`TARGET|PROVIDER|VMTA`).MatchString(q.Expr) {
				t.Errorf("a word is left in %s", q.Expr)
			}
			if p.Type == "timeseries" && q.LegendFormat == "" {
				t.Errorf("query %s has no legend", q.RefID)
			}
			if p.Type == "timeseries" && openLabels.MatchString(q.LegendFormat) && !strings.Contains(q.Expr, "topk(10,") {
				t.Errorf("as many lines as there are names: %s", q.Expr)
			}
		}
		if p.Type == "table" {
			checkColumns(t, p)
		}
	})
}

// checkColumns wants a title for the values of every query.
func checkColumns(t *testing.T, p grafanaPanel) {
	t.Helper()
	if len(p.Transformations) != 2 {
		t.Fatalf("transformations %+v, want one table with columns in order", p.Transformations)
	}
	titles := p.Transformations[1].Options.RenameByName
	for _, q := range p.Targets {
		name := "Value #" + q.RefID
		if len(p.Targets) == 1 {
			name = "Value"
		}
		if titles[name] == "" {
			t.Errorf("column %q has no title in %v", name, titles)
		}
	}
}

// TestColoursMeanTheSame: people who cannot tell red from green, and those who
// look from afar, know a result by its colour.
func TestColoursMeanTheSame(t *testing.T) {
	want := map[string]string{"delivered": "#009E73", "deferred": "#E69F00", "soft": "#F0E442", "block": "#CC79A7", "hard": "#D55E00"}
	okabeIto := []string{"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"}
	each(t, func(t *testing.T, p grafanaPanel) {
		for _, s := range p.FieldConfig.Defaults.Thresholds.Steps {
			if !slices.Contains(okabeIto, s.Color) {
				t.Errorf("threshold of colour %q", s.Color)
			}
		}
		coloured := map[string]string{}
		for _, o := range p.FieldConfig.Overrides {
			for _, property := range o.Properties {
				if property.ID == "color" {
					var c struct{ Mode, FixedColor string }
					if err := json.Unmarshal(property.Value, &c); err != nil || c.Mode != "fixed" {
						t.Fatalf("colour of %s: %+v, %v", o.Matcher.Options, c, err)
					}
					coloured[o.Matcher.Options] = c.FixedColor
				}
			}
		}
		for name, c := range coloured {
			if !slices.Contains(okabeIto, c) || want[name] != "" && want[name] != c {
				t.Errorf("%s has the colour %s, want %s", name, c, want[name])
			}
		}
		for _, q := range p.Targets {
			if want[q.LegendFormat] != "" && coloured[q.LegendFormat] == "" {
				t.Errorf("%s has no colour of its own", q.LegendFormat)
			}
		}
	})
}
