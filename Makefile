# lossbook: `make lab` opens the course, `make test` proves it.
#
# Every command makes what it needs: the virtual environment is built once, and again only when
# requirements.txt or pyproject.toml change. PYTHON=… names another interpreter; it is read when
# the environment is made, so `make clean` first to change it.

PYTHON ?= python3
VENV   := .venv
OLDEST := .venv-oldest
NBGRADER := .venv-nbgrader
CLAIMS := .venv-claims
SITE := .venv-site
PY     := $(VENV)/bin/python
# All processors; a module or a notebook stays in one process, because its cells follow each other.
PARALLEL := -n auto --dist loadscope

help:           ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

lab: $(VENV)/course            ## open the course in JupyterLab
	$(PY) -m lossbook.cli lab

test: $(VENV)/course           ## every check of the course: unit tests, doctests, notebooks
	$(PY) -m pytest $(PARALLEL)

test-sandbox: $(VENV)/course   ## what opens a sandbox: hostile submissions, kills, whole classes
	$(PY) -m pytest $(PARALLEL) -m sandbox tests

test-oldest: $(OLDEST)/course  ## the same with the oldest versions that requirements.txt allows
	$(OLDEST)/bin/python -m pytest $(PARALLEL)
	$(OLDEST)/bin/python -m pytest $(PARALLEL) -m sandbox tests

test-browser: $(VENV)/browser  ## drive every notebook in a real JupyterLab
	$(PY) -m pytest -n 2 --dist loadgroup -m browser tests/browser

test-nbgrader: $(NBGRADER)/course  ## the exercises as nbgrader's assignments, in its own environment
	$(NBGRADER)/bin/python -m pytest --noconftest -o addopts= tests/nbgrader

test-cluster: $(VENV)/cluster  ## grade a class on two Dask workers, one of which is killed
	$(PY) -m pytest -m cluster tests/cluster

test-wheel: $(VENV)/wheel      ## every command from an installed wheel, without a checkout
	$(PY) -m pytest -m wheel tests/wheel

# SHORT=--short: two runs of the chapters, which vary everything.
test-elsewhere: $(VENV)/course  ## the numbers on other processors, in other locales and homes
	$(PY) -m tests.elsewhere $(SHORT)

test-claims: $(CLAIMS)/course  ## what the course says about Keras, PyTorch, JAX and others
	@export TF_CPP_MIN_LOG_LEVEL=3; for backend in tensorflow jax torch; do \
	    KERAS_BACKEND=$$backend $(CLAIMS)/bin/python -m tests.claims.keras_backend || exit; \
	done; $(CLAIMS)/bin/python -m tests.claims.losses

verify: $(VENV)/course         ## test the tests of the exercises
	$(PY) -m lossbook.cli verify

# Each table is printed, whatever the others found; on small data the SVM is over its limits.
bench: $(VENV)/course          ## speed beside scikit-learn; how many wrong lines are caught
	@failed=0; for script in run softmax_regression network mutants checks svm; do \
	    echo; $(PY) -m tests.benchmarks.$$script || failed=1; \
	done; exit $$failed

fuzz: $(VENV)/course           ## 10,000 derivations with errors at random: no exception, no hang
	$(PY) -m tests.benchmarks.fuzz

bench-grading: $(VENV)/course $(NBGRADER)/course  ## grading beside nbgrader; both mark the same
	$(PY) -m tests.benchmarks.grading

bench-kill: $(VENV)/course    ## kill -9 the grading of a class twenty times: nothing is lost
	$(PY) -m tests.benchmarks.kill9

refresh: $(VENV)/course        ## run the notebooks and store their outputs
	$(PY) -m lossbook.cli refresh

site: $(SITE)/course            ## the course as a website, in the folder site/
	$(SITE)/bin/python -m sphinx -q -W --keep-going -c docs -d build/doctrees -E . build/site
	rm -rf site
	mv build/site site

test-site: site                 ## build the website and read every page in Chromium
	$(SITE)/bin/python -m pytest -n 2 -m site tests/site

lint: $(VENV)/lint             ## style, direction of the imports, schema of the workflows
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

clean:                         ## remove everything that these commands made
	rm -rf $(VENV) $(OLDEST) $(NBGRADER) $(CLAIMS) $(SITE) site build dist .pytest_cache .ruff_cache .hypothesis
	rm -rf tests/browser/screenshots tests/benchmarks/results.md
	find lossbook tests -name __pycache__ -prune -exec rm -rf {} +

# The files below are stamps: empty, as old as the last installation.

define environment
@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("lossbook needs Python 3.11 \
or newer, this is %d.%d; name one: make ... PYTHON=python3.12" % sys.version_info[:2])'
$(PYTHON) -m venv $(@D)
endef

$(VENV)/course: requirements.txt pyproject.toml
	$(environment)
	$(PY) -m pip install -r requirements.txt
	@touch $@

$(VENV)/browser $(VENV)/lint $(VENV)/cluster $(VENV)/wheel: $(VENV)/course  # the optional dependencies of that name
	$(PY) -m pip install -e '.[$(@F)]'
	@touch $@

$(OLDEST)/course: requirements.txt pyproject.toml
	$(environment)
	$(OLDEST)/bin/python -m pip install uv
	$(OLDEST)/bin/python -m uv pip install --python $(OLDEST)/bin/python \
	    --resolution lowest-direct -r requirements.txt
	@touch $@

$(NBGRADER)/course: requirements.txt pyproject.toml
	$(environment)
	$(NBGRADER)/bin/python -m pip install -e '.[nbgrader]'
	@touch $@

$(SITE)/course: requirements.txt pyproject.toml
	$(environment)
	$(SITE)/bin/python -m pip install -e '.[site,browser,test]'
	@touch $@

$(CLAIMS)/course: tests/claims/requirements.txt
	$(environment)
	$(CLAIMS)/bin/python -m pip install -r tests/claims/requirements.txt
	@touch $@

.PHONY: help lab test test-sandbox test-oldest test-browser test-nbgrader test-cluster test-wheel \
    test-elsewhere test-claims verify bench fuzz bench-grading bench-kill refresh site test-site lint clean
