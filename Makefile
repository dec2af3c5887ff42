# make compare   set up, then train and compare the generators on embedded GEANT4 showers (about 10 minutes)
# make quick     lint what changed and run the tests that are nearest to it, within a minute
# make test      set up, then pass the tests
# make env       only set up (.venv)
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help compare quick test env lint slow docs constraints
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# make /make /p' Makefile

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

env: $(READY)

compare: env
	$(BIN)/qgen compare --dataset clic/e- --representation image8x8 --budget quick --out runs/compare

quick: env
	OMP_NUM_THREADS=1 $(BIN)/python .ci/quick.py

# One process on every core; more threads in each would only wait for one another.
test: env
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n auto

slow: env
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow

lint: env
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/rooms.py

docs: env
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	$(BIN)/mkdocs build --strict

# Newest versions that the ranges in pyproject.toml allow; torch stays at the pinned release.
constraints:
	rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	grep '^torch==' constraints.txt > build/torch.txt
	build/constraints/bin/python -m pip install --quiet --constraint build/torch.txt --editable '.[dev,docs]'
	build/constraints/bin/python -m pip check
	build/constraints/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt
	rm -rf build/constraints build/torch.txt
