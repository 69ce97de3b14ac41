package dashboards

import "slices"

// json renders the panel, but for its id and its place.
func (p panel) json() object {
	o := object{
		"type": string(p.kind), "title": p.title, "description": p.about, "datasource": source(), "targets": p.targets(),
		"transformations": []object{},
	}
	switch p.kind {
	case stat:
		o["options"], o["fieldConfig"] = statOptions(), p.fields(object{}, nil)
	case timeSeries:
		o["options"], o["fieldConfig"] = timeSeriesOptions(), p.fields(p.lines(), p.lineColours())
	case table:
		o["options"], o["fieldConfig"] = p.tableOptions(), p.fields(cells(), p.columnFields())
		o["transformations"] = p.tableColumns()
	case heatMap:
		o["options"], o["fieldConfig"] = heatMapOptions(p.unit), p.fields(object{"scaleDistribution": object{"type": "linear"}}, nil)
	}
	return o
}

// targets are the queries. Tables show the newest values only.
func (p panel) targets() []object {
	var all []object
	for i, q := range p.queries {
		t := object{
			"refId": refID(i), "datasource": source(), "editorMode": "code", "expr": expand(q.expr),
			"legendFormat": q.legend, "format": "time_series", "instant": false, "range": true,
		}
		switch p.kind {
		case table:
			t["format"], t["instant"], t["range"] = "table", true, false
		case heatMap:
			t["format"] = "heatmap"
		}
		all = append(all, t)
	}
	return all
}

// refID is Grafana's name of the query at a place.
func refID(place int) string { return string(rune('A' + place)) }

// fields is what is said of the values themselves.
func (p panel) fields(custom object, overrides []object) object {
	defaults := object{
		"unit": p.unit, "noValue": p.none, "custom": custom, "mappings": p.mappings(),
		"color": object{"mode": "palette-classic-by-name"}, "thresholds": object{"mode": "absolute", "steps": p.thresholds()},
	}
	if p.kind == stat {
		defaults["color"] = object{"mode": "thresholds"}
	}
	if p.bounded {
		defaults["min"], defaults["max"] = 0, 1
	}
	return object{"defaults": defaults, "overrides": slices.Concat([]object{}, overrides)}
}

// thresholds are Grafana's: the lowest has no value.
func (p panel) thresholds() []object {
	if len(p.steps) == 0 {
		return []object{{"value": nil, "color": blue}}
	}
	var all []object
	for i, s := range p.steps {
		o := object{"value": s.from, "color": s.colour}
		if i == 0 {
			o["value"] = nil
		}
		all = append(all, o)
	}
	return all
}

func (p panel) mappings() []object {
	all := []object{}
	for i, w := range p.words {
		result := object{"index": i, "text": w.text, "color": w.colour}
		all = append(all, object{"type": "value", "options": object{w.value: result}})
	}
	return all
}

func statOptions() object {
	return object{
		"colorMode": "background", "graphMode": "none", "justifyMode": "center", "orientation": "auto", "textMode": "value",
		"wideLayout": true, "reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
	}
}

func timeSeriesOptions() object {
	return object{
		"legend":  object{"displayMode": "table", "placement": "bottom", "showLegend": true, "calcs": []string{"lastNotNull", "max"}},
		"tooltip": object{"mode": "multi", "sort": "desc"},
	}
}

func (p panel) lines() object {
	custom := object{
		"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 2, "fillOpacity": 10, "showPoints": "never", "spanNulls": false,
		"stacking": object{"mode": "none", "group": "A"}, "thresholdsStyle": object{"mode": "off"}, "axisSoftMin": 0,
	}
	if p.stacked {
		custom["stacking"], custom["fillOpacity"], custom["lineWidth"] = object{"mode": "normal", "group": "A"}, 60, 1
	}
	if len(p.steps) > 0 {
		custom["thresholdsStyle"] = object{"mode": "dashed"}
	}
	return custom
}

// lineColours gives the words with a meaning their colour.
func (p panel) lineColours() []object {
	all := []object{}
	for _, q := range p.queries {
		for _, name := range names(q.legend) {
			if colour := meanings()[name]; colour != "" {
				all = append(all, fixedColour(name, colour))
			}
		}
	}
	return all
}

func cells() object {
	return object{"align": "auto", "filterable": true, "inspect": false, "cellOptions": object{"type": "auto"}}
}

func (p panel) tableOptions() object {
	sort := []object{}
	if p.sortBy != "" {
		sort = append(sort, object{"displayName": p.sortBy, "desc": true})
	}
	return object{
		"showHeader": true, "cellHeight": "sm", "sortBy": sort,
		"footer": object{"show": false, "reducer": []string{"sum"}, "countRows": false, "fields": ""},
	}
}

// columnFields gives columns their units and the words with a meaning their
// colour, and makes names lead to the dashboard that tells more.
func (p panel) columnFields() []object {
	all := []object{}
	for _, q := range p.queries {
		var properties []object
		if q.unit != "" {
			properties = append(properties, object{"id": "unit", "value": q.unit})
		}
		if colour := meanings()[q.legend]; colour != "" {
			properties = append(properties,
				object{"id": "color", "value": object{"mode": "fixed", "fixedColor": colour}},
				object{"id": "custom.cellOptions", "value": object{"type": "color-text"}})
		}
		if properties != nil {
			all = append(all, override(q.legend, properties...))
		}
	}
	for _, label := range p.labels {
		if uid := drillDowns()[label]; uid != "" {
			all = append(all, override(label, object{"id": "links", "value": []object{drillDown(uid, label)}}))
		}
	}
	return all
}

// drillDowns say which dashboard tells more about a name in a table.
func drillDowns() map[string]string {
	return map[string]string{"provider": "pmta-providers", "vmta": "pmta-vmtas"}
}

// drillDown leads to a dashboard with the time, the target and one name chosen.
func drillDown(uid, label string) object {
	return object{
		"title": "Show this " + label, "targetBlank": false,
		"url": "/d/" + uid + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-" + label + "=${__value.raw}",
	}
}

// tableColumns makes one table of the answers to all queries, with the columns
// in order and by their titles. Grafana calls the values of a lone query Value.
func (p panel) tableColumns() []object {
	order, titles := object{}, object{}
	for i, label := range p.labels {
		order[label] = i
	}
	for i, q := range p.queries {
		name := "Value #" + refID(i)
		if len(p.queries) == 1 {
			name = "Value"
		}
		order[name], titles[name] = len(p.labels)+i, q.legend
	}
	organize := object{"excludeByName": object{"Time": true}, "indexByName": order, "renameByName": titles}
	return []object{{"id": "merge", "options": object{}}, {"id": "organize", "options": organize}}
}

// heatMapOptions has a scale that is read without telling hues apart.
func heatMapOptions(unit string) object {
	return object{
		"calculate": false, "cellGap": 1, "filterValues": object{"le": 1e-9}, "rowsFrame": object{"layout": "auto"},
		"color":     object{"mode": "scheme", "scheme": "Cividis", "steps": 64, "reverse": false, "exponent": 0.5, "fill": blue, "scale": "exponential"},
		"yAxis":     object{"unit": unit, "axisPlacement": "left", "reverse": false},
		"legend":    object{"show": true},
		"tooltip":   object{"mode": "single", "yHistogram": true, "showColorScale": true},
		"exemplars": object{"color": vermillion},
	}
}
