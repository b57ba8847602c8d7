# What people and CI run. Everything happens in .venv and .local, both made here.
PYTHON ?= python3.11
PORT ?= 8000
BIN := .venv/bin
#: One at a time, whoever else makes at once: the command runs while this file is locked.
ALONE := $(PYTHON) -c 'import fcntl, subprocess, sys; lock = open("Makefile"); fcntl.flock(lock, fcntl.LOCK_EX); sys.exit(subprocess.call(sys.argv[1:]))'
PIP := $(ALONE) $(BIN)/pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo reset check test oracles fuzz smoke drill bench bench-pages bench-lists bench-estimator bench-run bench-million bench-surveys coverage truth \
	lint format messages lock

help: ## Say what there is to run
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: export DEMO = 1
demo: .venv/runtime ## Try everything: http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BIN)/python manage.py demo --port $(PORT)
# (One plain command, so that make starts it without a shell and hands a SIGTERM on to it.)

reset: .venv/runtime ## Forget the data of the demo
	@$(BIN)/python -c "from paap import embedded; embedded.forget()"

# What waits for a browser; with EVERY=1, as CI has it, the drills too.
SLOW := $(if $(EVERY)$(WHOLE),drill or browser,browser)
test: .venv/dev ## Run the tests on real PostgreSQL, Redis and Chromium (ARGS="-k score" for some; EVERY=1 as CI)
	$(BIN)/pytest --numprocesses 2 --dist worksteal -m "not drill and not browser" $(ARGS) || [ $$? -eq 5 ]
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "$(SLOW)" $(ARGS) || [ $$? -eq 5 ]
# (5: ARGS left none of these. Drills share no server with anybody, so files may run at once; like
# browsers they wait more than they work, so one more than there are processors. Files go out in the
# order of tests/conftest.py, the long ones first; xdist would begin with those of many tests.)

oracles: export WHOLE = 1
oracles: .venv/dev ## Compare and simulate with every random sample, once a week (minutes)
	$(BIN)/pytest --numprocesses 2 tests/evaluation/estimators $(ARGS)

TOUCHED := git diff --name-only $(or $(SINCE),HEAD); git ls-files --others --exclude-standard
check: .venv/dev ## Check what was touched since HEAD (SINCE=main for a branch): under a minute
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/dmypy run
	$(BIN)/lint-imports | tail -2
	@rooms=$$( ($(TOUCHED)) | sed -nE 's#^(tests/)?((alliances|fiduciary|evaluation)/[a-z]+|bench|demo|kit|paap)/.*#tests/\2#p' | sort -u | xargs -rn1 ls -d 2>/dev/null); \
	if [ -n "$$rooms" ]; then $(BIN)/pytest --numprocesses 2 -m "not drill and not browser" $$rooms; fi

fuzz: export WHOLE = 1
fuzz: .venv/dev ## Ask the API 10,000 things from its schema as six people (minutes)
	$(BIN)/pytest --numprocesses 2 tests/paap/test_api.py $(ARGS)

smoke: .venv/dev ## Run the compose services on Debian's PostgreSQL and Redis
	SMOKE=1 $(BIN)/pytest tests/paap/test_compose.py

drill: .venv/dev ## Kill, lock and restart all that serves, then twenty times over, into docs/ (minutes)
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder -m drill
	KILLS=20 $(BIN)/pytest -s tests/evaluation/runs/test_drills.py -k impact
	KILLS=20 $(BIN)/pytest -s tests/fiduciary/money

bench: $(addprefix bench-,$(or $(WHAT),pages lists estimator run)) ## Time pages, lists, estimator and runs, into docs/ (WHAT=lists for one)

bench-pages: .venv/dev
	@$(BIN)/python manage.py bench

bench-lists: .venv/dev
	@$(BIN)/python manage.py bench --lists

bench-estimator: .venv/dev
	@$(BIN)/python -m tests.evaluation.estimators.bench $(or $(ARGS),--write)
	@$(BIN)/python -m tests.evaluation.estimators.bench_run $(or $(ARGS),--write)

bench-surveys: .venv/dev
	@$(BIN)/python -m tests.evaluation.surveys.bench $(ARGS)

bench-run: .venv/dev
	@$(BIN)/python -m tests.evaluation.runs.bench $(or $(ARGS),--write)

bench-million: .venv/dev
	@$(BIN)/python -m tests.evaluation.runs.bench_million $(or $(ARGS),--write)

coverage: .venv/dev ## Simulate the coverage of the intervals, into docs/method.md (minutes)
	@$(BIN)/python -m tests.evaluation.estimators.coverage $(or $(ARGS),--write)

truth: .venv/dev ## Hold the demo's survey against its known effects, into docs/demo-truth.md (minutes)
	@$(BIN)/python -m tests.demo.truth_over_seeds $(or $(ARGS),--write)

lint: .venv/dev ## Check style, types, imports, templates and migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files -z '*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/dev ## Put code and templates in their form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	git ls-files -z '*.html' | xargs -0 $(BIN)/djade --target-version 5.2

PO := locale/es/LC_MESSAGES/django.po
messages: .venv/dev ## Gather the words of pages into locale/, to translate them (needs gettext)
	$(BIN)/python manage.py makemessages --locale es --no-location --no-wrap --no-obsolete \
		--ignore .venv --ignore .local --ignore bench --ignore demo --ignore tests
	sed -i '/^"POT-Creation-Date/d' $(PO)  # a date that would change without any word
	msgattrib --only-fuzzy --no-obsolete $(PO)
	msgattrib --untranslated --no-obsolete $(PO)

lock: .venv/dev ## Renew the two lock files from requirements.in and requirements-dev.in
	$(LOCK) --upgrade requirements.in --output-file requirements.txt
	$(LOCK) --upgrade requirements-dev.in --constraint requirements.txt \
		--output-file requirements-dev.txt

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(ALONE) sh -c 'test -e $@ || { $(PYTHON) -m venv .venv && touch $@; }'

.venv/runtime: requirements.txt | .venv/made
	@echo "Installing packages, once; about a minute…"
	$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt | .venv/made
	@echo "Installing packages and tools, once; about a minute…"
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ .venv/runtime
