package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestBrowser opens the page at / in the browser that BROWSER names, and keeps a
// picture of it in BROWSER_PICTURES for somebody to look at: make test-browser.
func TestBrowser(t *testing.T) {
	browser := os.Getenv("BROWSER")
	if browser == "" {
		t.Skip("set BROWSER to a Chromium")
	}
	s := pmtatest.NewServer(pmtatest.WithState(office()))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "acct.csv")
	if err := os.WriteFile(file, []byte(allColumns+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, _ := inProcess(t, "--pmta.uri="+s.URL, "--scan.accounting="+file)
	scrape(t, root+"/metrics")
	for name, size := range map[string]string{"wide": "1280,800", "narrow": "420,800"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		picture := filepath.Join(os.Getenv("BROWSER_PICTURES"), "overview-"+name+".png")
		out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(), "--enable-logging=stderr", "--window-size="+size,
			"--screenshot="+picture, root+"/").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "CONSOLE") || strings.Contains(line, "Refused to") {
				t.Errorf("the browser complains: %s", line)
			}
		}
		if info, err := os.Stat(picture); err != nil || info.Size() < 5000 {
			t.Errorf("no picture of the %s page: %v", name, err)
		}
	}
}
