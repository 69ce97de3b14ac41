// Package dashboards makes the Grafana dashboards of the exporter: what an
// operator asks is said here as data, panel by panel, and one builder makes
// Grafana's classic JSON of it. So every panel has the same variables, colours
// and words, and a rule that holds for one holds for all. The JSON files beside
// this code are what users load; a test holds them to it.
package dashboards

// Dashboard is one dashboard as its author thinks of it.
type Dashboard struct {
	uid      string // stable: links and alerts use it
	title    string
	about    string
	shows    []string // which of the variables provider and vmta can be chosen; the others are carried along unseen
	sections []section
}

// All returns the dashboards in the order of their links.
func All() []Dashboard {
	return []Dashboard{overview(), providers(), queues(), bounces(), vmtas(), exporter()}
}

// File is the name of its JSON file.
func (d Dashboard) File() string { return d.uid + ".json" }

// section is a titled row of panels. Alerts link to panels by their ids, which
// are 100 times the section's number and on from there: a new panel goes to the
// end of its section, a new section to the end of its dashboard.
type section struct {
	title  string
	height int // of each panel, in Grafana's units of 38 pixels
	panels []panel
}

// panel is one panel, without what all panels of its kind have in common.
type panel struct {
	title   string
	about   string // the question that it answers, and what to make of it
	kind    kind
	width   int // of 24
	unit    string
	none    string // what is shown without data
	queries []query
	steps   []step // thresholds, from below; drawn where the kind can
	stacked bool
	bounded bool     // a ratio: from 0 to 1
	words   []word   // for values that are answers rather than figures
	labels  []string // of a table: its columns before those of the queries
	sortBy  string   // of a table: the column, largest first
	proof   Proof
}

// kind is Grafana's name of a kind of panel.
type kind string

const (
	stat       kind = "stat"
	timeSeries kind = "timeseries"
	table      kind = "table"
	heatMap    kind = "heatmap"
)

// query is one expression of a panel. TARGET, PROVIDER and VMTA in it stand for
// the matchers of the variables.
type query struct {
	expr   string
	legend string // of a line; of a table, the title of its column
	unit   string // of a table's column, where it is not the panel's
}

// step is a threshold: from this value on, the colour holds.
type step struct {
	from   float64
	colour string
}

// word replaces a value.
type word struct {
	value, text, colour string
}

// Proof says in which scenario of the simulator a panel has something to show,
// and that it then differs from a calm day. Where no scenario can do that, it
// says why.
type Proof struct {
	Scenario string `json:"scenario"`
	Same     string `json:"same,omitempty"`   // why it does not differ from a calm day
	NoData   string `json:"noData,omitempty"` // why there is nothing, or 0, on every day
}

// Two days are no scenarios of the simulator, but calm ones: one on which three
// times the mail is sent, and one on which the exporter has it hard because
// lists are cut, ceilings low, records broken and commits fail.
const (
	busy      = "busy"
	hardships = "hardships"
)

// Reasons why a panel is the same in an incident.
const (
	ownHealth = "no scenario touches the exporter itself"
	chance    = "how long a machine takes is chance"
)

// in is the proof by a scenario.
func in(scenario string) Proof { return Proof{Scenario: scenario} }

// Proofs returns the proof of each panel by dashboard and panel id.
func Proofs() map[string]map[int]Proof {
	all := map[string]map[int]Proof{}
	for _, d := range All() {
		all[d.uid] = map[int]Proof{}
		for s, section := range d.sections {
			for p, panel := range section.panels {
				all[d.uid][panelID(s, p)] = panel.proof
			}
		}
	}
	return all
}

// panelID is the id of a panel by its place. The section itself has the place
// -1.
func panelID(section, place int) int { return 100*(section+1) + place + 1 }
