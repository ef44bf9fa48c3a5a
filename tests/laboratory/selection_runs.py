"""Small selections for tests: few rounds, two folds, two limits."""

import io
from dataclasses import replace

import polars as pl

from credit_scoring.laboratory.selection.rank_features import RankingEffort
from credit_scoring.laboratory.selection.select_features import SelectionSettings, select_features
from credit_scoring.progress import Progress
from tests.laboratory.comparison_runs import make_experiment
from tests.training.learning_tasks import make_feature, make_task

EFFORT = RankingEffort(rounds=60, folds=2, shuffled_fits=8, permuted_rows=200)
LIMITS = (1, 4)


def task_with_duplicates(noise=6):
    """A task with two duplicates of `risk`, one of them inverted, and a constant feature."""
    task = make_task(rows=800, noise=noise)
    expressions = {
        "cubed": pl.col("risk") ** 3,
        "inverted": -2 * pl.col("risk") + 1,
        "constant": pl.lit(1.0),
    }
    features = task.features.with_columns(
        **{name: expression.cast(pl.Float32) for name, expression in expressions.items()}
    )
    catalogue = [*task.catalogue, *map(make_feature, expressions)]
    return replace(task, features=features, catalogue=catalogue)


def run_selection(folder, task, **options):
    experiment = make_experiment(task)
    options = {"folds": 2, "effort": EFFORT, "limits": LIMITS, "workers": 1, **options}
    settings = SelectionSettings(**options)
    return select_features(experiment, folder / "kept", settings, Progress(io.StringIO()))
