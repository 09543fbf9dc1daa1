# Every target makes its own .venv when it is missing and installs what it needs, once.
# PYTHON chooses the interpreter (3.11 or later), ARGS goes to pytest: make test ARGS="-k softmax"

PYTHON ?= python3
ARGS ?=

RUN := .venv/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
# Tests in parallel; the examples in the docstrings are tests too.
PYTEST := $(RUN) -m pytest -n 2 --doctest-modules
PACKAGES := autograd nn optim viz
QUICK := not parity and not browser and not notebook

.DEFAULT_GOAL := help
.NOTPARALLEL:  # one pip at a time in one environment
.PHONY: help demo test smoke parity browser bare coverage bench docs notebooks lint ruff types scripts wheel clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.stamp  ## train on handwritten digits, draw graphs and gradients into out/
	$(RUN) examples/demo.py

test: .venv/.stamp-test  ## the tests and the docstrings' examples, without PyTorch and without a browser
	$(PYTEST) -m "$(QUICK)" tests $(PACKAGES) $(ARGS)

smoke: .venv/.stamp-test  ## the docstrings' examples alone, in seconds
	$(PYTEST) $(PACKAGES) $(ARGS)

parity: .venv/.stamp-test .venv/.stamp-parity  ## the tests that compare with PyTorch, and the count of rows
	$(RUN) -m pytest -n 2 -m parity -p tests.parity.summary tests $(ARGS)

browser: .venv/.stamp-test .venv/.stamp-notebooks .venv/.stamp-browser  ## pictures and stepper in a real Chromium
	$(RUN) -m pytest -n 2 -m browser tests/viz $(ARGS)

# Nothing but Python on the path, as on many a laptop: every picture must still appear.
bare: .venv/.stamp-test  ## the tests of the pictures without Graphviz and Node
	PATH="$(CURDIR)/.venv/bin" CI= $(PYTEST) -m "$(QUICK)" tests/viz viz $(ARGS)

coverage: .venv/.stamp-test  ## the quick tests again, with the coverage gate
	$(PYTEST) -m "$(QUICK) and not slow" --cov --cov-report=term tests $(PACKAGES) $(ARGS)

bench: .venv/.stamp  ## side by side with the peers
	$(RUN) benchmarks/run.py

docs: .venv/.stamp  ## generate the pages that come from the code
	$(RUN) docs/generate.py

notebooks: .venv/.stamp-test .venv/.stamp-notebooks  ## run each in a fresh kernel and compare with what it stores
	$(RUN) -m pytest -n 2 -m notebook tests $(ARGS)

lint: ruff types scripts  ## ruff, mypy, and the checks of the scripts

ruff: .venv/.stamp-lint  ## style and documentation of every Python file
	$(RUN) -m ruff check .

types: .venv/.stamp-lint  ## mypy, strict, on the four packages
	$(RUN) -m mypy

scripts: node_modules/.stamp  ## the JavaScript and CSS of the pictures: style, and tests in Node
	npm run --silent lint
	npm run --silent test

node_modules/.stamp: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	@touch $@

# build/ keeps modules that were deleted since, and setuptools would pack them.
wheel: .venv/.stamp  ## build the wheel into dist/
	rm -rf build dist
	$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:  ## remove everything the targets made, .venv too
	rm -rf .venv node_modules out build dist *.egg-info .coverage .coverage.* htmlcov
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

# .stamp: the packages of this tree, editable. .stamp-NAME: those, and the extra NAME of setup.cfg.
.venv/.stamp: setup.cfg pyproject.toml | .venv/bin/python
	$(PIP) --editable .
	@touch $@

.venv/.stamp-%: setup.cfg pyproject.toml | .venv/bin/python
	$(PIP) --editable ".[$*]"
	@touch $@
