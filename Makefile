# Two commands set everything up: `make demo` and `make test`. `make help` tells the rest.
# PYTHON is the interpreter that makes the environment (3.11 or later), VENV where it goes.

PYTHON ?= python3
VENV   ?= .venv
CORPUS ?= ../shared/corpus

BENCH  ?= .venv-bench

BIN     := $(VENV)/bin
# The profile `ci` of Hypothesis draws the same cases every time; `.venv/bin/pytest` alone goes on looking for new ones.
PYTEST  := $(BIN)/python -m pytest --hypothesis-profile=ci
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find engine rules samples -type f -not -name '*.pyc' -not -name '*.so')
# What compiles, and from what: an environment is made anew when it changes.
SCANNER := .ci/compile_scanner.py $(wildcard engine/itk3_validator/sight/scanner*.p*)

# The developer's environment serves the demo as well; without it the demo installs the package as a user would.
READY   := $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.installed)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all check format packs generated wheel-test bench bench-quick hooks clean

help:               ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(READY)      ## install into .venv and validate the samples
	@.ci/demo $(BIN)/itk3

test: $(VENV)/.dev  ## the tests that need Python alone, without the long ones
	@$(PYTEST) -m "not corpus and not browser and not published and not java and not long and not memory and not server" $(ARGS)

test-all: $(VENV)/.dev  ## all tests: also the long ones, the service, the published messages in ../shared/corpus and schemas, the pages in a browser, and the example in Java
	@.ci/test-all "$(CORPUS)" $(PYTEST) $(ARGS)

check: $(VENV)/.dev ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## rewrite what `make check` would complain of
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

packs: $(VENV)/.dev ## load every bundled pack, and check that the samples are what their script writes
	$(BIN)/itk3 lint
	$(BIN)/itk3 validate --quiet samples/valid
	$(BIN)/python tests/make_samples.py --check

generated: $(VENV)/.dev  ## write the generated files
	$(BIN)/python -m itk3_validator.tools.schemas
	$(BIN)/python -m itk3_validator.tools.lint_pages
	$(BIN)/python -m itk3_validator.tools.api_page
	$(BIN)/python tests/make_samples.py

wheel-test: $(VENV)/.dev  ## build the wheel and use it in a fresh environment
	@.ci/wheel-test $(PYTHON) $(VENV)

bench: $(BENCH)/.peers  ## measure everything beside the peers, and write docs/benchmarks.md; takes some minutes, wants a quiet machine
	$(BENCH)/bin/python -m benchmarks

bench-quick: $(VENV)/.dev  ## measure the engine and the peers that need nothing but lxml, in half a minute; writes nothing
	@$(BIN)/python -m benchmarks --quick $(ARGS)

hooks: $(VENV)/.dev ## run the checks of .pre-commit-config.yaml before each commit
	$(PIP) install pre-commit
	$(BIN)/pre-commit install

clean:              ## remove the environment and everything built
	rm -rf $(VENV) $(BENCH) benchmarks/node/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find engine -name '*.so' -delete
	find engine tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or later is needed, and $(PYTHON) is older or missing; try: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.dev: pyproject.toml $(SCANNER) | $(BIN)/python
	$(PIP) install --editable '.[dev]'
	@touch $@

$(BENCH)/.peers: pyproject.toml $(SCANNER) benchmarks/requirements-peers.txt benchmarks/node/package-lock.json
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install --editable . --requirement benchmarks/requirements-peers.txt
	npm --prefix benchmarks/node ci --no-audit --no-fund
	@touch $@

$(VENV)/.installed: pyproject.toml $(SOURCES) | $(BIN)/python
	$(PIP) install .
	@touch $@
