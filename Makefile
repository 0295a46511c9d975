# make ask Q="..."   environment, index of the shipped corpus, one answer
# make test          checks, then all tests
# make models        trains what index/shipped holds again, from ../shared/data; goes on where it was killed
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
Q ?= how many lawyers are on staff
MODELS ?= build/models

.PHONY: ask reindex serve test check bench quality models clean

ask: reindex
	@$(BIN)/gongwen ask "$(Q)"

reindex: $(VENV)/.installed
	@$(BIN)/gongwen reindex >&2

serve: reindex
	$(BIN)/gongwen serve

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quality: $(VENV)/.dev reindex
	$(BIN)/python tests/quality/answers.py
	$(BIN)/python tests/quality/facts.py

bench: $(VENV)/.dev reindex
	$(BIN)/python tests/bench/latency.py

models: $(VENV)/.dev
	$(BIN)/python tests/quality/models.py $(MODELS) --ship

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .gongwen
