"""Expected performance before outcomes come: how often its 95 % interval holds the truth.

A simulation trains a calibration and a threshold, then draws a window of applicants from a fresh
sample, and their outcomes from the sample's true probabilities. Expected default rate, AUC and cost
are compared with those outcomes, the refused share with that of the population. The window is drawn

- after a shift of the applicants: five random features tilted by half a standard deviation each,
  the risk of an applicant unchanged;
- after a change of the relation: the log-odds of every applicant 0.5 higher. Scores do not show it:
  the intervals miss the outcomes, and the expected figures stay as they were.

    python bench/expected_performance.py [--quick] [--bundle FOLDER]

The last line is one JSON object: by setting and figure the share of the simulations that the
interval covers, the mean error of the value and the mean width of the interval.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from _options import parse_options
from _simulated_outcomes import (
    COSTS,
    TRAINING_APPLICANTS,
    Flags,
    Population,
    Rows,
    SimulatedModel,
    fresh_population,
)

from credit_scoring.estimator.threshold import cost_per_applicant
from credit_scoring.monitoring.performance.auc_from_counts import auc
from credit_scoring.monitoring.performance.expected_performance import expected_performance
from credit_scoring.report_table import ReportTable, report_console

SIMULATIONS = 200
TILT = 0.5  # standard deviations
CHANGE = 0.5  # log-odds
FIGURES = ("default_rate", "auc", "refused_share", "cost_per_applicant")
Result = tuple[bool, float, float]  # covered, error of the value, width of the interval


@dataclass(frozen=True)
class Setting:
    """The sizes of the training and of the window, and what happens between the two."""

    training: int
    window: int
    tilt: float = TILT
    change: float = 0.0

    @property
    def name(self) -> str:
        """The row's name."""
        shift = "shifted applicants" if self.tilt else "no shift"
        kind = f"{shift}, changed relation" if self.change else shift
        return f"{kind}, trained on {self.training:,}, window of {self.window:,}"


SHIFTED = [Setting(TRAINING_APPLICANTS, window) for window in (1000, 10_000)]
CHANGED = [Setting(TRAINING_APPLICANTS, window, change=CHANGE) for window in (1000, 10_000)]
QUICK = [*SHIFTED, CHANGED[1]]
FULL = [
    *(
        Setting(training, window, tilt)
        for training in (TRAINING_APPLICANTS, 2000)
        for tilt in (0, TILT)
        for window in (1000, 3000, 10_000, 50_000)
    ),
    *CHANGED,
]


def simulate(population: Population, setting: Setting, seed: int) -> dict[str, Result]:
    """Train, draw a window and its outcomes, and compare them with what is expected."""
    rng = np.random.default_rng([seed, setting.training, setting.window])
    model = SimulatedModel.train(population, setting.training, rng)
    weights = population.tilted_weights(setting.tilt, rng)
    rows = rng.choice(len(weights), setting.window, p=weights)
    accepted, refused = model.decision_counts(rows)
    expected = expected_performance(accepted.tolist(), refused.tolist(), model.reference, COSTS)
    assert expected is not None
    truth = realise(model, rows, population.draw_outcomes(rows, rng, setting.change))
    truth["refused_share"] = float(weights @ model.refused)
    results = {}
    for name in FIGURES:
        estimate = getattr(expected, name)
        covered = estimate.low <= truth[name] <= estimate.high
        results[name] = covered, estimate.value - truth[name], estimate.high - estimate.low
    return results


def realise(model: SimulatedModel, rows: Rows, default: Flags) -> dict[str, float]:
    """Return the figures of the outcomes."""
    refused = model.refused[rows]
    errors = (default & ~refused).sum(), (~default & refused).sum()
    counts = [model.count(rows[selected]).astype(float) for selected in (default, ~default)]
    return {
        "default_rate": float(default.mean()),
        "auc": float(auc(*counts)),
        "cost_per_applicant": float(cost_per_applicant(*errors, len(rows), *COSTS)),
    }


def measure(population: Population, setting: Setting) -> dict[str, dict[str, float]]:
    """Return coverage, mean error and mean width of each figure."""
    results = [simulate(population, setting, seed) for seed in range(SIMULATIONS)]
    return {
        name: dict(
            zip(
                ("covered", "error", "width"),
                np.mean([result[name] for result in results], axis=0).round(4).tolist(),
                strict=True,
            )
        )
        for name in FIGURES
    }


def main() -> None:
    options = parse_options(__doc__, "three settings instead of eighteen")
    population = fresh_population(options.bundle)
    settings = QUICK if options.quick else FULL
    results = {setting.name: measure(population, setting) for setting in settings}
    title = f"Share of {SIMULATIONS} simulations that the 95 % interval covers (its mean width)"
    table = ReportTable(title, "setting", *(name.replace("_", " ") for name in FIGURES))
    for name, figures in results.items():
        cells = (f"{figure['covered']:.1%} ({figure['width']:.3f})" for figure in figures.values())
        table.add_row(name, *cells)
    report_console().print(table)
    print(json.dumps({"simulations": SIMULATIONS, "settings": results}))


if __name__ == "__main__":
    main()
