# Stockwire. `make help` lists what there is. Needs Python 3.11+ and nothing else.
.DEFAULT_GOAL := help
PY := .venv/bin/python
MANAGE := $(PY) manage.py
LOCK := $(PY) -m uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet

# PG=15 prefers the system's PostgreSQL of that major.
ifdef PG
export STOCKWIRE_PG_MAJOR := $(PG)
endif
ifdef PYTHON
export PYTHON
endif

# A file stays on one core: what its tests share is started once. The files begin in the order of tests/conftest.py.
ON_EVERY_CORE := -n auto --dist loadfile --no-loadscope-reorder

# Every operation once, the races for the last unit, who is claimed first, and the partitions.
ASKS_THE_DATABASE := $(addprefix tests/,contract/test_examples.py concurrency/test_taking.py concurrency/test_firsts.py \
	faults/webhooks/test_fairness.py unit/outbox/test_partitions.py)

.PHONY: help demo up down status test test-system prove seeded-bugs bench test-fast fmt docs docs-serve lock clean venv venv-dev

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PG=15 chooses the system's PostgreSQL of that major; PYTHON=/path/to/python3.11 the interpreter."

demo: venv ## Show what it does, start to end (FULL=1, ONCE=1, CHAOS=1, LINES=n)
	@$(MANAGE) demo

up: venv ## Start everything in the background and print where it is
	@$(MANAGE) up

down: venv ## Stop everything; data and credentials stay
	@$(MANAGE) down

status: venv ## Tell what runs and where
	@$(MANAGE) status

test: venv-dev ## Lint, types, import contracts, migrations, tests
	@echo "== ruff check"
	@$(PY) -m ruff check .
	@echo "== ruff format --check"
	@$(PY) -m ruff format --check .
	@echo "== mypy"
	@$(PY) -m mypy .
	@echo "== lint-imports"
	@.venv/bin/lint-imports
	@echo "== makemigrations --check"
	@$(MANAGE) makemigrations --check --dry-run
	@echo "== pytest"
	@$(PY) -m pytest -p tests.support.cluster $(ON_EVERY_CORE)

test-system: venv-dev ## What needs system packages: a browser, Node.js, PostgreSQL 15 (installs them as root on Debian)
	@.ci/system-packages
	@cd tests/system/node && npm ci --silent --no-audit --no-fund
	@echo "== system tests"
	@$(PY) -m pytest $(ON_EVERY_CORE) tests/system
	@echo "== what asks the database most, on PostgreSQL 15 (everything: make test PG=15)"
	@STOCKWIRE_PG_MAJOR=15 $(PY) -m pytest $(ON_EVERY_CORE) $(ASKS_THE_DATABASE)

prove: venv-dev ## The long forms of the tests; each writes its report to docs/operations/proofs (PROVE_EXAMPLES=n)
	@$(PY) -m pytest -n auto tests/prove/test_stock_model.py
	@$(PY) -m pytest tests/prove --ignore tests/prove/test_stock_model.py

seeded-bugs: venv-dev ## Put each known bug into a copy and run the tests that must notice (BUGS="name …"; part of prove)
	@$(PY) -m tests.seeded_bugs $(BUGS)

test-fast: venv-dev ## The unit and API tests only, up to the first failure, last failures first
	@$(PY) -m pytest -p tests.support.cluster $(ON_EVERY_CORE) -x --failed-first $(wildcard tests/unit tests/api)

bench: venv-dev ## Measure the ratios of performance, everybody in one run (QUICK=1 for a look, MARKDOWN=file)
	@$(PY) -m bench $(if $(QUICK),--rounds 1 --seconds 2) $(if $(MARKDOWN),--markdown $(MARKDOWN))

fmt: venv-dev ## Format and fix what can be fixed
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

docs: venv-dev ## Build the documentation into site/ (open site/index.html)
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

docs-serve: venv-dev ## Serve the documentation on http://127.0.0.1:28800, anew with every change
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs serve --strict --dev-addr 127.0.0.1:28800

lock: venv-dev ## Resolve the dependencies anew into the lock files
	$(LOCK) pyproject.toml --extra embedded -o requirements.lock
	$(LOCK) pyproject.toml --extra embedded --extra otel --group dev -o requirements-dev.lock
	$(LOCK) pyproject.toml --extra otel --constraint requirements-dev.lock --no-annotate -o requirements-server.lock
	echo uv | $(LOCK) - --no-annotate -o requirements-uv.lock

clean: ## Stop everything and remove .venv, .data, the caches and the copies in the temporary place
	@if [ -x $(PY) ]; then $(PY) -m sandbox.removal; fi
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@.ci/venv requirements.lock

venv-dev:
	@.ci/venv requirements-dev.lock
