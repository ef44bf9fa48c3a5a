"""Small comparisons for tests: few trees, three candidates, two folds."""

import io

from credit_scoring.laboratory.comparison.candidates import MODELS, Candidate, TrainingEffort
from credit_scoring.laboratory.comparison.compare_models import compare_models, comparison_cache
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
    cache = comparison_cache(folder / "kept", experiment, 2, EFFORT)
    options = {"folds": 2, "effort": EFFORT, "workers": 1, **options}
    return compare_models(experiment, candidates, cache, Progress(io.StringIO()), **options)
