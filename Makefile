# One-word commands, the same for people and CI. Each makes what it needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check style types bench clean

demo: .venv/installed
	@$(BIN)/larkgate demo

test: .venv/ready style types
	@$(BIN)/python -m pytest

check: style types

style: .venv/ready
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench

types: .venv/ready
	@$(BIN)/mypy

bench: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@$(BIN)/python -m bench

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Larkgate needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Larkgate into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/ready: .venv/installed
	@echo "Installing the test tools into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
