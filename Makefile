# Every target makes its own .venv when it is missing and installs what it needs, once.
# PYTHON chooses the interpreter (3.11 or later), ARGS goes to pytest: make test ARGS="-k softmax"

PYTHON ?= python3
ARGS ?=

RUN := .venv/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
# Tests in parallel; the examples in the docstrings are tests too.
PYTEST := $(RUN) -m pytest -n 2 --doctest-modules
PACKAGES := autograd nn optim viz

.DEFAULT_GOAL := help
.NOTPARALLEL:  # one pip at a time in one environment
.PHONY: help demo test smoke parity coverage bench docs notebooks lint ruff types wheel clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.stamp  ## train on handwritten digits, draw graphs and gradients into out/
	$(RUN) examples/demo.py

test: .venv/.stamp-test .venv/.stamp-plot  ## the tests and the docstrings' examples, without PyTorch
	$(PYTEST) -m "not parity and not notebook" tests $(PACKAGES) $(ARGS)

smoke: .venv/.stamp-test .venv/.stamp-plot  ## the docstrings' examples alone, in seconds
	$(PYTEST) $(PACKAGES) $(ARGS)

parity: .venv/.stamp-test .venv/.stamp-parity  ## the tests that compare with PyTorch
	$(RUN) -m pytest -n 2 -m parity tests $(ARGS)

coverage: .venv/.stamp-test .venv/.stamp-plot  ## the quick tests again, with the coverage gate
	$(PYTEST) -m "not parity and not notebook and not slow" --cov --cov-report=term tests $(PACKAGES) $(ARGS)

bench: .venv/.stamp  ## side by side with the peers
	$(RUN) benchmarks/run.py

docs: .venv/.stamp  ## generate the pages that come from the code
	$(RUN) docs/generate.py

# Each in a fresh kernel; what comes out must be what is stored. To store it: notebooks/run.py --write
notebooks: .venv/.stamp-test .venv/.stamp-plot .venv/.stamp-notebooks  ## execute every notebook and compare
	$(RUN) -m pytest tests/test_notebooks.py $(ARGS)

lint: ruff types  ## ruff and mypy

ruff: .venv/.stamp-lint  ## style and documentation of every Python file
	$(RUN) -m ruff check .

types: .venv/.stamp-lint  ## mypy, strict, on the four packages
	$(RUN) -m mypy

# build/ keeps modules that were deleted since, and setuptools would pack them.
wheel: .venv/.stamp  ## build the wheel into dist/
	rm -rf build dist
	$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:  ## remove everything the targets made, .venv too
	rm -rf .venv out build dist *.egg-info .coverage .coverage.* htmlcov
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
