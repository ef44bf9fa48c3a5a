"""Small comparisons for tests: few trees, three candidates, two folds."""

import io

from credit_scoring.laboratory.comparison.candidates import MODELS, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.compare_models import ComparisonSettings, compare_models
from credit_scoring.laboratory.experiment import Experiment, task_fingerprint
from credit_scoring.progress import Progress
from tests.training.learning_tasks import make_task

EFFORT = TrainingEffort(forest_trees=10, boosting_rounds=120, epochs=20, inner_folds=2)
ALL_CANDIDATES = [
    Candidate(name, strategy) for name, kind in MODELS.items() for strategy in kind.strategies
]
CANDIDATES = (
    Candidate("dummy", "none"),
    Candidate("logistic_regression", "none"),
    Candidate("lightgbm", "none"),
)


def make_experiment(task):
    return Experiment(task, {"applicants": len(task.target)}, task_fingerprint(task))


def run_comparison(folder, candidates=CANDIDATES, task=None, **options):
    experiment = make_experiment(task or make_task(rows=800, noise=3))
    settings = ComparisonSettings(**{"folds": 2, "effort": EFFORT, "workers": 1, **options})
    progress = Progress(io.StringIO())
    return compare_models(experiment, candidates, folder / "kept", settings, progress)
