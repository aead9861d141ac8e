# yanmo: every target works in a fresh clone; the virtual environment is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One worker more than there are cores, four at most: tests wait a third of their time for processes.
CORES := $(shell getconf _NPROCESSORS_ONLN)
WORKERS := $(shell echo $$(( $(CORES) < 4 ? $(CORES) + 1 : 4 )))
SIDE_BY_SIDE := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE)
# Modules are compiled when they are first used: most never are.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

# The studio's pages: built into the package, from everything below studio/ but what npm installs.
PAGES := src/yanmo/studio/static/index.html
FRONT_END := $(shell find studio -path studio/node_modules -prune -o -type f -print)
NPM_CI := npm ci --prefix studio --no-progress --loglevel=error

.PHONY: demo test test-all quick lint bench studio pages docs clean

demo: $(VENV)/.installed  ## raw text to a language model and its report; SETTINGS="KEY=VALUE ..."
	$(BIN)/yanmo demo $(SETTINGS)

test: $(VENV)/.installed-test lint pages  ## every test but those of the night
	$(PYTEST)

test-all: $(VENV)/.installed-test lint pages  ## every test, those of the night too
	$(PYTEST) -m "nightly or not nightly"

quick: $(VENV)/.installed-test pages  ## the tests that take seconds
	$(PYTEST) -m "not slow and not nightly"

lint: $(VENV)/.installed-test  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test  ## side by side with peers; prints ratios
	$(BIN)/python bench/train_speed.py

studio: $(PAGES)  ## the studio's pages, built with npm; then: yanmo studio

pages:  # as studio; where there is no npm, the tests that need the pages are skipped and say so
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory studio; else \
		echo "npm is not installed: the studio's pages are not built, their tests are skipped"; fi

$(PAGES): studio/node_modules/.installed $(FRONT_END)
	npm run build --prefix studio --silent
	touch $@

studio/node_modules/.installed: studio/package.json studio/package-lock.json studio/.npmrc
	$(NPM_CI)
	touch $@

docs: $(VENV)/.installed-docs  ## HTML pages below docs/_build/html
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

clean:  ## everything that make made, runs excepted
	rm -rf $(VENV) docs/_build studio/node_modules src/yanmo/studio/static .pytest_cache .mypy_cache .ruff_cache
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
