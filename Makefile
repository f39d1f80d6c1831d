# Needs Python 3.11 or newer and make; everything else is installed into .venv from requirements.lock.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/.installed
SERVERS := tests/servers/dynamodb
# Both are for whoever calls make: `make test ARGS="-m unit"`, `make test WORKERS=0`.
WORKERS ?= auto
ARGS ?=

# Programs that start often are slow without their compiled bytecode.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo stack package test editor test-servers coverage format lint types generated check-generated lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(INSTALLED) ## make .venv with everything in it

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	touch $@

demo: install ## real menus to three platforms, one failure and its mending
	@$(BIN)/python -m demo.run

stack: install ## the whole deployment on this machine, two menus on their way (needs test-servers)
	@$(BIN)/python -m deploy.stack

package: install ## make the deployment package, build/lambda and its zip
	@$(BIN)/python -m pipeline.build --platform x86_64

test: install ## run all tests
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

editor: ## install the YAML language server that the editor tests ask (needs npm)
	npm ci --prefix tests/editor --no-audit --no-fund --silent

test-servers: install ## install the DynamoDB-compatible servers that tests of the store ask (needs npm)
	npm ci --prefix $(SERVERS) --no-audit --no-fund --silent
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(SERVERS)/.venv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(SERVERS)/.venv/bin/python $(SERVERS)/requirements.lock

coverage: install ## run all tests and show what they do not reach
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term --cov-report=html $(ARGS)

format: install ## format the code and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install ## check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/cfn-lint deploy/template.yaml

types: install ## check types
	$(BIN)/mypy

generated: install ## write the generated files again
	$(BIN)/python -m pipeline.generated

check-generated: install ## fail where a generated file is not what the code makes
	$(BIN)/python -m pipeline.generated --check

lock: install ## resolve the dependencies of pyproject.toml again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-annotate --no-header \
		pyproject.toml --output-file requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov build *.egg-info test-artifacts \
		tests/editor/node_modules $(SERVERS)/node_modules $(SERVERS)/.venv
