# Two words for newcomers: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types stories bench long crash chaos catalogues lock clean

help: ## List the targets.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Start the web chat with pretend providers (ARGS='--help' for more).
	@$(BIN)/limner demo $(ARGS)

test: $(VENV)/.dev check ## Run every check and every test (under three minutes).
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(VENV)/.dev lint types ## Run the linters, the types and the import contracts.
	$(BIN)/lint-imports --no-cache

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

long: $(VENV)/.dev ## Hold the pretend chats and providers against their facts, and every hostile input.
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m long $(ARGS)

crash: $(VENV)/.dev ## Kill the service 100 times, stop it at any two commits, and count the charges.
	$(BIN)/python -m pytest -p no:xdist -m crash tests/stories $(ARGS)

chaos: $(VENV)/.dev ## Let everything go wrong for 2,000 orders and count (ARGS='--seed 7' plays a run again).
	$(BIN)/python -m tests.chaos $(ARGS)

bench: $(VENV)/.dev ## Measure Limner against bare loops and print the ratios.
	$(BIN)/python -m tests.benchmarks $(ARGS)

catalogues: $(VENV)/.dev ## Collect the sentences into locales/limner.pot and the .po files.
	$(BIN)/python -m tests.repository.catalogues

lock: ## Renew requirements/*.txt (needs `uv` on the path).
	uv pip compile pyproject.toml requirements/build.in --extra sandbox --extra discord $(LOCK) -o requirements/demo.txt
	uv pip compile pyproject.toml requirements/build.in --extra sandbox --extra discord --extra feishu -c requirements/demo.txt $(LOCK) -o requirements/service.txt
	uv pip compile pyproject.toml requirements/build.in --extra sandbox --extra discord --extra feishu --group dev -c requirements/demo.txt $(LOCK) -o requirements/dev.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

clean: ## Remove what the targets made (not the demo's conversations).
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Limner needs Python 3.11 or newer: try make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/demo.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo
