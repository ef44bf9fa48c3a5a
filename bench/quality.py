"""How good the whole procedure is, by nested cross-validation: selection, calibration and threshold inside the folds.

    python bench/quality.py [--data PATH] [--quick]

`PATH` is a folder of tables or Kaggle's zip (data/sample by default). Five folds, three seeds (`--quick`: one). The
peer is the usual way on the same folds: LightGBM (400 trees of 8 leaves, learning rate 0.02, 0.3 of the columns) on the
plain aggregates of the tables, all of them, its threshold chosen the same way. Intervals are 95 %, by a bootstrap of
the applicants that draws the same ones for both; `difference` is ours less theirs. The last line is one JSON object.
"""

# ruff: noqa: E402 - the path and the number of threads come before the imports they are for

import argparse
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from rich.console import Console
from rich.table import Table

from credit_scoring.features.assemble import build_features
from credit_scoring.features.catalogue import catalogue, side_tables
from credit_scoring.progress import Progress
from credit_scoring.tables.read_tables import read_tables
from credit_scoring.training.cross_validation import LearningTask, Predictions, cross_validate
from credit_scoring.training.metrics import Costs, RankedOutcomes, compute_metrics
from credit_scoring.training.train import make_learning_task
from custom_threshold_model import CustomThresholdLGBM

SEEDS = (0, 1, 2)
REPLICATES = 300
FIGURES = ("roc_auc", "cost_per_applicant")
USUAL = {
    "num_iterations": 400, "early_stopping_round": 400, "num_leaves": 8, "learning_rate": 0.02, "feature_fraction": 0.3,
    "extra_trees": False, "lambda_l2": 0.0, "min_data_in_leaf": 20, "bagging_freq": 0, "num_threads": 1,
}  # fmt: skip


@dataclass(frozen=True)
class UsualWay(LearningTask):
    """The peer: every plain aggregate, no selection, fixed parameters."""

    def select(self, _rows):
        return self.features.columns

    def fit(self, rows, names, report):
        model = CustomThresholdLGBM(random_state=self.seed, params=USUAL)
        return model.fit(self.features[rows].select(names), self.target[rows], progress=report)


def usual(problem: LearningTask, present) -> UsualWay:
    """The same applicants with the columns of the tables and their plain aggregates."""
    groups = {"", "active", "closed", "approved", "refused"}
    prefixes = {
        side.prefix: {g.name for g in side.groups} - groups for side in side_tables(present)
    }
    windows = tuple(f"{prefix}_{name}_" for prefix, names in prefixes.items() for name in names)
    plain = [f for f in problem.catalogue if not f.inputs and not f.name.startswith(windows)]
    return UsualWay(
        problem.features.select(f.name for f in plain),
        problem.target,
        plain,
        problem.costs,
        problem.seed,
    )


def drawn(judged: list[Predictions], target, weights) -> dict[str, list[float]]:
    """Each figure, a mean over the seeds, first on the applicants as they are, then on each bootstrap sample."""
    found = {name: [] for name in FIGURES}
    sorted_once = []
    for one in judged:
        order = np.argsort(-one.probability, kind="stable")
        sorted_once.append(
            (
                RankedOutcomes.of(target[one.rows], one.probability, one.refused, Costs()),
                one.rows[order],
            )
        )
    for weight in weights:
        each = [compute_metrics(outcomes, weight[rows]) for outcomes, rows in sorted_once]
        for name in FIGURES:
            found[name].append(float(np.mean([one[name] for one in each])))
    return found


def summary(values: list[float]) -> dict[str, float]:
    """The value on the applicants as they are and its interval."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return {
        "value": round(values[0], 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("data/sample"), help="folder of tables, or Kaggle's zip"
    )
    parser.add_argument("--quick", action="store_true", help="one seed instead of three")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(
            f"{options.data} is not there: give the folder of the tables or Kaggle's zip"
        )
    progress, tables = Progress(), read_tables(options.data)
    table = build_features(tables)
    problem = make_learning_task(table, costs=Costs(), seed=0, allowed=())
    ways = {"ours": problem, "usual": usual(problem, catalogue_tables := set(tables))}
    judged = {name: [] for name in ways}
    for seed in SEEDS[:1] if options.quick else SEEDS:
        for name, way in ways.items():
            with progress.step(f"{name}, seed {seed}, {len(way.catalogue):,} features") as report:
                judged[name].append(cross_validate(replace(way, seed=seed), report))
    rng, n = np.random.default_rng(0), len(problem.target)
    weights = [
        np.ones(n),
        *(np.bincount(rng.integers(0, n, n), minlength=n).astype(float) for _ in range(REPLICATES)),
    ]
    found = {name: drawn(parts, problem.target, weights) for name, parts in judged.items()}
    result = {name: summary(found["ours"][name]) for name in FIGURES}
    peer = {f"usual_{name}": summary(found["usual"][name]) for name in FIGURES}
    gains = {
        name: np.subtract(found["ours"][name], found["usual"][name]).tolist() for name in FIGURES
    }
    difference = {f"difference_{name}": summary(values) for name, values in gains.items()}
    shown = Table(
        "",
        "value",
        "95 % interval",
        title=f"{n:,} applicants, {len(catalogue(catalogue_tables)):,} features",
    )
    for name, row in {**result, **peer, **difference}.items():
        shown.add_row(
            name.replace("_", " "), f"{row['value']:.4f}", f"{row['low']:.4f} to {row['high']:.4f}"
        )
    Console().print(shown)
    flat = {name: row["value"] for name, row in result.items()}
    intervals = {f"{name}_interval": [row["low"], row["high"]] for name, row in result.items()}
    print(json.dumps({**flat, **intervals, **peer, **difference, "applicants": n}))


if __name__ == "__main__":
    main()
