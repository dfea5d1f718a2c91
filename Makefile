# make demo and make test do all the set-up themselves: they need Python 3.11 or newer, and make.

VENV ?= .venv
BARE := .venv-bare
LOWEST := .venv-lowest
WHEEL := build/wheel
BIN := $(VENV)/bin
# The full install contains the small one, so each target asks only for what it needs.
SMALL := $(VENV)/.installed-small
FULL := $(VENV)/.installed-full
CRAWL := $(VENV)/.installed-crawl
EVERYTHING := '.[all,dev]'

# The first Python on the path that is new enough; name another with PYTHON=...
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

DATA ?= ../shared/data
WEIGHTS ?= ../shared/weights
CNN := $(WEIGHTS)/mobilenet_v2_in1k_v1_unfolded.safetensors
LABELS := gender,master_category,sub_category,article_type

# $(call install,PYTHON,ARGUMENTS): uv takes seconds where pip takes minutes; pip where uv fails.
# First with the torch that fits this machine, which is far smaller without a GPU; where
# PyTorch's own index cannot be reached, with the one that everybody gets.
uv_install = [ -x $(BIN)/uv ] && $(BIN)/uv pip install -q --python $(1) -c constraints.txt
install = { $(uv_install) --torch-backend "$${UV_TORCH_BACKEND:-auto}" $(2) 2>/dev/null; } \
	|| { $(uv_install) $(2); } \
	|| $(BIN)/python -m pip --python $(1) install -q -c constraints.txt $(2)

install_lowest = $(BIN)/uv pip install -q --python $(LOWEST)/bin/python --no-build \
	--resolution lowest-direct -r pyproject.toml

.PHONY: help demo crawl-demo test coverage lint types format wheel bare lowest model clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(SMALL) ## categorize a few example products with the bundled model
	@$(BIN)/prodcat demo

crawl-demo: $(CRAWL) ## crawl a shop on this machine that sells drawn products
	$(BIN)/python -m tests.crawl_demo

ALL_TESTS := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist worksteal --durations 40 -m "not network"

test: $(FULL) ## run all the tests, the slow ones too
	$(ALL_TESTS)

# Before Python 3.12 to count lines takes about as long again as the tests themselves.
coverage: $(FULL) ## the same, and show how much of the code they run
	mkdir -p build
	$(ALL_TESTS) --cov --cov-report=
	@$(BIN)/python -m tests.coverage_by_folder

lint: $(FULL) ## check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(FULL) ## check the types
	$(BIN)/mypy

format: $(FULL) ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: $(BIN)/python ## build the wheel, and hold it against the repository
	rm -rf $(WHEEL)
	@{ [ -x $(BIN)/uv ] && $(BIN)/uv build -q --wheel -o $(WHEEL) .; } \
		|| $(BIN)/python -m pip wheel -q --no-deps -w $(WHEEL) .
	$(BIN)/python -I tests/wheel.py $(WHEEL)/*.whl

# Both start from / so that only what is installed can answer, never the checkout.
bare: wheel ## prove that the wheel alone, without extras, is enough to use a model
	rm -rf $(BARE)
	$(BIN)/python -m venv --without-pip $(BARE)
	@$(call install,$(BARE)/bin/python,$(WHEEL)/*.whl)
	cd / && $(abspath $(BARE))/bin/python -I $(abspath tests/bare.py)

# Of a wheel alone uv takes the lowest version, and the newest of what the wheel needs.
lowest: wheel ## the same with the lowest versions that pyproject.toml allows, and crawl with them
	@[ -x $(BIN)/uv ] || { \
		echo "make lowest needs uv, since pip chooses no lowest versions: $(BIN)/python -m pip install uv" >&2; \
		exit 1; }
	rm -rf $(LOWEST)
	$(BIN)/python -m venv --without-pip $(LOWEST)
	$(install_lowest) $(WHEEL)/*.whl
	cd / && $(abspath $(LOWEST))/bin/python -I $(abspath tests/bare.py)
	$(install_lowest) --extra crawl $(WHEEL)/*.whl
	$(LOWEST)/bin/python -m tests.crawl_demo

model: $(FULL) ## train the bundled model; DATA and WEIGHTS name the folders
	mkdir -p build
	$(BIN)/prodcat import $(DATA)/fashion.parquet build/fashion.db --category $(LABELS)
	$(BIN)/prodcat train build/fashion.db --config experiments/fashion_picture.yaml \
		--out runs/fashion_picture --set image.weights=$(CNN)
	$(BIN)/prodcat train build/fashion.db --config experiments/fashion.yaml --out runs/fashion \
		--set image.weights=$(CNN) --set text.encoder=$(WEIGHTS)/all-MiniLM-L6-v2 \
		--set model.start=runs/fashion_picture/model
	$(BIN)/prodcat train build/fashion.db --config experiments/student.yaml --out runs/student \
		--set image.weights=$(CNN) --set text.encoder=$(WEIGHTS)/all-MiniLM-L6-v2 \
		--set distill.teachers=[runs/fashion/model] --set model.start=runs/fashion_picture/model
	$(BIN)/prodcat cascade runs/student runs/fashion build/fashion.db --out runs/default

clean: ## remove the environments and caches; runs and corpora stay
	rm -rf $(VENV) $(BARE) $(LOWEST) $(WHEEL) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { \
		echo "prodcat needs Python 3.11 or newer, and none is on the path; name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@echo "Making $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -q -c constraints.txt uv || echo "No uv; pip it is, which takes longer."

$(SMALL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing prodcat ..."
	@$(call install,$(BIN)/python,-e .)
	@touch $@

$(CRAWL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing prodcat and what its crawler needs ..."
	@$(call install,$(BIN)/python,-e '.[crawl]')
	@touch $(SMALL) $@

$(FULL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing prodcat and all that training and tests need ..."
	@$(call install,$(BIN)/python,-e $(EVERYTHING))
	@touch $(SMALL) $(CRAWL) $@
