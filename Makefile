# `make demo` and `make test` work from a fresh clone: both need only Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench clean

demo: $(READY)
	@$(BIN)/kstory demo

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# All but the first need what the tests with a broker need: Java and Maven. The figures are in benchmarks/results/.
bench: $(READY)
	$(BIN)/python -m benchmarks.time_travel --json benchmarks/results/time_travel.json
	$(BIN)/python -m benchmarks.dead_letters --json benchmarks/results/dead_letters.json $(ARGS)
	$(BIN)/python -m benchmarks.key_search --json benchmarks/results/key_search.json
	$(BIN)/python -m benchmarks.bulk --json benchmarks/results/bulk.json
	$(BIN)/python -m benchmarks.growth --records 2000000 20000000 --json benchmarks/results/growth.json
	$(BIN)/python -m benchmarks.start_up --json benchmarks/results/start_up.json
	$(BIN)/python -m benchmarks.tail_screen --json benchmarks/results/tail_screen.json

clean:
	rm -rf $(VENV)

# One environment for everything, made with uv where it is found and with venv and pip where not.
$(READY): pyproject.toml
	@echo "Installing what kstory needs into $(VENV); that takes up to a minute, once." >&2
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python '>=3.11' $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --group dev --editable . ; \
	else \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kstory needs Python 3.11 or later: make PYTHON=python3.11 ...")' && \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev --editable . ; \
	fi
	@touch $@
