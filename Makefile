# Everything from nothing: each target makes the .venv it needs, with pinned packages checked by their hashes.
#
#   make demo            the built-in study, from register to report
#   make test            all tests;  make test ARGS="-k words"  some of them;  WORKERS=4  on more cores
#   make lint            style, types, layers
#   make evidence        the long runs behind the claims in docs/evidence;  NAME=coverage  one of them
#   make evidence-status which of them are older than the code they exercised
#   make requirements    write requirements/*.txt anew;  ARGS=--upgrade  with the newest versions
#   make clean           remove what make made, the .venv too

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv/bin
NAME ?= all
ARGS ?=
WORKERS ?= 2

# The tests start many processes, which would all compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint evidence evidence-status requirements clean base-environment test-environment dev-environment

help:
	@sed -n 's/^#   //p' Makefile

demo: base-environment
	$(VENV)/darknumber demo

test: test-environment
	$(VENV)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --durations=40 --durations-min=5 $(ARGS)

lint: test-environment
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports

evidence: test-environment
	$(VENV)/python -m evidence $(NAME)
	$(VENV)/python -m evidence.pages

evidence-status: test-environment
	$(VENV)/python -m evidence status

requirements: dev-environment
	$(VENV)/python tools/lock.py $(ARGS)

base-environment test-environment dev-environment: %-environment:
	@test -n "$(PYTHON)" || { echo "darknumber needs Python 3.11 or newer, and none was found. Install it, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) tools/environment.py $*

clean:
	rm -rf .venv build dist darknumber-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache
	find src tests evidence tools -name __pycache__ -type d -prune -exec rm -rf {} +
