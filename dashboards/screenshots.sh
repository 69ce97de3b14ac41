#!/bin/sh
# Photographs every dashboard on a calm day and in an incident: the simulated PowerMTA, the exporter and Prometheus run until there is
# something to see, and a headless Chromium opens each dashboard in a Grafana that is provisioned as README.md says.
set -eu
cd "$(dirname "$0")/.."

for need in prometheus chromium curl; do
	command -v "$need" >/dev/null || { echo "screenshots: needs $need on the PATH" >&2; exit 1; }
done
if [ ! -x "${GRAFANA_HOME:-}/bin/grafana" ]; then
	echo "screenshots: needs Grafana 11 or newer: GRAFANA_HOME=DIR make screenshots, where DIR/bin/grafana is the program" >&2
	exit 1
fi

work=$(mktemp -d)
pids=
stop() {
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	wait
	pids=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# until_answered URL: waits at most a minute.
until_answered() {
	curl --silent --fail --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused --retry-all-errors "$1"
}

# The demo's configuration, for programs that all run here.
sed -e "s/powermta:10587/127.0.0.1:10597/; s/alertmanager:9093/127.0.0.1:9/; s|alerts/|$PWD/alerts/|" dashboards/demo/prometheus.yml >"$work/prometheus.yml"
mkdir -p dashboards/img

for scenario in calm gmail-block; do
	bin/pmtasim --dir="$work/$scenario" --scenario="$scenario" -- \
		bin/pmta_exporter --web.listen-address=127.0.0.1:10597 --scan.from=start >"$work/$scenario.log" 2>&1 &
	pids="$pids $!"
	prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/$scenario-data" --web.listen-address=127.0.0.1:9097 \
		>"$work/prometheus.log" 2>&1 &
	pids="$pids $!"
	PROMETHEUS_URL=http://127.0.0.1:9097 PMTA_DASHBOARDS=$PWD/dashboards "$GRAFANA_HOME/bin/grafana" server --homepath "$GRAFANA_HOME" \
		cfg:paths.data="$work/grafana" cfg:paths.provisioning="$PWD/dashboards/provisioning" cfg:server.http_port=3097 \
		cfg:auth.anonymous.enabled=true >"$work/grafana.log" 2>&1 &
	pids="$pids $!"
	until_answered http://127.0.0.1:10597/-/ready
	until_answered http://127.0.0.1:9097/-/ready
	until_answered http://127.0.0.1:3097/api/health
	echo "screenshots: $scenario runs for ${MINUTES:=15} minutes"
	sleep $((MINUTES * 60))
	for file in dashboards/pmta-*.json; do
		uid=$(basename "$file" .json)
		chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/chromium" --window-size=1600,2400 \
			--virtual-time-budget=30000 --screenshot="$PWD/dashboards/img/$uid-$scenario.png" \
			"http://127.0.0.1:3097/d/$uid?kiosk&from=now-${MINUTES}m&to=now" >"$work/chromium.log" 2>&1
	done
	stop
done
find dashboards/img -name '*.png' -size +300k -exec echo "screenshots: larger than 300 KB:" {} \;
