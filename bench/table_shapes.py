"""Compares the estimator's defaults with LGBMClassifier's on tables of many shapes.

    python bench/table_shapes.py [--quick] [--table FILE --target COLUMN]

The tables are made up (bench/_made_tables.py): few and many rows and columns, with and without
interactions, categories and missing values. Both models are fitted with their defaults, and judged
by the AUC on 10,000 other rows. `--table` compares on a CSV file instead, a third held out.
`difference` is our AUC minus theirs with its 95 % interval, by bootstrap of the held-out rows. Each
table is drawn three times (`--quick`: once, of at most 4,000 rows). The last line is one JSON
object.
"""

# ruff: noqa: E402 - the path and the number of threads are set before the imports that need them

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import lightgbm as lgb
import numpy as np
import pandas as pd
from _made_tables import SHAPES
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from custom_threshold_model import CustomThresholdLGBM

SEEDS = (1, 2, 3)
QUICK_ROWS = 4000
TEST_ROWS = 10_000
BOOTSTRAP_SAMPLES = 200
Rows = tuple[pd.DataFrame, NDArray[np.int64]]


@dataclass(frozen=True)
class Comparison:
    """The two AUCs on one table, and the 95 % interval of their difference."""

    name: str
    rows: int
    columns: int
    ours: float
    usual: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether we are better or worse by more than chance."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "alike"


def compare(name: str, train: Rows, test: Rows) -> Comparison:
    """Fit both models on `train` and judge them on `test`."""
    models: tuple[Any, ...] = (
        CustomThresholdLGBM(n_jobs=1),
        lgb.LGBMClassifier(n_jobs=1, verbosity=-1, random_state=0),
    )
    scores = [model.fit(*train).predict_proba(test[0])[:, 1] for model in models]
    target = test[1]
    rng = np.random.default_rng(0)
    samples = [rng.integers(0, len(target), len(target)) for _ in range(BOOTSTRAP_SAMPLES)]
    differences = [_aucs(target, scores, rows) @ (1, -1) for rows in samples]
    ours, usual = _aucs(target, scores, np.arange(len(target)))
    low, high = np.quantile(differences, [0.025, 0.975])
    return Comparison(name, *train[0].shape, ours, usual, float(low), float(high))


def _aucs(target: NDArray[Any], scores: list[NDArray[Any]], rows: NDArray[Any]) -> NDArray[Any]:
    return np.array([roc_auc_score(target[rows], score[rows]) for score in scores])


def made_up(seeds: tuple[int, ...], most_rows: int) -> Iterator[Comparison]:
    """Yield the comparison on each shape and seed."""
    for shape in SHAPES:
        for seed in seeds:
            train = shape.draw(min(shape.rows, most_rows), seed)
            yield compare(f"{shape.name}, {seed}", train, shape.draw(TEST_ROWS, seed + 1000))


def from_file(path: Path, target: str) -> Comparison:
    """Return the comparison on a CSV file: text columns are categories, a third is held out."""
    table = pd.read_csv(path)
    labels = table.pop(target).to_numpy(dtype=np.int64)
    for name in table.select_dtypes(exclude=["number", "bool"]).columns:
        table[name] = table[name].astype("category")
    held_out = np.random.default_rng(0).random(len(table)) < 1 / 3
    train = table[~held_out], labels[~held_out]
    return compare(path.name, train, (table[held_out], labels[held_out]))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed, at most 4,000 rows")
    parser.add_argument("--table", type=Path, help="a CSV file instead")
    parser.add_argument("--target", default="TARGET", help="its column of 0 and 1")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seeds, most_rows = (SEEDS[:1], QUICK_ROWS) if options.quick else (SEEDS, TEST_ROWS)
    print(f"{'table':28}{'rows':>7}{'columns':>8}{'ours':>8}{'usual':>8}  difference")
    verdicts: dict[str, int] = {"better": 0, "alike": 0, "worse": 0}
    results = made_up(seeds, most_rows)
    if options.table is not None:
        results = iter([from_file(options.table, options.target)])
    for row in results:
        verdicts[row.verdict] += 1
        show(row)
    print(json.dumps(verdicts))


def show(row: Comparison) -> None:
    """Print one line."""
    figures = f"{row.rows:7}{row.columns:8}{row.ours:8.4f}{row.usual:8.4f}"
    interval = f"{row.ours - row.usual:+.4f} ({row.low:+.4f} to {row.high:+.4f})"
    print(f"{row.name:28}{figures}  {interval} {row.verdict}", flush=True)


if __name__ == "__main__":
    main()
