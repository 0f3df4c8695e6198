# Every task of the repository. `make run` and `make test` need nothing but Swift 6.3, git and make on Debian 12 or Ubuntu:
# what else is missing they install, and say so.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

BUILD := .build
RELEASE := $(BUILD)/release/perigee
DEBUG := $(BUILD)/debug/perigee
VENV := .venv
PYTHON := $(VENV)/bin/python
IMPORTS := --explicit-target-dependency-import-check error
# Line tables of every module cost a seventh of the first build and two thirds of the program; names of functions stay.
RELEASED := -c release -debug-info-format none

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# --- Use

.PHONY: run
run: build ## Build the gateway and start it on the sample database (PORT=9000 for another port)
	@exec $(RELEASE) dev $(if $(PORT),--port $(PORT))

.PHONY: build
build: packages ## Build the gateway (release) with SQLite alone: .build/release/perigee
	@if [ ! -x $(RELEASE) ]; then
	    echo "Building perigee. The first build compiles its dependencies too: about five minutes on two cores."
	else
	    echo "Building perigee (what changed since the last build)."
	fi
	@swift build $(RELEASED) --product perigee --disable-default-traits

.PHONY: build-all
build-all: packages-all ## Build the gateway (release) with every database
	@swift build $(RELEASED) --product perigee

# --- Test

.PHONY: test
test: ## Check, build and run all tests (up to 20 minutes on two cores)
	@$(MAKE) packages-test
	$(MAKE) check
	$(MAKE) test-swift
	$(MAKE) test-oracle

.PHONY: check
check: ## Formatting, and rules the compiler does not know
	@echo "Checking sources."
	scripts/check.sh

.PHONY: test-swift
test-swift: packages-test ## Unit, golden and conformance tests
	@echo "Building everything with tests (debug)."
	swift build --build-tests $(IMPORTS)
	swift test --skip-build --no-parallel

# The black-box tests: another implementation, in Python, answers the same requests from the same data.
.PHONY: test-oracle
test-oracle: packages-test $(VENV)/.complete ## Black-box tests against a naive evaluation of the same data
	@swift build --product perigee
	$(VENV)/bin/ruff check --quiet Tests/Oracle
	cd Tests/Oracle
	PERIGEE_BINARY=$(CURDIR)/$(DEBUG) ../../$(PYTHON) -m pytest

.PHONY: conformance
conformance: packages-test $(VENV)/.complete ## Replay the recorded cases of GraphQL and of the dialect, and of WebSockets
	@swift build --build-tests $(IMPORTS)
	scripts/conformance.sh $(MAKE) --no-print-directory replays
	PERIGEE_BINARY=$(DEBUG) scripts/autobahn.sh quick

.PHONY: replays
replays:
	@swift test --skip-build --no-parallel --filter 'Conformance'
	cd Tests/Oracle
	PERIGEE_BINARY=$(CURDIR)/$(DEBUG) ../../$(PYTHON) -m pytest -q test_http_audits.py test_dialect.py

.PHONY: soak
soak: build-all packages-test $(VENV)/.complete ## What takes longer: large property runs, malformed input, kills, load (release build)
	@cd Tests/Oracle
	PERIGEE_BINARY=$(CURDIR)/$(RELEASE) \
	PERIGEE_ORACLE_QUERIES=$${PERIGEE_ORACLE_QUERIES:-20000} \
	PERIGEE_MALFORMED_REQUESTS=$${PERIGEE_MALFORMED_REQUESTS:-100000} \
	PERIGEE_MODEL_OPERATIONS=$${PERIGEE_MODEL_OPERATIONS:-20000} \
	PERIGEE_KILLS=$${PERIGEE_KILLS:-200} \
	PERIGEE_TLS_CONNECTIONS=$${PERIGEE_TLS_CONNECTIONS:-10000} \
	PERIGEE_LOAD_SECONDS=$${PERIGEE_LOAD_SECONDS:-60} \
	PERIGEE_FAULT_SECONDS=$${PERIGEE_FAULT_SECONDS:-600} \
	PERIGEE_FAULT_RECOVERED=$${PERIGEE_FAULT_RECOVERED:-0.9} \
	PERIGEE_SHAPES=$${PERIGEE_SHAPES:-100000} \
	PERIGEE_INTERFERENCE_OPERATIONS=$${PERIGEE_INTERFERENCE_OPERATIONS:-5000} \
	    ../../$(PYTHON) -m pytest -o timeout=14400
	cd ../..
	swift build --build-tests $(IMPORTS)
	PERIGEE_TRIPLES=$${PERIGEE_TRIPLES:-100000} swift test --skip-build --no-parallel --filter ResidueDifferentialTests
	PERIGEE_LIVE_WORLDS=$${PERIGEE_LIVE_WORLDS:-300} swift test --skip-build --no-parallel --filter LiveDifferentialTests
	PERIGEE_BINARY=$(RELEASE) scripts/autobahn.sh full

# Those that move bytes between threads and sockets. Each has a build folder of its own; TSan's second, since the two exclude
# each other. libcurl and OpenSSL are not instrumented.
SANITIZED := ReactorTests|HTTPTests|TransportTests|LiveTests|SubscriptionTests|ResultStream|GraphQLOverWebSocket

.PHONY: sanitize
sanitize: packages-all ## Tests of loops, HTTP, connections and live queries under the address and the thread sanitizer (two builds)
	@for sanitizer in address thread; do
	    echo "Building for the $$sanitizer sanitizer."
	    seen=$$([ $$sanitizer = thread ] && echo "-Xswiftc -DTHREAD_SANITIZER" || true)
	    swift build --build-tests --sanitize=$$sanitizer --scratch-path $(BUILD)/$$sanitizer $$seen
	    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=suppressions=scripts/thread-sanitizer.txt \
	        swift test --skip-build --no-parallel --sanitize=$$sanitizer --scratch-path $(BUILD)/$$sanitizer $$seen \
	        --filter '$(SANITIZED)'
	done

FUZZ_MINUTES ?= 10

.PHONY: fuzz
fuzz: packages ## Fuzz the readers of what clients send, from JSON to conversations, FUZZ_MINUTES=10 each (release build)
	@swift build $(RELEASED) --product Fuzz --disable-default-traits
	for target in lexer parser json http websocket conversation; do
	    $(BUILD)/release/Fuzz $$target $(FUZZ_MINUTES)
	done

.PHONY: bench
bench: packages-all ## Measure against the limits of this machine (benchmarks/README.md)
	@benchmarks/run --build

# --- Care

.PHONY: format
format: ## Rewrite all Swift sources in the common layout
	@swift format --in-place --parallel --recursive Sources Tests Package.swift

.PHONY: clean
clean: ## Remove everything that was built or installed here
	@rm -rf $(BUILD) $(VENV)

# --- What the above need

.PHONY: packages
packages:
	@scripts/system-packages.sh build

.PHONY: packages-all
packages-all:
	@scripts/system-packages.sh all

.PHONY: packages-test
packages-test:
	@scripts/system-packages.sh test

$(VENV)/.complete: Tests/Oracle/requirements.txt
	@echo "Installing the Python tools of the tests into $(VENV)."
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r Tests/Oracle/requirements.txt
	touch $@
