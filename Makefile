# pmta_exporter. The targets that a newcomer wants are run and test; see README.md.
GO       ?= go
SCENARIO ?= calm
LISTEN   ?= 127.0.0.1:10587
DIR      ?= .run
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(CURDIR)/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION := $(shell git rev-parse --verify --quiet HEAD || echo unknown)
BRANCH   := $(shell git symbolic-ref --short --quiet HEAD || echo unknown)
DATE     := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
PKG      := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(PKG).Version=$(VERSION) -X $(PKG).Revision=$(REVISION) \
            -X $(PKG).Branch=$(BRANCH) -X $(PKG).BuildDate=$(DATE)
# Does something in the exporter's module, in that of the tests that need Prometheus, and in that of the comparisons.
each = for m in . .ci/promtest .ci/peers; do (cd $$m && $(1)) || exit 1; done
.PHONY: all build run test test-kill test-model test-rotation test-memory test-browser soak golden screenshots lint fmt tools check-rules bench bench-peers fuzz clean
all: build lint test check-rules
# The exporter and the simulated PowerMTA, which is never part of the exporter.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ . ./pmtaclient/pmtasim
# The exporter against the simulated PowerMTA, which writes accounting files and a text log live. Ctrl-C ends both. Scenarios:
# bin/pmtasim --list-scenarios. A second one at the same time needs LISTEN and DIR.
run: build
	@exec bin/pmtasim --dir=$(DIR) --clean --scenario=$(SCENARIO) --free-address=$(LISTEN) -- \
		bin/pmta_exporter --web.listen-address=$(LISTEN) --scan.from=start
# Every test; Prometheus then computes from what the kill loop's scraper saw.
# The others are long runs of tests of which this does little or nothing.
test test-kill: export KILL_SAMPLES := $(CURDIR)/bin/kill-samples
test:
	rm -rf $$KILL_SAMPLES
	$(GO) test -race -shuffle=on ./...
	cd .ci/promtest && $(GO) test -count=1 -shuffle=on ./...
test-kill:
	rm -rf $$KILL_SAMPLES
	KILLS=$(or $(KILLS),1000) $(GO) test -count=1 -timeout 60m -v -run TestS01KillLoop .
	cd .ci/promtest && $(GO) test -count=1 -v -run TestS01 ./...
test-model:
	MODEL=$(or $(MODEL),100000) $(GO) test -count=1 -timeout 180m -v -run TestP1P4Model ./logscan
test-rotation:
	RECORDS=$(or $(RECORDS),10000000) $(GO) test -count=1 -timeout 60m -v -run TestRotationRig ./logscan
test-memory:
	MEMORY_BYTES=$(or $(MEMORY_BYTES),10737418240) $(GO) test -count=1 -timeout 60m -v -run TestL6FlatMemory ./logscan
soak:
	SOAK=$(or $(SOAK),30m) $(GO) test -count=1 -timeout 90m -v -run TestM12Soak .
# Pictures to look at: the page at / in Debian's chromium; the dashboards in a Grafana of your own, GRAFANA_HOME=/usr/share/grafana.
test-browser:
	mkdir -p bin/pictures && BROWSER=$(or $(BROWSER),chromium) BROWSER_PICTURES=$(CURDIR)/bin/pictures $(GO) test -count=1 -run TestBrowser .
screenshots: build
	@dashboards/screenshots.sh
# Write the golden files, docs/metrics.md, docs/bounces.md and the dashboards anew; read the difference like code.
golden:
	$(GO) test . ./collector ./dashboards -update
lint: $(GOLANGCI_LINT)
	@$(call each,$(GOLANGCI_LINT) run ./... && $(GO) mod tidy -diff && $(GO) mod verify)
fmt: $(GOLANGCI_LINT)
	@$(call each,$(GOLANGCI_LINT) fmt ./...)
# What lint, fmt and check-rules need, built from source and pinned.
tools: $(GOLANGCI_LINT) bin/promtool
$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_LINT_VERSION) from source into bin/"
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv bin/golangci-lint $@
# Speed. bench-peers compares with mtail, mawk and wc, where they are installed, and with two programs of .ci/peers.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	SCAN_LOAD=1 $(GO) test -count=1 -v -run TestS4ScanningGoesOn ./collector
bench-peers:
	cd .ci/peers && $(GO) run .
bin/promtool: .ci/tools/go.sum
	@echo "building promtool and amtool from source into bin/, as .ci/tools/go.mod pins them"
	cd .ci/tools && $(GO) build -tags remove_all_sd -o ../../bin/ tool
# What the tools of Prometheus and Alertmanager say of alerts/.
check-rules: bin/promtool
	.ci/check-rules
fuzz:
	@GO=$(GO) FUZZTIME=$(or $(FUZZTIME),60s) .ci/fuzz
clean:
	rm -rf bin .run
