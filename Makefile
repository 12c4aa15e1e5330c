# The two commands of the README are `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# uv is many times quicker than pip; pip knows the mirrors of its own settings, and steps in.
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test thorough load setup check browser bench clean

demo: setup
	@$(BIN)/shangmen demo $(ARGS)

# What starts servers, browsers and solvers waits much: it runs beside the rest, over databases of its own.
WAITING := tests/browser tests/operations tests/test_cli.py tests/test_real_county.py tests/test_county_desk.py
test: setup browser check
	@mkdir -p build; $(BIN)/python -m pytest $(WAITING) >build/waiting.log 2>&1 & waiting=$$!; \
	$(BIN)/python -m pytest $(WAITING:%=--ignore=%); quick=$$?; \
	wait $$waiting; waited=$$?; cat build/waiting.log; exit $$((quick || waited))

# Long: the engines' properties, and odd values in every field, TIMES as many as in `make test`.
TIMES ?= 30
thorough: setup
	@EXAMPLES=$(TIMES) $(BIN)/python -m pytest -q tests/matching/test_assignment_*.py tests/matching/test_day_*.py tests/matching/test_what_if.py tests/test_fuzz.py $(ARGS)

# Long: the tests with numbers in their whole size; a table in build/load. ARGS="L1 D4 --seconds 60" picks.
load: setup
	@$(BIN)/python -m tests.load $(ARGS)

setup: $(VENV)/.installed

$(VENV)/.installed: bootstrap.lock requirements.lock pyproject.toml package-lock.json hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python has no venv module; run: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock \
	  || { echo "The packages cannot be fetched; is there a network, or a package mirror in pip's settings?"; exit 1; }
	@$(INSTALL) --require-hashes -r requirements.lock || $(PIP) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps -e . || $(PIP) --no-deps -e .
	@touch $@

# Browser tests need Chromium; they are never skipped silently.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq install -y chromium fonts-noto-cjk >/dev/null; } \
	  || { echo "The browser tests need Chromium; run: sudo apt-get install chromium fonts-noto-cjk"; exit 1; }

# The one list of checks: `make test`, the commit hook (.pre-commit-config.yaml) and .ci/run come here.
check: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet templates

# Long: an hour and more on the shared instances. ARGS="--only 'd05*' --seconds 10" picks.
bench: setup
	@MPLCONFIGDIR=build/matplotlib $(BIN)/python -m carematch bench all --out build/bench $(ARGS)

clean:
	@rm -rf $(VENV) build dist node_modules
