# A fresh clone needs `make demo` and `make test` alone. `make check` is what every commit keeps green.
# `make lock` writes the checksums of constraints.txt anew, after a version in it was changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BACKENDS ?= torch paddle keras
STAMP := $(VENV)/installed
# processes side by side, one thread each: most of what tests do is Python, tracing and starting frameworks
WORKERS ?= 2
PYTEST := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKER := .venv-lock
UV := uv==0.13.9

.PHONY: demo docs test test-core test-parity test-all doctest coverage lint check format benchmark lock clean

# First all that requirements.lock knows, each file with the checksum that was published, the build tools among them;
# then the project itself with these tools, and by version alone what is left: torch, of which every platform has
# another build (with CUDA or without, from an index of its own), and what other systems than Linux need besides.
$(STAMP): pyproject.toml constraints.txt requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-build-isolation -c constraints.txt -e '.[all,dev,docs]'
	touch $@

lock:
	$(PYTHON) -m venv $(LOCKER)
	$(LOCKER)/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(LOCKER)/bin/uv pip compile --quiet --no-config --no-deps --generate-hashes --no-annotate --no-header \
		--python-version 3.11 --no-emit-package torch --output-file requirements.lock constraints.txt
	rm -r $(LOCKER)

# The main job on the embedded data set: lockstep in float64, then the whole training, sheets side by side.
demo: $(STAMP)
	$(BIN)/gan compare digits-mlp --backends torch,paddle,keras --dtype float64 --steps 100 --out demo/lockstep
	$(BIN)/gan compare digits-mlp --backends torch,paddle,keras --out demo
	@echo "look at demo/sheets.png"

# The documentation as a site, which is opened from the disk: site/index.html. Its notebooks run with all three frameworks.
docs: $(STAMP)
	PYTHONPATH=docs OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m website

# Examples in docstrings and all tests but the slow ones; without lint and types, which `make check` has.
test: doctest test-core test-parity

test-core: $(STAMP)
	$(PYTEST) tests --ignore=tests/parity -m "not slow"

# One framework per process: two in one can crash each other.
test-parity: $(STAMP)
	for backend in $(BACKENDS); do $(PYTEST) tests/parity --backend $$backend -m "not slow" || exit 1; done

# The examples in docstrings. What needs a framework is in no docstring.
doctest: $(STAMP)
	$(BIN)/python -m pytest -q --doctest-modules gan_core

# Which lines of the core the tests without a framework reach, as a table; pyproject.toml states the least share.
coverage: $(STAMP)
	$(PYTEST) tests --ignore=tests/parity -m "not slow" --cov --cov-report=term:skip-covered

# Also what is marked slow: minutes for one claim.
test-all: test
	$(PYTEST) tests --ignore=tests/parity -m slow
	for backend in $(BACKENDS); do $(PYTEST) tests/parity --backend $$backend -m slow || exit 1; done

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint doctest test-core

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(STAMP)
	for backend in $(BACKENDS); do $(BIN)/python benchmarks/step_time.py --backend $$backend || exit 1; done

clean:
	rm -rf $(VENV) demo build site *.egg-info .coverage .coverage.*
