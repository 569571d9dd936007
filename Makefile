# Everything a fresh clone needs: `make demo` and `make test`. `make check` is what every commit keeps green.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BACKENDS ?= torch paddle keras
STAMP := $(VENV)/installed

.PHONY: demo test lint check format tables benchmark clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all,dev]'
	touch $@

# The main job on the embedded data set: lockstep in float64, then the whole training, sheets side by side.
demo: $(STAMP)
	$(BIN)/gan compare digits-mlp --backends torch,paddle,keras --dtype float64 --steps 100 --out demo/lockstep
	$(BIN)/gan compare digits-mlp --backends torch,paddle,keras --out demo
	@echo "look at demo/sheets.png"

# One framework per process: two in one can crash each other.
test: $(STAMP)
	$(BIN)/python -m pytest -q tests --ignore=tests/parity
	for backend in $(BACKENDS); do $(BIN)/python -m pytest -q tests/parity --backend $$backend || exit 1; done

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -q tests --ignore=tests/parity -m "not slow"

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(STAMP)
	for backend in $(BACKENDS); do $(BIN)/python benchmarks/step_time.py --backend $$backend || exit 1; done

clean:
	rm -rf $(VENV) demo build *.egg-info
