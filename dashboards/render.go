package dashboards

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a piece of Grafana's JSON. Its keys are written in order, so that
// the same dashboard always gives the same bytes.
type object map[string]any

// columns is the width of Grafana's grid.
const columns = 24

// JSON renders the dashboard in Grafana's classic schema, version 39, which
// every Grafana from 11 on loads.
func (d Dashboard) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // comparisons stay readable
	e.SetIndent("", "  ")
	err := e.Encode(object{
		"uid": d.uid, "title": d.title, "description": d.about, "tags": []string{"powermta", "mail"},
		"schemaVersion": 39, "version": 1, "editable": false, "graphTooltip": 1, // one crosshair for all panels
		"time": object{"from": "now-6h", "to": "now"}, "refresh": "1m", "timezone": "browser",
		"templating": object{"list": d.variables()}, "annotations": object{"list": annotations()},
		"links": links(), "panels": d.panels(),
	})
	return b.Bytes(), err
}

// panels lays the panels out from left to right, in lines that are as high as
// their section says.
func (d Dashboard) panels() []object {
	var all []object
	x, y := 0, 0
	place := func(width, height int) object {
		if x+width > columns {
			x, y = 0, y+height
		}
		x += width
		return object{"x": x - width, "y": y, "w": width, "h": height}
	}
	for i, s := range d.sections {
		row := object{"id": panelID(i, -1), "type": "row", "title": s.title, "collapsed": false, "panels": []object{}}
		row["gridPos"] = place(columns, 1)
		all = append(all, row)
		x, y = 0, y+1
		for j, p := range s.panels {
			o := p.json()
			o["id"], o["gridPos"] = panelID(i, j), place(p.width, s.height)
			all = append(all, o)
		}
		x, y = 0, y+s.height
	}
	return all
}

// source is the data source that the variable names.
func source() object { return object{"type": "prometheus", "uid": "${datasource}"} }

// links lead to the other dashboards with the same time and variables.
func links() []object {
	return []object{{
		"type": "dashboards", "title": "PowerMTA", "tags": []string{"powermta"}, "asDropdown": false, "includeVars": true,
		"keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
	}}
}

// variables are the same everywhere, so that links can carry them on.
func (d Dashboard) variables() []object {
	all := []object{{
		"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1, "hide": 0,
		"multi": false, "includeAll": false, "regex": "", "options": []object{}, "current": object{},
	}}
	mail := `{__name__=~"pmta_outcomes_total|pmta_queued_recipients",TARGET}`
	for _, v := range []struct{ name, label, series string }{
		{"job", "Job", "pmta_up"},
		{"instance", "Instance", `pmta_up{job=~"$job"}`},
		{"provider", "Provider", mail},
		{"vmta", "VirtualMTA", mail},
	} {
		hide := 0
		if (v.name == "provider" || v.name == "vmta") && !slices.Contains(d.shows, v.name) {
			hide = 2
		}
		values := "label_values(" + expand(v.series) + ", " + v.name + ")"
		all = append(all, object{
			"name": v.name, "label": v.label, "type": "query", "datasource": source(), "hide": hide,
			"definition": values, "query": object{"query": values, "refId": "variable", "qryType": 1},
			"refresh": 2, "sort": 1, "multi": true, "includeAll": true, "allValue": ".+", "regex": "", "options": []object{},
			"current": object{"selected": true, "text": []string{"All"}, "value": []string{"$__all"}},
		})
	}
	return all
}

// annotations mark on every graph what explains a change of it. Their windows
// are fixed, because they find an instant, not a rate.
func annotations() []object {
	all := []object{{
		"name": "Annotations & Alerts", "type": "dashboard", "builtIn": 1, "enable": true, "hide": true, "iconColor": blue,
		"datasource": object{"type": "grafana", "uid": "-- Grafana --"},
	}}
	const backoff = "sum by (job, instance, vmta) (pmta_vmta_backoff_queues{TARGET,VMTA})"
	before := strings.ReplaceAll(backoff, "}", "} offset 2m")
	for _, a := range []struct{ name, colour, expr, title string }{
		{"Restarts", blue, "resets(pmta_uptime_seconds{TARGET}[2m]) > 0", "PowerMTA restarted on {{instance}}"},
		{"Backoff", orange, backoff + " > 0 unless " + before + " > 0", "{{vmta}} goes into backoff mode"},
		{"Alerts", vermillion, `ALERTS{TARGET,alertstate="firing"}`, "{{alertname}}"},
	} {
		all = append(all, object{
			"name": a.name, "datasource": source(), "enable": true, "hide": false, "iconColor": a.colour,
			"expr": expand(a.expr), "step": "30s", "titleFormat": a.title, "textFormat": "{{job}} {{instance}} {{provider}}",
			"useValueForTime": false,
		})
	}
	return all
}
