# Set-up and the everyday commands. Needs Python 3.11 or newer, git and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1

.PHONY: help setup setup-dev repro test test-fast lint plots readme refresh

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

test: lint  ## all tests, the slow one on a tiny model included
	python -m pytest

test-fast: setup-dev  ## the tests that take seconds
	python -m pytest -m "not slow"

lint: setup-dev     ## ruff and mypy
	ruff check .
	ruff format --check .
	mypy

plots: setup     ## dvc_plots/index.html: the plots page, without the network
	python -m tools.plots_page

readme: setup    ## write the README's tables anew from the files
	python -m tools.readme

refresh: setup   ## after editing a shared module: run every pipeline, once, and the README's tables
	dvc repro --all-pipelines
	python -m tools.readme
