# Everything is set up into .venv beside this file; nothing is installed or written outside the project's folder.

BIN := .venv/bin
STAMP := .venv/installed-from
# What an environment was made from: versions, packages, and this place (an environment cannot be moved).
SOURCES = $(shell (cat requirements.lock pyproject.toml; pwd -P) | cksum | tr ' ' '-')
PIP := $(BIN)/python -m pip --disable-pip-version-check
TESTS ?= tests
TEST_PROCESSES ?= 2

.PHONY: help install run test lint bench chaos

help: ## Show what can be done.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: ## Set everything up in .venv; instant when done.
	@if [ "$$(cat $(STAMP) 2>/dev/null)" != "$(SOURCES)" ] || ! $(BIN)/python -c '' 2>/dev/null; then \
		$(MAKE) --no-print-directory $(STAMP); \
	fi

# Made again whenever asked for: `install` decides by content, not by time.
.PHONY: $(STAMP)
$(STAMP):
	@python=''; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Proofsheet needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.'; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip' 2>/dev/null || ! grep -qF "$$(pwd -P)/.venv" $(BIN)/pip; then \
		echo "Setting up .venv with $$python ..."; \
		"$$python" -m venv --clear .venv || { \
			echo 'Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv.'; exit 1; }; \
	fi
	@echo 'Installing the locked packages ...'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@echo '$(SOURCES)' > $(STAMP)

run: install ## Start the whole application on http://127.0.0.1:8000 (PORT changes it).
	@$(BIN)/proofsheet up

test: install ## Run all tests with the real services they need (TESTS=tests/unit for a part).
	@$(BIN)/python tests/services/browser.py
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(TESTS)

lint: install ## Check style, types and which room imports which.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install ## Measure, beside the peers; about a quarter of an hour.
	@$(BIN)/python -m bench

chaos: install ## The long random run: processes killed, services gone, and nothing lost.
	@$(BIN)/python -m tests.chaos
