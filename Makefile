# Everything is set up by the first command you run; Python 3.11 or later is all it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= harrowmere
# Two at a time, a file's tests together, so that what a file makes for its tests is made once; in the order of their names,
# as files of many quick tests would otherwise go first and leave one worker alone with those of few long ones.
SIDE_BY_SIDE ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder
STAMP := $(VENV)/.installed
SOURCES := pyproject.toml hatch_build.py $(shell find frontend -type f -not -path '*/node_modules/*')

.PHONY: demo test test-all lint bench docs clean

demo: $(STAMP) ## build an invented town and show its pages
	$(BIN)/wholeplace demo $(DEMO) --serve

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Wholeplace needs Python 3.11 or later; say which with  make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): $(VENV)/bin/python $(SOURCES)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## all that must hold, in under ten minutes
	$(BIN)/pytest $(SIDE_BY_SIDE)

test-all: lint ## the long tests too
	$(BIN)/pytest $(SIDE_BY_SIDE) --long

bench: $(STAMP) ## side by side with other tools
	$(BIN)/python -m benchmarks

docs: $(STAMP)
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

clean:
	rm -rf $(VENV) $(DEMO) docs/_build frontend/node_modules src/wholeplace/web/static/vendor
