# Developer's verbs. Everything runs in .venv, which is made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PEERS ?= $(HOME)/.cache/unstall-bench/peers

.PHONY: bench bench-peers behaviour help demo test fuzz lint coverage docs site clean

help:  ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)  ## look at the samples (findings are what it is for, so they don't fail it)
	$(BIN)/unstall check --exit-zero samples/

test: $(INSTALLED)  ## run the tests
	$(BIN)/pytest -n auto

fuzz: $(INSTALLED)  ## feed it what nobody would write, for MINUTES=n (CORPUS=folder: with more sources to start from)
	$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),1) $(if $(CORPUS),--corpus $(CORPUS))

behaviour: $(INSTALLED)  ## run generated loops before and after their patches (LOOPS=n SEED=n LOOPS_IN=c or python)
	$(BIN)/python -m tests.behaviour --loops $(or $(LOOPS),300) --seed $(or $(SEED),0) --language $(or $(LOOPS_IN),c)

lint: $(INSTALLED)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

coverage: $(INSTALLED)  ## measure how much of real C is read (FOLDERS=… or Debian's packages, see tests/realworld/debian.py)
	$(BIN)/python -m tests.realworld.coverage $(FOLDERS)

docs: $(INSTALLED)  ## write what is generated from the rules
	$(BIN)/python -m unstall.docs .

site: docs  ## build the documentation as a site
	$(BIN)/mkdocs build

bench: $(INSTALLED)  ## measure beside grep, into bench/RESULTS.md (TREES=… RUNS=… PEER_RUNS=…)
	$(BIN)/python -m bench $(TREES) $(if $(RUNS),--runs $(RUNS)) $(if $(PEER_RUNS),--peer-runs $(PEER_RUNS)) $(if $(wildcard $(PEERS)/bin),--peers $(PEERS))

bench-peers:  ## install what else `make bench` measures (spatch is a package of the system)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check ast-grep-cli semgrep

clean:  ## remove what the other verbs made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
