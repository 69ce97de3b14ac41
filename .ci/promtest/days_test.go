package promtest

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// day is what a recording is of: a scenario of the simulator, and what is made
// harder for the exporter.
type day struct {
	scenario  string
	simulator []string                           // further flags
	exporter  []string                           // likewise
	trouble   func(dir, url string, n int) error // made before the nth scrape
}

// anotherCalm is a calm day with other mail. What differs from a calm day no
// more than this one does is chance.
const anotherCalm = "another calm day"

// days are the days of scenarios, the other calm one, one with three times the
// mail, and one on which the exporter has it hard: lists are cut, ceilings low,
// records broken.
func days(scenarios []string) map[string]day {
	all := map[string]day{
		anotherCalm: {scenario: "calm", simulator: []string{"--seed=2"}},
		"busy":      {scenario: "calm", simulator: []string{"--rate=180"}},
		"hardships": {
			scenario: "calm", simulator: []string{"--max-items=10", "--max-file-size=100K"}, exporter: []string{"--collector.queues.max-series=5", "--collector.domains.max-series=5"}, trouble: hardships,
		},
	}
	for _, s := range scenarios {
		if _, special := all[s]; !special {
			all[s] = day{scenario: s}
		}
	}
	return all
}

// hardships damages an accounting file of its own: each time a row too short,
// waste, and half a record at the end. Later the file is cut, the configuration
// is nonsense, and at last the state directory is gone.
func hardships(dir, url string, n int) error {
	path := filepath.Join(dir, "acct", "acct-damaged.csv")
	text := "\nd,short\n\x00\x00\x00\nd," + strings.Repeat("x", 50_000)
	if n == 0 {
		text = "type,timeLogged,orig,rcpt,vmta,queue" + text
	}
	errs := []error{appendTo(path, text)}
	switch n {
	case 6:
		errs = append(errs, os.Truncate(path, 40))
	case 9:
		errs = append(errs, os.WriteFile(filepath.Join(dir, configFile), []byte("nonsense: 1\n"), 0o600), reload(url))
	case 12:
		errs = append(errs, os.RemoveAll(filepath.Join(dir, "state")))
	}
	return errors.Join(errs...)
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// reload has the configuration read again. That it is refused is for the
// metrics to tell.
func reload(url string) error {
	response, err := http.Post(url+"/-/reload", "", nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
