# Set-up and the everyday commands. Needs Python 3.11 or newer, git and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# A worker a core, at most four, as each loads torch; a file's tests stay together, for they share what it makes.
WORKERS ?= -n auto --maxprocesses 4 --dist loadfile

.PHONY: help setup setup-dev repro test test-fast lint plots readme refresh docs deps browser

help:            ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(BIN)/.installed  ## make .venv with the pinned requirements

setup-dev: $(BIN)/.installed-dev

$(BIN)/.installed: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("error: Tare needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(BIN)/.installed-dev: $(BIN)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

repro: setup     ## run what changed of the pipeline
	dvc repro

test: lint  ## all tests, the slow ones on tiny models included
	python -m pytest $(WORKERS)

test-fast: setup-dev  ## the tests that take seconds
	python -m pytest -m "not slow" $(WORKERS)

lint: setup-dev     ## ruff and mypy
	ruff check .
	ruff format --check .
	mypy

plots: setup     ## dvc_plots/index.html: the plots page, without the network
	python -m tools.plots_page

docs: setup      ## docs/: the report and the word pairs of the embedded data, as they are published
	python -m tools.docs

browser:         ## Chromium for the browser tests, where apt-get is at hand
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then exit 0; fi; \
	if command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then \
		sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "no browser: install Chromium or Chrome so that it is on the PATH as chromium, chromium-browser or" \
		"google-chrome; without it the browser tests are skipped"

readme: setup    ## write the README's tables anew from the files
	python -m tools.readme

deps: setup      ## write the modules that each stage depends on into the dvc.yaml files
	python -m tools.deps

refresh: setup   ## after editing a shared module: run every pipeline, once, and the README's tables
	dvc repro --all-pipelines
	python -m tools.readme
