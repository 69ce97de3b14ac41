package collector

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
)

//go:embed overview.html
var overviewHTML string

// Link is a page of the exporter.
type Link struct{ Path, Text string }

// overviewPage is what the template shows. All text in it that others wrote is
// a label already, and is escaped once more.
type overviewPage struct {
	Overview
	Age     time.Duration
	Uptime  time.Duration // 0 for unknown
	Metrics string        // path
	Links   []Link
	Version string
}

// OverviewHandler serves the last scrape for people to read: self-contained,
// and asking nobody anything. The version is the exporter's; the first link is
// that of the metrics.
func (e *Exporter) OverviewHandler(version string, links []Link) (http.Handler, error) {
	page, err := template.New("overview").Funcs(template.FuncMap{
		"label": logscan.Label, "count": countText, "share": shareText, "clock": clockText,
	}).Parse(overviewHTML)
	if err != nil {
		return nil, fmt.Errorf("overview page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		p := overviewPage{Overview: e.Overview(), Metrics: links[0].Path, Links: links, Version: version}
		p.Age = max(time.Since(p.At), 0).Round(time.Second)
		if p.Status != nil {
			if uptime, ok := p.Status.Uptime(); ok {
				p.Uptime = uptime.Round(time.Second)
			}
		}
		var body bytes.Buffer
		if err := page.Execute(&body, p); err != nil {
			http.Error(w, "the overview cannot be shown; the metrics can", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		_, _ = body.WriteTo(w) // the client may have left
	}), nil
}

// countText writes a number of recipients with spaces between thousands.
func countText(n float64) string {
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// shareText writes a part in percent of the whole.
func shareText(part, whole uint64) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

func clockText(t time.Time) string { return t.Format("15:04 MST") }
