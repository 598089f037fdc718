# make app                     install what the page needs and open it; later starts need no network
# make test                    lint, types and all tests but the slow ones; needs Chromium, or NO_BROWSER=1
# make test-all                the slow tests too
# make train RECIPE=... DATA=...   train one checkpoint from one recipe
# make space-check             pack what a Space would get and start it offline
# On Windows, use the plain commands of README.md.

SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
# Gradio and the Hub report usage unless told not to.
export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: app test test-all train space-check lint types browser
.DELETE_ON_ERROR:

app: $(VENV)/.installed
	$(PY) -m contrastlab app

# Small tensors lose time on many threads, and browser, server and test share the cores. Two files of tests run at a
# time, each as a whole: what is dear (a server, a page, a network) is made once a file.
WORKERS ?= 2
space-check: export OMP_NUM_THREADS ?= 2
test test-all: export OMP_NUM_THREADS ?= 1
test: TESTS := not slow
test-all: TESTS := slow or not slow

test test-all: $(VENV)/.installed-tests lint types browser
	$(PY) -m pytest -n $(WORKERS) --dist loadfile -m "($(TESTS)) $(WITHOUT_BROWSER)"

lint: $(VENV)/.installed-tests
	$(PY) -m ruff check

types: $(VENV)/.installed-tests
	$(PY) -m mypy

space-check: $(VENV)/.installed
	$(PY) tests/space.py

train: $(VENV)/.installed
	@test -n "$(RECIPE)" || { echo 'Name a recipe: make train RECIPE=encoder-simclr-cifar10 DATA=folder' >&2; exit 2; }
	$(PY) -m contrastlab train $(RECIPE) $(if $(DATA),--data $(DATA))

# The stamps make an install happen again only when its list of requirements changes.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/pip
	$(PY) -m pip install -r requirements.txt
	@touch $@

$(VENV)/.installed-tests: tests/requirements.txt $(VENV)/.installed
	$(PY) -m pip install --quiet -r requirements.txt -r tests/requirements.txt
	@touch $@

$(VENV)/bin/pip:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$("$$python" --version)."; \
	        "$$python" -m venv $(VENV); exit; \
	    fi; \
	done; \
	echo 'contrastlab needs Python 3.11 or newer, and none was found. Install one,' \
	     'or name it: make app PYTHON=/path/to/python3.12' >&2; exit 1

ifneq ($(strip $(NO_BROWSER)),)
export CONTRASTLAB_NO_BROWSER := 1
WITHOUT_BROWSER := and not browser
browser:
	@echo 'NO_BROWSER is set: the tests in a browser are LEFT OUT of this run.'
else
APT = DEBIAN_FRONTEND=noninteractive apt-get
CHROMIUM = { [ -n "$$CONTRASTLAB_CHROMIUM" ] || \
    command -v chromium chromium-browser google-chrome google-chrome-stable; } >/dev/null
browser:
	@$(CHROMIUM) && exit 0; \
	echo 'No Chromium on PATH; trying to install it.'; \
	if command -v apt-get >/dev/null; then \
	    if [ "$$(id -u)" = 0 ]; then as=env; elif sudo -n true 2>/dev/null; then as='sudo -n env'; else as=; fi; \
	    if [ -n "$$as" ]; then \
	        $$as $(APT) update && $$as $(APT) install -y --no-install-recommends chromium; \
	    fi; \
	fi; \
	$(CHROMIUM) || { \
	    echo 'The tests need Chromium on PATH (chromium, chromium-browser or google-chrome),' \
	         'or its path in CONTRASTLAB_CHROMIUM.' \
	         'Install it, for example with: sudo apt-get install chromium.' \
	         'To leave the tests in a browser out, say so: make $(or $(MAKECMDGOALS),test) NO_BROWSER=1' >&2; exit 1; }
endif
