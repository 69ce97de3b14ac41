package dashboards

import "strings"

// The colours of Okabe and Ito, which people with any kind of colour vision can
// tell apart.
const (
	orange     = "#E69F00"
	skyBlue    = "#56B4E9"
	green      = "#009E73"
	yellow     = "#F0E442"
	blue       = "#0072B2"
	vermillion = "#D55E00"
	purple     = "#CC79A7"
	grey       = "#999999"
)

// meanings are the words whose colour is the same on every dashboard. Names
// that are not known before, such as those of VirtualMTAs, get the colour that
// Grafana makes of the name; it is the same everywhere too.
func meanings() map[string]string {
	return map[string]string{
		"delivered": green, "deferred": orange, "soft": yellow, "block": purple, "hard": vermillion, "deleted": grey,
		"active": blue, "ready": skyBlue, "paused": grey,
		"in": skyBlue, "out": blue, "normal": blue, "backoff": orange, "other": grey,
		"transient": orange, "permanent": vermillion,
		"p50": skyBlue, "p95": blue, "p99": purple,
		"info": skyBlue, "warning": orange, "error": vermillion, "fatal": purple,
	}
}

// names are what a legend may become, as far as it is known before: itself, or
// the values of its label.
func names(legend string) []string {
	label, isLabel := strings.CutPrefix(legend, "{{")
	if !isLabel {
		return []string{legend}
	}
	switch label, _, _ = strings.Cut(label, "}}"); label {
	case "state":
		return []string{"active", "ready", "deferred", "paused"}
	case "mode":
		return []string{"normal", "backoff", "other"}
	case "class":
		return []string{"hard", "block", "soft"}
	case "level":
		return []string{"info", "warning", "error", "fatal", "other"}
	default:
		return []string{"other"}
	}
}

// fixedColour gives a series its colour.
func fixedColour(name, colour string) object {
	return override(name, object{"id": "color", "value": object{"mode": "fixed", "fixedColor": colour}})
}

// override changes fields of one name.
func override(name string, properties ...object) object {
	return object{"matcher": object{"id": "byName", "options": name}, "properties": properties}
}

// worse are thresholds of what should be small: orange from one value on,
// vermillion from the other.
func worse(warning, critical float64) []step {
	return []step{{0, green}, {warning, orange}, {critical, vermillion}}
}

// better are thresholds of what should be large.
func better(critical, warning float64) []step {
	return []step{{0, vermillion}, {critical, orange}, {warning, green}}
}

// yesNo are the words of a figure that should be 1.
func yesNo(yes, no string) []word {
	return []word{{"0", no, vermillion}, {"1", yes, green}}
}
