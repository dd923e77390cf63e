# ECS Portal: set-up, demo, tests. Needs Python 3.11 or newer, make and git, nothing else.

PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 4599
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: setup demo test lint bench lock clean

setup: .venv/runtime.stamp

# A stamp per lock: the dependencies are installed again when their lock changes.
.venv/runtime.stamp: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the dependencies…"
	@$(PIP) install --no-deps -r requirements.txt
	@touch $@

.venv/sandbox.stamp: requirements-sandbox.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the dependencies…"
	@$(PIP) install --no-deps -r requirements-sandbox.txt
	@touch .venv/runtime.stamp $@

.venv/dev.stamp: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the dependencies of the tests…"
	@$(PIP) install --no-deps -r requirements-dev.txt
	@touch .venv/runtime.stamp .venv/sandbox.stamp $@

demo: .venv/sandbox.stamp
	@exec $(BIN)/python manage.py demo --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: .venv/dev.stamp
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

lint: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates ecsportal --lint --quiet
	@$(BIN)/python manage.py makemigrations --check --dry-run

bench: .venv/dev.stamp
	@$(BIN)/python -m benchmarks

# Writes the locks anew from pyproject.toml; needs uv (any installed copy).
UV_COMPILE = uv pip compile pyproject.toml --no-emit-index-url --no-annotate --python-version 3.11 --quiet --custom-compile-command "make lock"
lock:
	@$(UV_COMPILE) -o requirements.txt
	@$(UV_COMPILE) --extra sandbox -c requirements.txt -o requirements-sandbox.txt
	@$(UV_COMPILE) --extra sandbox --extra dev -c requirements-sandbox.txt -o requirements-dev.txt

clean:
	@rm -rf .venv var
