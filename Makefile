# make ask Q="..."   environment, index of the shipped corpus, one answer
# make test          checks, then all tests
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
Q ?= how many lawyers are on staff

.PHONY: ask reindex serve test check bench quality clean

ask: reindex
	@$(BIN)/gongwen ask "$(Q)"

reindex: $(VENV)/.installed
	@$(BIN)/gongwen reindex >&2

serve: reindex
	$(BIN)/gongwen serve

test: check
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quality: $(VENV)/.dev reindex
	$(BIN)/python tests/quality/answers.py

bench: $(VENV)/.dev reindex
	$(BIN)/python tests/bench/latency.py

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .gongwen
