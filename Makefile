# Set-up and the everyday commands. Needs Python 3.11 or newer, git and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# One worker for each core, at most four, because each loads torch. The tests of a file run in one worker, because they share fixtures.
WORKERS ?= -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help setup setup-dev repro test test-fast lint plots docs site browser schema readme refresh

help:            ## list the targets
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

repro: setup     ## run the stages of the main pipeline that changed
	@git rev-parse --git-dir >/dev/null 2>&1 || { echo "error: DVC needs a Git repository, a ZIP file has none: git init && git add -A && git commit -m start"; exit 1; }
	dvc repro

test: lint  ## lint and all tests, also the slow ones on tiny models
	python -m pytest $(WORKERS)

test-fast: setup-dev  ## all tests but those of whole stages: about a minute
	python -m pytest -m "not slow" $(WORKERS)

lint: setup-dev     ## ruff and mypy
	ruff check .
	ruff format --check .
	mypy

plots: setup     ## write dvc_plots/index.html, the plots page, which works without the network
	python -m tools.plots_page

docs: setup      ## write the published pages, docs/*.html, from the last run on the embedded reports
	python -m tools.docs

site:            ## make site/, the documents as a site, in an environment of its own; a link that leads nowhere stops it
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	.venv-docs/bin/properdocs build --strict

browser:         ## install Chromium for the browser tests, with apt-get
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then exit 0; fi; \
	if command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then \
		sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "no browser: install Chromium or Chrome so that it is on the PATH as chromium, chromium-browser or" \
		"google-chrome; without it the browser tests are skipped"

schema: setup    ## write docs/params.schema.json, settings.md and metrics.md from the settings and the metrics
	python -m tools.params_schema
	python -m tools.reference

readme: setup    ## write the tables of the READMEs from metrics and dvc.yaml
	python -m tools.readme

refresh: setup   ## run what changed of every pipeline, then write the tables of the READMEs
	dvc repro --all-pipelines
	python -m tools.readme
