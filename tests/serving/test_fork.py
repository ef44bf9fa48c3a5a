"""The model works after a fork, and the web process does without the training libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server_process import PATIENCE

ROOT = Path(__file__).parents[2]

# With two OpenMP threads the child hangs at the last step: the fork copies the record of the thread
# pool that loading the model created, and not its threads. A batch hangs, a single row does not.
FORK = """
import os, signal, sys
import app
import flask
import numpy as np
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.scoring.verify_bundle import read_verified_bundle
from credit_scoring.serving.service import Service
log = DecisionLog(open_database(os.environ["DATABASE_URL"]))
loaded = Service.of(read_verified_bundle(sys.argv[1]), log)
if os.fork() == 0:
    signal.alarm(15)
    with flask.Flask("test").app_context():
        print(loaded.decide(loaded.example()).decision, flush=True)
    model = loaded.bundle.model
    print(len(model.matrix_probability(np.zeros((5000, model.n_features_in_)))), flush=True)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""

LIGHT = """
import os, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in REFUSED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

REFUSED = {"pandas", "polars", "sklearn", "matplotlib", "mlflow", "shap", "optuna", "model"}
REFUSED |= {f"credit_scoring.{package}" for package in ("training", "monitoring", "batch")}
sys.meta_path.insert(0, Refuse())
import app, flask
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.scoring.verify_bundle import read_verified_bundle
from credit_scoring.serving.service import Service
log = DecisionLog(open_database(os.environ["DATABASE_URL"]))
loaded = Service.of(read_verified_bundle(sys.argv[1]), log)
with flask.Flask("test").app_context():
    print(loaded.decide(loaded.example()).decision)
"""

THREAD_LIMIT = """
import os, sys
import app
print(os.environ["OMP_NUM_THREADS"], "numpy" in sys.modules, "lightgbm" in sys.modules)
"""


def run(script, *arguments, **variables):
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    environment = {**os.environ, **variables}
    process = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.parametrize("threads", ["1", "4"])
def test_model_loaded_before_a_fork_predicts_after_it(bundle_folder, threads):
    assert run(FORK, bundle_folder, OMP_NUM_THREADS=threads).split()[1] == "5000"


def test_thread_limit_is_set_before_numpy_is_imported():
    assert run(THREAD_LIMIT, OMP_NUM_THREADS="4").split() == ["1", "False", "False"]


def test_decision_requires_no_training_library(bundle_folder):
    assert run(LIGHT, bundle_folder).strip() in ("ACCEPTED", "REFUSED")
