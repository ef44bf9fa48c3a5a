# Daily commands; `make help` lists them. Requires make and Python 3.11 to 3.14. uv is used if it is installed.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
UV := $(shell command -v uv)
HOST ?= 127.0.0.1
PORT ?= 8000
MLFLOW_PORT ?= 5000
SAMPLE := data/sample
LOCAL := models/local
DEMO := data/demo-$(shell date -u +%F).db
DRIFT := --shift EXT_SOURCE_2:-0.5 --shift AMT_CREDIT:0.5 --from-week 6 --outcomes-after 4
CODE := credit_scoring tests bench notebooks examples
BIN := .venv/bin
INSTALL := $(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
export HOST PORT

.DEFAULT_GOAL := help
.PHONY: help run demo test test-spark train serve lab mlflow evidently space notebooks screenshots lint format bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run demo: export CREDIT_SCORING_APPLICANTS_PATH = $(LOCAL)/applicants.sqlite
run: $(LOCAL)/applicants.sqlite ## Create the environment, sample data and a model, then serve the model
	@echo "Serving the model in $(LOCAL). Open http://$(HOST):$(PORT) in a browser, or run in a second terminal:"
	@echo "  curl -s http://$(HOST):$(PORT)/predict -H 'Content-Type: application/json' -d @examples/predict.json"
	@CREDIT_SCORING_MODEL_PATH=$(LOCAL) exec $(BIN)/python app.py

demo: export DATABASE_URL = sqlite:///$(DEMO)
demo: export CREDIT_SCORING_MODEL_PATH = $(LOCAL)
demo: export CREDIT_SCORING_WEBHOOK_URL =
demo: $(DEMO) $(LOCAL)/applicants.sqlite ## Simulate 12 weeks of decisions with drift from week 6 on, monitor them, then serve them
	@$(BIN)/python model.py monitor || test $$? = 1 # an alarm is on
	@echo "Serving the log of the demo, $(DEMO). Open http://$(HOST):$(PORT)/monitoring in a browser," \
		"or run in a second terminal:"
	@echo "  curl -s http://$(HOST):$(PORT)/monitoring/summary"
	@exec $(BIN)/python app.py

test: .venv/dev.done ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -rs --cov --cov-report=term --cov-fail-under=96

test-spark: .venv/spark.done ## Run the tests on a Spark cluster of two workers (requires Java 17)
	@$(BIN)/python -m pytest tests/spark/check_*.py

train: $(SAMPLE)/truth.parquet ## Train models/latest, the bundle in the repository, on the sample
	$(BIN)/python model.py train --data $(SAMPLE) --out models/latest
	$(BIN)/python model.py example --bundle models/latest > examples/predict.json
	$(BIN)/python model.py fairness --bundle models/latest --data $(SAMPLE)
	$(BIN)/python model.py card --bundle models/latest --fairness reports/fairness/fairness.json

serve: .venv/train.done ## Serve models/latest
	@exec $(BIN)/python app.py

lab: .venv/lab.done ## Install the laboratory's libraries: comparison, tuning, explanation, tracking

mlflow: .venv-mlflow/done ## Serve MLflow's pages of tracked runs and registered models
	@uri=$${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}; runs=".venv-mlflow/bin/python -m credit_scoring.tracking"; \
		case $$uri in http*) $$runs "$$uri"; exit;; esac; \
		page=$$($$runs http://127.0.0.1:$(MLFLOW_PORT)) || exit 1; echo "In half a minute: $$page"; \
		MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false exec .venv-mlflow/bin/mlflow server \
		--backend-store-uri "$$uri" --workers 1 --host 127.0.0.1 --port $(MLFLOW_PORT)

# The full MLflow, of the same version as the client in .venv, requires an older gunicorn than the service.
.venv-mlflow/done: requirements-mlflow.txt | .venv/bin/python
	@echo "Installing MLflow's server in .venv-mlflow (two minutes the first time)"
	@.venv/bin/python -m venv --clear .venv-mlflow
	@.venv-mlflow/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-mlflow.txt
	@touch $@

evidently: .venv-evidently/done ## Install Evidently, whose report model.py drift --evidently writes

# Evidently requires an older pandas and an older Plotly than the laboratory.
.venv-evidently/done: requirements-evidently.txt | .venv/bin/python
	@echo "Installing Evidently in .venv-evidently (1 GB, about two minutes the first time)"
	@.venv/bin/python -m venv --clear .venv-evidently
	@.venv-evidently/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-evidently.txt
	@touch $@

space: ## Write the committed files of a Hugging Face Space to build/space
	@rm -rf $(SPACE)
	@mkdir -p $(SPACE)
	@git archive HEAD Dockerfile .dockerignore requirements.txt requirements-sources.txt requirements-mlflow.txt app.py \
		gunicorn.conf.py custom_threshold_model.py LICENSE examples models/latest credit_scoring space | tar -x -C $(SPACE)
	@sed -i.old 's/^ARG REQUIREMENTS=.*/ARG REQUIREMENTS=requirements-sources.txt/' $(SPACE)/Dockerfile
	@cat $(SPACE)/space/last-lines.Dockerfile >> $(SPACE)/Dockerfile
	@mv $(SPACE)/space/README.md $(SPACE)
	@rm -r $(SPACE)/space $(SPACE)/Dockerfile.old
SPACE := build/space

notebooks: .venv/dev.done $(SAMPLE)/truth.parquet ## Run the notebooks on the sample and write their pages to docs/notebooks
	@$(BIN)/python -m notebooks.render

screenshots: .venv/dev.done ## Take the screenshots of the README and of docs/monitoring.md (requires Chromium)
	@$(BIN)/python -m tests.pages.screenshots models/latest

lint: .venv/dev.done ## Check style, types, imports between packages, and the files of platforms and workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet --pedantic .github

format: .venv/dev.done ## Format the code
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

bench: .venv/dev.done $(LOCAL)/model.json ## Run the benchmarks
	@for bench in bench/[a-z]*.py; do echo "$$bench"; $(BIN)/python $$bench || exit 1; done

.venv/spark.done: requirements-spark.txt | .venv/bin/python
	@java -version 2>&1 | grep -q 'version "\(17\|2[1-9]\)' || { echo "Spark requires Java 17. On Debian and Ubuntu:" \
		"apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "Installing PySpark"
	@$(INSTALL) -r requirements-spark.txt
	@touch $@ .venv/dev.done .venv/train.done .venv/lab.done

lock: .venv/dev.done ## Compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile $(COMPILE) --generate-hashes --output-file requirements.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --constraint requirements.txt --output-file requirements-train.txt
	$(BIN)/uv pip compile $(COMPILE) --extra raw --constraint requirements-train.txt --output-file requirements-raw.txt
	$(BIN)/uv pip compile $(COMPILE) --extra sources --constraint requirements-train.txt --generate-hashes \
		--output-file requirements-sources.txt
	$(BIN)/uv pip compile $(COMPILE) --extra lab --constraint requirements-sources.txt --constraint requirements-train.txt \
		--output-file requirements-lab.txt
	$(BIN)/uv pip compile $(COMPILE) --extra dev --constraint requirements-lab.txt \
		--output-file requirements-dev.txt
	$(BIN)/uv pip compile $(COMPILE) --extra excel --constraint requirements-train.txt --output-file requirements-excel.txt
	$(BIN)/uv pip compile $(COMPILE) --extra download --constraint requirements-train.txt \
		--output-file requirements-download.txt
	$(BIN)/uv pip compile $(COMPILE) --extra dev --extra spark \
		--constraint requirements-dev.txt --output-file requirements-spark.txt
	$(BIN)/uv pip compile $(filter-out pyproject.toml,$(COMPILE)) --group evidently \
		--output-file requirements-evidently.txt
	grep '^mlflow-skinny==' requirements-lab.txt | $(BIN)/uv pip compile $(filter-out pyproject.toml,$(COMPILE)) \
		--group mlflow --constraint - --generate-hashes --output-file requirements-mlflow.txt
COMPILE := --quiet --universal --python-version 3.11 --no-annotate --custom-compile-command "make lock" pyproject.toml

# The decision log, tracked runs, downloads and reports stay: make did not make them, or cannot make them again.
clean: ## Remove the environment, the sample, the model of make run and the logs of make demo; your data and logs stay
	rm -rf .venv .venv-mlflow .venv-evidently $(LOCAL) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	rm -f $(SAMPLE)/*.parquet data/demo-????-??-??.db*
	rmdir $(SAMPLE) data 2>/dev/null || true
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Rebuilt when the code that makes them changes.
$(SAMPLE)/truth.parquet: $(wildcard credit_scoring/sample/*.* credit_scoring/contracts/tables/*.*) | .venv/train.done
	@$(BIN)/python model.py sample --out $(SAMPLE)

$(LOCAL)/model.json: $(SAMPLE)/truth.parquet custom_threshold_model.py $(wildcard $(addprefix credit_scoring/,estimator/*.py contracts/*.py tables/*.py flat_table/*.py features/*.py features/*/*.py features/definitions/*.toml training/*.py bundle/*.py))
	@$(BIN)/python model.py train --data $(SAMPLE) --out $(LOCAL)
	@$(BIN)/python model.py card --bundle $(LOCAL)

$(LOCAL)/applicants.sqlite: $(LOCAL)/model.json
	@$(BIN)/python model.py applicants --data $(SAMPLE) --bundle $(LOCAL) --out $@ >/dev/null

# One log a day, so that its last day is always yesterday. After another training, delete the log first.
$(DEMO): $(LOCAL)/model.json
	@$(BIN)/python model.py simulate --bundle $(LOCAL) --out $@ $(DRIFT) --no-next-commands

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is required and was not found. Install it, or name it:" \
		"make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c '$(SUPPORTED)' || { echo "$$($(PYTHON) --version) is not supported: name a Python 3.11 to 3.14 with" \
		"make PYTHON=/path/to/python3"; exit 1; }
	@echo "Creating the environment in .venv with $$($(PYTHON) --version)"
	@$(if $(UV),uv venv --quiet --python "$(PYTHON)" .venv,$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; })

.venv/train.done: requirements-train.txt | .venv/bin/python
	@echo "Installing the libraries for training and serving (about a minute the first time)"
	@$(INSTALL) -r requirements-train.txt
	@touch $@

.venv/lab.done: requirements-lab.txt | .venv/bin/python
	@echo "Installing the laboratory: comparison, tuning, explanation, tracking (two minutes the first time)"
	@$(INSTALL) -r requirements-lab.txt
	@touch $@ .venv/train.done

.venv/dev.done: requirements-dev.txt | .venv/bin/python
	@echo "Installing the libraries for the tests (two minutes the first time)"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ .venv/train.done .venv/lab.done
