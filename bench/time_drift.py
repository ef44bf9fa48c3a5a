"""Metrics by month: how often a slope is found without drift, and with planted drift.

A model is trained on a generated sample without drift, then evaluated by month on other samples of
the same kind. Without drift the 95 % interval of a slope holds 0 in 95 of 100 samples. With
`--drift` of the sample, what should change is found. A generated sample without drift is resampled:
its applicants are drawn with replacement and get new months, which are independent of them.

    python bench/time_drift.py [--quick] [--bundle FOLDER]

The last line is one JSON object: by metric the share of the samples whose interval holds 0 without
drift, and by kind of drift the slopes that are beyond chance.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _options import parse_options

from credit_scoring.confidence_interval import wilson_interval
from credit_scoring.laboratory.evaluation.by_month import ByMonth, evaluate_by_month
from credit_scoring.laboratory.evaluation.by_month_report import LABELS
from credit_scoring.laboratory.evaluation.month_metrics import ScoredApplicants
from credit_scoring.laboratory.evaluation.trend import is_beyond_chance
from credit_scoring.laboratory.score_dataset import (
    LoadedBundle,
    load_labelled,
    load_verified_bundle,
    predict_dataset,
)
from credit_scoring.report_table import ReportTable, report_console
from credit_scoring.sample import generate_sample
from credit_scoring.sample.time_and_drift import Drift
from credit_scoring.training.out_of_time import application_dates

SAMPLES, QUICK_SAMPLES = 1000, 200
APPLICANTS, QUICK_APPLICANTS = 60_000, 20_000
SEED = 7
EXPECTED = {  # what each kind of drift changes for certain
    "risk": ("calibration_in_the_large", "default_rate"),
    "input": ("calibration_in_the_large", "score_psi"),
    "ranking": ("roc_auc", "calibration_slope"),
}


def scored_sample(
    loaded: LoadedBundle, applicants: int, drift: tuple[Drift, ...]
) -> tuple[ScoredApplicants, pl.Series]:
    """The labelled applicants of a generated sample, scored, and their dates."""
    with TemporaryDirectory() as folder:
        generate_sample(folder, applicants=applicants, seed=SEED, drift=drift)
        (dataset,) = load_labelled(Path(folder), loaded)
        predictions = predict_dataset(loaded, dataset)
        scored = ScoredApplicants(
            dataset.target.astype(np.float64),
            predictions.probability,
            predictions.refused.astype(np.float64),
        )
        return scored, application_dates(dataset.table)


def resampled(
    loaded: LoadedBundle, scored: ScoredApplicants, dates: list[date], seed: int
) -> ByMonth:
    """As many applicants drawn with replacement, with months that are independent of them."""
    rng = np.random.default_rng([SEED, seed])
    n = len(scored.default)
    months = pl.Series([dates[number] for number in rng.integers(0, len(dates), n).tolist()])
    return evaluate_by_month(scored.rows(rng.integers(0, n, n)), months, loaded.costs, "")


def shares_that_hold_0(
    loaded: LoadedBundle, scored: ScoredApplicants, dates: pl.Series, samples: int
) -> dict[str, float]:
    """By metric, the share of the samples without drift whose interval of the slope holds 0."""
    held: Counter[str] = Counter()
    distinct = dates.unique().sort().to_list()
    for seed in range(samples):
        for name, slope in resampled(loaded, scored, distinct, seed).slopes.items():
            held[name] += not is_beyond_chance(slope)
    return {name: held[name] / samples for name in LABELS}


def main() -> None:
    """Measure and print."""
    options = parse_options(__doc__ or "", "fewer samples, of fewer applicants")
    samples = QUICK_SAMPLES if options.quick else SAMPLES
    applicants = QUICK_APPLICANTS if options.quick else APPLICANTS
    loaded = load_verified_bundle(options.bundle)
    console = report_console()
    scored, dates = scored_sample(loaded, applicants, ())
    held = shares_that_hold_0(loaded, scored, dates, samples)
    table = ReportTable(f"Without drift, {samples} samples", "metric", "holds 0", "interval")
    for name, share in held.items():
        low, high = wilson_interval(share, samples)
        table.add_row(LABELS[name], f"{share:.3f}", f"{low:.3f} to {high:.3f}")
    console.print(table)
    found = {}
    for kind in get_args(Drift):
        scored, dates = scored_sample(loaded, applicants, (kind,))
        slopes = evaluate_by_month(scored, dates, loaded.costs, "").slopes
        found[kind] = [name for name, slope in slopes.items() if is_beyond_chance(slope)]
        missed = [name for name in EXPECTED[kind] if name not in found[kind]]
        verdict = f"missed {', '.join(missed)}" if missed else "found"
        console.print(f"Drift of the {kind}: {verdict} ({', '.join(found[kind])})")
    print(json.dumps({"holds_0": held, "found": found}))


if __name__ == "__main__":
    main()
