"""Simulates the rules of the threshold: C_FP / (C_FP + C_FN) against the cheapest cut.

    python bench/threshold.py [--quick]

Each sample has applicants with normal log-odds and outcomes drawn from them. Both thresholds are
judged by their cost on the whole population. `excess` is the cost per applicant above the best
attainable one, a mean over the samples with its standard error; `warnings` is the share of samples
that cause the calibration warning. In the last rows the probabilities are wrong: their log-odds
are too high by 1. The last line is one JSON object. `--quick`: fewer samples.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from rich.console import Console
from rich.table import Table

from credit_scoring.estimator.threshold import theoretical_threshold
from credit_scoring.estimator.threshold_choice import (
    EXPECTED_COST,
    choose_threshold,
    saves_more_than_noise,
)
from credit_scoring.training.metrics import Floats

COSTS = (10.0, 1.0)
MEAN, DEVIATION = -3.0, 1.2  # of the log-odds: 8 % default, an AUC of 0.77
POPULATION = np.random.default_rng(0).normal(MEAN, DEVIATION, 400_000)
SIZES = (800, 4000, 10_000)


def sigmoid(log_odds: Floats) -> Floats:
    probability: Floats = 1 / (1 + np.exp(-log_odds))
    return probability


def population_cost(threshold: float, shift: float) -> float:
    """Return the expected cost per applicant of refusing from a threshold."""
    risk = sigmoid(POPULATION)
    refused = sigmoid(POPULATION + shift) >= threshold
    return float(np.mean(np.where(refused, COSTS[1] * (1 - risk), COSTS[0] * risk)))


def simulate(rows: int, shift: float, samples: int) -> dict[str, float]:
    """Return the mean excess cost of both rules, and the share of warnings."""
    rng = np.random.default_rng(rows)
    theoretical = theoretical_threshold(*COSTS)
    best = population_cost(theoretical, 0.0)
    cut_costs, warnings = [], 0
    for _ in range(samples):
        log_odds = rng.normal(MEAN, DEVIATION, rows)
        default = (rng.random(rows) < sigmoid(log_odds)).astype(float)
        choice = choose_threshold(default, sigmoid(log_odds + shift), COSTS, EXPECTED_COST, 0)
        cut_costs.append(population_cost(choice["empirical_threshold"], shift) - best)
        warnings += saves_more_than_noise(choice["out_of_fold_cost"])
    return {
        "rows": rows,
        "shift": shift,
        "excess_expected_cost": population_cost(theoretical, shift) - best,
        "excess_empirical": float(np.mean(cut_costs)),
        "standard_error": float(np.std(cut_costs) / np.sqrt(samples)),
        "warnings": warnings / samples,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 samples each instead of 400")
    samples = 40 if parser.parse_args().quick else 400
    cases = [(rows, shift) for shift in (0.0, 1.0) for rows in SIZES]
    results = [simulate(rows, shift, samples) for rows, shift in cases]
    table = Table(*results[0], title=f"{samples} samples each")
    for result in results:
        table.add_row(*(f"{value:,.4f}".rstrip("0").rstrip(".") for value in result.values()))
    Console().print(table)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
