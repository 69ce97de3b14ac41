package dashboards

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

// compose is what is read of the demo's file.
type compose struct {
	Services map[string]struct {
		Environment map[string]string `yaml:"environment"`
		Volumes     []string          `yaml:"volumes"`
		Ports       []string          `yaml:"ports"`
	} `yaml:"services"`
}

// TestDemo holds the demo to the files that it mounts, and Grafana's
// provisioning to the variables that it is given.
func TestDemo(t *testing.T) {
	var c compose
	readYAML(t, filepath.Join("demo", "compose.yml"), &c)
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			path, _, _ := strings.Cut(v, ":")
			if _, err := os.Stat(filepath.Join("demo", path)); err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
	}
	var targets []string
	prometheus, err := os.ReadFile(filepath.Join("demo", "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range regexp.MustCompile(`\['(\w+):\d+'\]`).FindAllStringSubmatch(string(prometheus), -1) {
		targets = append(targets, target[1])
		if _, ok := c.Services[target[1]]; !ok {
			t.Errorf("prometheus.yml names %s, which is no service", target[1])
		}
	}
	if !slices.Equal(targets, []string{"powermta", "alertmanager"}) {
		t.Errorf("prometheus.yml names %q", targets)
	}
	for _, file := range []string{"datasources/prometheus.yml", "dashboards/powermta.yml"} {
		checkProvisioning(t, file, c.Services["grafana"].Environment)
	}
}

// checkProvisioning wants every variable of a file in Grafana's environment.
func checkProvisioning(t *testing.T, file string, environment map[string]string) {
	t.Helper()
	path := filepath.Join("provisioning", filepath.FromSlash(file))
	var content struct {
		APIVersion int `yaml:"apiVersion"`
	}
	readYAML(t, path, &content)
	if content.APIVersion != 1 {
		t.Errorf("%s: apiVersion %d, want 1", file, content.APIVersion)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	variables := regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(string(text), -1)
	if len(variables) != 1 {
		t.Errorf("%s has variables %q, want one", file, variables)
	}
	for _, v := range variables {
		if environment[v[1]] == "" {
			t.Errorf("%s uses %s, which the demo does not give to Grafana", file, v[1])
		}
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
