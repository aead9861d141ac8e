# yanmo: every target works in a fresh clone; the virtual environment is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE)
# Modules are compiled when they are first used: most never are.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: demo test test-all quick lint bench docs clean

demo: $(VENV)/.installed  ## raw text to a language model and its report; SETTINGS="KEY=VALUE ..."
	$(BIN)/yanmo demo $(SETTINGS)

test: $(VENV)/.installed-test lint  ## every test but those of the night
	$(PYTEST)

test-all: $(VENV)/.installed-test lint  ## every test, those of the night too
	$(PYTEST) -m "nightly or not nightly"

quick: $(VENV)/.installed-test  ## the tests that take seconds
	$(PYTEST) -m "not slow and not nightly"

lint: $(VENV)/.installed-test  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test  ## side by side with peers; prints ratios
	$(BIN)/python bench/train_speed.py

docs: $(VENV)/.installed-docs  ## HTML pages below docs/_build/html
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

clean:  ## everything that make made, runs excepted
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache
	find src -name '*.nb[ic]' -delete

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[explain]'
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[test,lint,docs]'
	touch $(VENV)/.installed $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) --editable '.[explain,docs]'
	touch $@
