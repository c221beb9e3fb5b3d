# What developers and CI run. Everything happens in .venv; nothing is installed elsewhere.
VENV := .venv
PYTHON ?= python3
STAMP := $(VENV)/.techdock-stamp
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.techdock-stamp
# The first of these that is Python 3.11 or newer builds the environment.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
ROUNDS ?= 20
DATA ?= ../shared/data
RECORDS ?= 5000
LANES ?= 2
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check release asyncapi openapi bench up down exactness pairs offers clean

help:  ## What there is
	@awk -F ':.*## +' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## An environment with everything, from the lock

# The hash decides, not the dates: a fresh checkout has new dates and the same content.
$(STAMP): requirements/dev.lock pyproject.toml
	@hash=$$(cat requirements/dev.lock pyproject.toml | cksum); \
	if [ -x $(VENV)/bin/techdock ] && [ "$$(cat $@ 2>/dev/null)" = "$$hash" ]; then touch $@; exit 0; fi; \
	for candidate in $(PYTHONS); do \
	  if command -v $$candidate >/dev/null 2>&1 && $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "TechDock needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3 setup" >&2; exit 2; fi; \
	if ! $$python -c 'import venv, ensurepip' 2>/dev/null; then echo "$$python has no venv module: install it (on Debian and Ubuntu: the package python3-venv)" >&2; exit 2; fi; \
	rm -f $@ && $$python -m venv $(VENV) && \
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock && \
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	$(VENV)/bin/python -m streams compile && \
	echo "$$hash" > $@

demo: setup  ## The whole marketplace on this machine, with a story; EXIT=1 ends it when the story ends
	@$(VENV)/bin/techdock demo $(if $(EXIT),--exit)

up: setup  ## Start TechDock in the background
	@$(VENV)/bin/techdock up --detach

down: setup  ## Stop it
	@$(VENV)/bin/techdock down

# In the order of tests/order.py, which xdist would undo. Tests mostly wait: three processes are of use to two processors.
test: setup  ## Every floor of tests, in three processes, each with brokers of its own; JOBS=1 for one
	@$(VENV)/bin/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

lint: setup  ## Format, lint, types, walls between packages
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/mypy tests
	@$(VENV)/bin/lint-imports

check: lint  ## The same and the quick tests: run it before every commit
	@$(VENV)/bin/python -m pytest -q tests/unit tests/topology tests/contract

release: setup  ## Keep the present schemas for ever, as a release: make release NAME=2027-03
	@$(VENV)/bin/python -m schemas release $(NAME)

asyncapi: setup  ## Write docs/asyncapi.yaml anew, from the catalogue and the schemas
	@$(VENV)/bin/python -m schemas asyncapi > docs/asyncapi.yaml

openapi: setup  ## Write docs/openapi.yaml anew, from the routes of the intake and the schemas
	@$(VENV)/bin/python -m producers openapi > docs/openapi.yaml

bench: $(BENCH_STAMP)  ## Benchmarks beside their peers: all, or BENCH=name; ARGS="--events 5000" for smaller ones
	@$(BENCH_VENV)/bin/python -m tests.bench $(BENCH) $(ARGS)

# An environment of their own: the peers bring libraries that TechDock itself does without.
$(BENCH_STAMP): requirements/bench.lock pyproject.toml | $(STAMP)
	@hash=$$(cat requirements/bench.lock pyproject.toml | cksum); \
	if [ -x $(BENCH_VENV)/bin/techdock ] && [ "$$(cat $@ 2>/dev/null)" = "$$hash" ]; then touch $@; exit 0; fi; \
	rm -f $@ && $(VENV)/bin/python -m venv $(BENCH_VENV) && \
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.lock && \
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	echo "$$hash" > $@

exactness: setup  ## ROUNDS rounds of every fault: nothing lost, nothing doubled, no wrong state
	@EXACTNESS_ROUNDS=$(ROUNDS) $(VENV)/bin/python -m pytest tests/broker/streams/test_exactness.py

pairs: setup  ## The live set of RECORDS real achievements and as many demands from DATA over LANES, by trying every pair
	@EVERY_PAIR_DATA=$(DATA) EVERY_PAIR_RECORDS=$(RECORDS) EVERY_PAIR_LANES=$(LANES) \
	$(VENV)/bin/python -m pytest -s tests/topology/streams/test_every_pair.py

offers: setup  ## A bank's real log of offers from DATA, told as deals: clean and disturbed, against a recount
	@OFFERS_DATA=$(DATA) $(VENV)/bin/python -m pytest -s tests/unit/streams/test_offers.py

clean:  ## Remove what was built; data in .techdock stays
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
