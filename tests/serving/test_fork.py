"""A model loaded before the fork must work after it, and the web process must do without the training libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# With two OpenMP threads the child waits for ever at the last step: the fork copied the note of a thread pool that
# loading the model had made, but not its threads. (Measured; a single row is spared, a batch is not.)
FORK = """
import os, signal, sys
import app
import numpy as np
from pathlib import Path
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.serving.service import Service
loaded = Service.load(Path(sys.argv[1]), DecisionLog(open_database(os.environ["DATABASE_URL"])))
if os.fork() == 0:
    signal.alarm(15)
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
REFUSED |= {f"credit_scoring.{room}" for room in ("training", "monitoring", "batch")}
sys.meta_path.insert(0, Refuse())
import app
from credit_scoring.database.engine import open_database
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.serving.service import Service
from pathlib import Path
loaded = Service.load(Path(sys.argv[1]), DecisionLog(open_database(os.environ["DATABASE_URL"])))
print(loaded.decide(loaded.example()).decision)
"""


def run(script, *arguments, **variables):
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    environ = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=40, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("threads", ["1", "4"])
def test_a_model_loaded_before_a_fork_predicts_after_it(bundle_folder, threads):
    assert run(FORK, bundle_folder, OMP_NUM_THREADS=threads).split()[1] == "5000"


def test_the_guard_is_set_before_anything_reads_it():
    script = "import sys; sys.modules['flask'] = None\ntry: import app\nexcept ImportError: pass\n"
    script += "import os; print(os.environ['OMP_NUM_THREADS'], 'numpy' in sys.modules, 'lightgbm' in sys.modules)"
    assert run(script, OMP_NUM_THREADS="4").split() == ["1", "False", "False"]


def test_a_decision_needs_no_training_library(bundle_folder):
    assert run(LIGHT, bundle_folder).strip() in ("ACCEPTED", "REFUSED")
