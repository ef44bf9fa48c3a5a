"""Evaluates the whole training procedure by nested cross-validation.

    python bench/quality.py [--data PATH] [--quick]

`PATH` is a folder of tables or Kaggle's zip (data/sample by default). Selection, calibration and
threshold are inside the folds: five folds, three seeds (`--quick`: one seed).

Two procedures are evaluated on the same folds. `before` is the procedure of version 1: one
booster, bags of half the rows, the cheapest cut as threshold, no fitted features, no directions.
`usual` is a usual model: LightGBM (400 trees of 8 leaves, learning rate 0.02, 0.3 of the columns)
on all plain aggregates of the tables, with the cheapest cut as threshold. Intervals are 95 %, by
bootstrap with the same samples of the applicants for all; `difference` is our metric minus the
other's. The last line is one JSON object.
"""

# ruff: noqa: E402 - the path and the number of threads are set before the imports that need them

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from credit_scoring.features.assemble import fit_and_build_features
from credit_scoring.features.catalogue import catalogue, side_tables
from credit_scoring.progress import Progress, ReportProgress
from credit_scoring.tables.read_tables import read_tables
from credit_scoring.training.cross_validation import (
    FeatureLists,
    LearningTask,
    Predictions,
    cross_validate,
)
from credit_scoring.training.directions import without_directions
from credit_scoring.training.folds import Rows
from credit_scoring.training.metrics import Costs, Floats, RankedOutcomes, compute_metrics
from credit_scoring.training.train import make_learning_task
from custom_threshold_model import CustomThresholdLGBM

SEEDS = (0, 1, 2)
BOOTSTRAP_SAMPLES = 300
METRICS = ("roc_auc", "cost_per_applicant")
BASELINE_PARAMS = {
    "num_iterations": 400, "early_stopping_round": 400, "num_leaves": 8, "learning_rate": 0.02,
    "feature_fraction": 0.3, "extra_trees": False, "lambda_l2": 0.0, "min_data_in_leaf": 20,
    "bagging_freq": 0, "num_threads": 1,
}  # fmt: skip


@dataclass(frozen=True)
class BaselineTask(LearningTask):
    """The baseline: every plain aggregate, no selection, fixed parameters."""

    def select(self, _rows: Rows) -> FeatureLists:
        return [self.features.columns]

    def fit(self, rows: Rows, _lists: FeatureLists, report: ReportProgress) -> CustomThresholdLGBM:
        model = CustomThresholdLGBM(
            n_boosters=1, threshold="empirical", random_state=self.seed, params=BASELINE_PARAMS
        )
        return model.fit(self.features[rows], self.target[rows], progress=report)


def make_baseline(task: LearningTask, tables: set[str]) -> BaselineTask:
    """Return the same applicants with the columns of the tables and their plain aggregates."""
    plain_groups = {"", "active", "closed", "approved", "refused"}
    window_prefixes = tuple(
        f"{side.prefix}_{group.name}_"
        for side in side_tables(tables)
        for group in side.groups
        if group.name not in plain_groups
    )
    names = [
        feature.name
        for feature in task.catalogue
        if not feature.inputs and not feature.name.startswith(window_prefixes)
    ]
    plain = task.with_features(names)
    return BaselineTask(plain.features, plain.target, plain.catalogue, plain.costs, plain.seed)


def make_before(task: LearningTask) -> LearningTask:
    """Return the procedure of version 1: no fitted features, no directions, one booster."""
    plain = task.with_features([f.name for f in task.catalogue if not f.fitted])
    plain = replace(plain, catalogue=without_directions(plain.catalogue))
    return replace(plain, n_boosters=1, threshold="empirical", params={"bagging_fraction": 0.5})


def metric_samples(
    predictions: list[Predictions], target: NDArray[Any], weights: list[Floats]
) -> dict[str, list[float]]:
    """Return each metric, a mean over the seeds, for each set of row weights."""
    samples: dict[str, list[float]] = {name: [] for name in METRICS}
    ranked = []
    for part in predictions:
        order = np.argsort(-part.probability, kind="stable")
        outcomes = RankedOutcomes.of(target[part.rows], part.probability, part.refused, Costs())
        ranked.append((outcomes, part.rows[order]))
    for weight in weights:
        metrics = [compute_metrics(outcomes, weight[rows]) for outcomes, rows in ranked]
        for name in METRICS:
            samples[name].append(float(np.mean([values[name] for values in metrics])))
    return samples


def compare(
    ours: dict[str, list[float]], others: dict[str, dict[str, list[float]]]
) -> dict[str, dict[str, float]]:
    """Return the metrics of each other procedure, and our differences to them."""
    comparison = {}
    for other, metrics in others.items():
        for name in METRICS:
            comparison[f"{other}_{name}"] = summarise(metrics[name])
            difference = np.subtract(ours[name], metrics[name]).tolist()
            comparison[f"difference_to_{other}_{name}"] = summarise(difference)
    return comparison


def summarise(samples: list[float]) -> dict[str, float]:
    """Return the value on the applicants themselves, and its interval."""
    low, high = np.quantile(samples[1:], [0.025, 0.975])
    return {
        "value": round(samples[0], 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def bootstrap_weights(applicants: int) -> list[Floats]:
    """Return the weights of the applicants themselves, then of each bootstrap sample."""
    rng = np.random.default_rng(0)
    draws = (rng.integers(0, applicants, applicants) for _ in range(BOOTSTRAP_SAMPLES))
    samples = (np.bincount(rows, minlength=applicants).astype(float) for rows in draws)
    return [np.ones(applicants), *samples]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("data/sample"), help="folder of tables, or Kaggle's zip"
    )
    parser.add_argument("--quick", action="store_true", help="one seed instead of three")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(
            f"{options.data} does not exist: give the folder of the tables or Kaggle's zip"
        )
    return options


def cross_validate_seeds(
    tasks: dict[str, LearningTask], seeds: Sequence[int]
) -> dict[str, list[Predictions]]:
    """Return the out-of-fold predictions of each task, one per seed."""
    progress = Progress()
    predictions: dict[str, list[Predictions]] = {name: [] for name in tasks}
    for seed in seeds:
        for name, task in tasks.items():
            with progress.step(f"{name}, seed {seed}, {len(task.catalogue):,} features") as report:
                predictions[name].append(cross_validate(replace(task, seed=seed), report))
    return predictions


def main() -> None:
    options = parse_options()
    tables = read_tables(options.data)
    feature_table = fit_and_build_features(tables, seed=0)  # each fold refits them
    task = make_learning_task(feature_table, costs=Costs(), seed=0, allowed=())
    tasks = {"ours": task, "before": make_before(task), "usual": make_baseline(task, set(tables))}
    predictions = cross_validate_seeds(tasks, SEEDS[:1] if options.quick else SEEDS)
    applicants = len(task.target)
    weights = bootstrap_weights(applicants)
    samples = {
        name: metric_samples(parts, task.target, weights) for name, parts in predictions.items()
    }
    ours = samples.pop("ours")
    summaries = {name: summarise(ours[name]) for name in METRICS}
    comparison = compare(ours, samples)
    title = f"{applicants:,} applicants, {len(catalogue(set(tables))):,} features"
    table = Table("", "value", "95 % interval", title=title)
    for name, row in {**summaries, **comparison}.items():
        interval = f"{row['low']:.4f} to {row['high']:.4f}"
        table.add_row(name.replace("_", " "), f"{row['value']:.4f}", interval)
    Console().print(table)
    values = {name: row["value"] for name, row in summaries.items()}
    intervals = {f"{name}_interval": [row["low"], row["high"]] for name, row in summaries.items()}
    print(json.dumps({**values, **intervals, **comparison, "applicants": applicants}))


if __name__ == "__main__":
    main()
