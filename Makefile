PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
SECONDS ?= 600
SEED ?= 1
FIRST ?= 0
PROCESSES ?= 2
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test check shots page-speed fuzz soak audit serve-many lint quick hooks install clean

run: $(VENV)/run-ready   ## open the app on http://localhost:8501
	MALLOC_ARENA_MAX=2 $(PY) -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/test-ready ## all tests, with a real browser
	$(PY) -m pytest

check: $(VENV)/test-ready ## lint, types and the quick tests, for whoever is changing code
	$(MAKE) --no-print-directory -j2 lint quick

lint: $(VENV)/test-ready ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check --quiet .
	$(PY) -m mypy

quick: $(VENV)/test-ready ## the tests that are not marked slow
	$(PY) -m pytest -m "not slow" --durations=3

shots: $(VENV)/test-ready ## pictures of every page into shots/
	$(PY) -m tests.shots

page-speed: $(VENV)/test-ready ## seconds from a click to each page and from START to a label; writes docs/benchmark.md
	$(PY) -m tests.support_page_speed --write docs/benchmark.md

fuzz: $(VENV)/test-ready ## damaged files for SECONDS, made from SEED, from the one with the number FIRST on
	$(PY) -m tests.support_fuzz_run --seconds $(SECONDS) --seed $(SEED) --first $(FIRST)

soak: $(VENV)/test-ready ## half an hour of streams and fifty closed tabs; writes docs/benchmark.md
	$(PY) -m tests.soak --write docs/benchmark.md

audit: $(VENV)/test-ready ## known security holes in the libraries; status 2, could not look, does not fail
	$(PY) scripts/audit.py || [ $$? -eq 2 ]

serve-many: $(VENV)/test-ready ## PROCESSES of the app behind nginx, with one PostgreSQL (docs/remote.md)
	PORT=$(PORT) scripts/serve_many.sh $(PROCESSES) $(FOLDER)

hooks: $(VENV)/test-ready ## run ruff before each commit
	$(VENV)/bin/pre-commit install

install: $(VENV)/run-ready

$(VENV)/run-ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/test-ready: requirements-dev.txt $(VENV)/run-ready
	$(PY) -m pip install --quiet -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) runs
