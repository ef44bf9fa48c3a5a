# What people do daily. Nothing is needed but make and Python 3.11 or newer; `make help` lists the targets.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
HOST ?= 127.0.0.1
PORT ?= 8000
MLFLOW_PORT ?= 5000
SAMPLE := data/sample
LOCAL := models/local
BIN := .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
export HOST PORT

.DEFAULT_GOAL := help
.PHONY: help run test test-spark train serve lab mlflow notebooks lint format bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(LOCAL)/model.json ## Make the environment, sample data and a model, then serve it
	@echo "Serving the model in $(LOCAL). Try it in a browser, or from a second terminal:"
	@echo "  curl -s http://$(HOST):$(PORT)/predict -H 'Content-Type: application/json' -d @examples/predict.json"
	@CREDIT_SCORING_MODEL_PATH=$(LOCAL) exec $(BIN)/python app.py

test: .venv/dev.done ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-spark: .venv/spark.done ## Compare every feature on Spark with Polars (needs Java 17)
	@$(BIN)/python -m pytest tests/spark/check_on_spark.py

train: $(SAMPLE)/truth.parquet ## Train the bundle that the repository ships, models/latest, on the sample
	$(BIN)/python model.py train --data $(SAMPLE) --out models/latest
	$(BIN)/python model.py example --bundle models/latest > examples/predict.json
	$(BIN)/python model.py fairness --bundle models/latest --data $(SAMPLE)
	$(BIN)/python model.py card --bundle models/latest --fairness reports/fairness/fairness.json

serve: .venv/train.done ## Serve models/latest
	@exec $(BIN)/python app.py

lab: .venv/lab.done ## Install the laboratory's libraries: comparison, tuning, explanation, tracking

mlflow: .venv/lab.done ## Open the pages of the tracked runs and registered models on http://127.0.0.1:5000
	@uri=$${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}; case $$uri in http*) echo "They are at $$uri"; exit;; esac; \
		echo "In half a minute: http://127.0.0.1:$(MLFLOW_PORT)/#/experiments?workflowType=machine_learning"; \
		MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false exec $(BIN)/mlflow server --backend-store-uri "$$uri" --workers 1 \
		--host 127.0.0.1 --port $(MLFLOW_PORT)

notebooks: .venv/dev.done $(SAMPLE)/truth.parquet ## Run the notebooks on the sample, write what they show to docs/notebooks
	@$(BIN)/python -m notebooks.render

lint: .venv/dev.done ## Check style, types and the arrows between the rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.done ## Put the code in order
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

bench: .venv/dev.done $(LOCAL)/model.json ## Measure what the README claims about speed
	@for bench in bench/[a-z]*.py; do echo "$$bench"; $(BIN)/python $$bench || exit 1; done

.venv/spark.done: requirements-spark.txt | .venv/bin/python
	@java -version 2>&1 | grep -q 'version "\(17\|2[1-9]\)' || { echo "Java 17 is needed, on Debian and Ubuntu:" \
		"apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "Installing PySpark"
	@$(INSTALL) -r requirements-spark.txt
	@touch $@ .venv/dev.done .venv/train.done .venv/lab.done

lock: .venv/dev.done ## Compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile $(COMPILE) --output-file requirements.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --constraint requirements.txt --output-file requirements-train.txt
	$(BIN)/uv pip compile $(COMPILE) --extra raw --constraint requirements-train.txt --output-file requirements-raw.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --extra lab --constraint requirements-train.txt \
		--output-file requirements-lab.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --extra lab --extra dev --constraint requirements-lab.txt \
		--output-file requirements-dev.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --extra download --constraint requirements-train.txt \
		--output-file requirements-download.txt
	$(BIN)/uv pip compile $(COMPILE) --extra train --extra lab --extra dev --extra spark \
		--constraint requirements-dev.txt --output-file requirements-spark.txt
COMPILE := --quiet --universal --python-version 3.11 --no-annotate --custom-compile-command "make lock" pyproject.toml

clean: ## Remove the environment, the sample and everything made from them
	rm -rf .venv data $(LOCAL) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made again when the code that makes them has changed.
$(SAMPLE)/truth.parquet: $(wildcard credit_scoring/sample/*.* credit_scoring/contracts/tables/*.*) | .venv/train.done
	@$(BIN)/python model.py sample --out $(SAMPLE)

$(LOCAL)/model.json: $(SAMPLE)/truth.parquet custom_threshold_model.py $(wildcard $(addprefix credit_scoring/,estimator/*.py contracts/*.py tables/*.py flat_table/*.py features/*.py features/*/*.py training/*.py bundle/*.py))
	@$(BIN)/python model.py train --data $(SAMPLE) --out $(LOCAL)
	@$(BIN)/python model.py card --bundle $(LOCAL)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found: install it, or say where it is" \
		"with make PYTHON=/path/to/python3"; exit 1; }
	@echo "Making the environment in .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

.venv/train.done: requirements-train.txt | .venv/bin/python
	@echo "Installing what training and serving need (about a minute the first time)"
	@$(INSTALL) -r requirements-train.txt
	@touch $@

.venv/lab.done: requirements-lab.txt | .venv/bin/python
	@echo "Installing the laboratory: comparison, tuning, explanation, tracking (two minutes the first time)"
	@$(INSTALL) -r requirements-lab.txt
	@touch $@ .venv/train.done

.venv/dev.done: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need (two minutes the first time)"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ .venv/train.done .venv/lab.done
